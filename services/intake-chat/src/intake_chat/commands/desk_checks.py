"""What `doctor` asks the desk itself: the ticket service and its token, the broker with what it must hold."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final

import aiohttp

from intake_chat.domain.findings import OK, Finding, ok, problem
from intake_chat.settings import Settings
from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.topology import CHAT_STATE, consumers_of
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.errors import StreamMissing
from ventanilla_runtime.logs import redact_text

_NAME: Final = "intake-chat"
_SECONDS: Final = 8.0
_NOBODY: Final = "nobody.of-this-name"
_MAKE: Final = f"make one: tickets token create --name {_NAME} --scope read --scope write --scope act"
_TOPOLOGY: Final = "run `ventanilla topology apply` as the operator"


async def examine_tickets(settings: Settings) -> list[Finding]:
    """What is to be said of the ticket service. Nothing is changed there."""
    if settings.tickets_token is None:
        return [problem("tickets", "INTAKE_CHAT_TICKETS_TOKEN is not set: nobody is an agent in Slack", _MAKE)]
    headers = {"authorization": f"Bearer {settings.tickets_token.get_secret_value()}"}
    api = f"{settings.tickets_url.rstrip('/')}/api/v1"
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session:
            read = await _said(session.get(f"{api}/tickets", params={"limit": "1"}))
            # Without a subject it makes no ticket, for an agent whom nobody knows it does nothing: only rights count.
            write = await _said(session.post(f"{api}/tickets", json={}))
            act = await _said(
                session.get(f"{api}/tickets", params={"limit": "1"}, headers={"Ventanilla-Agent": _NOBODY})
            )
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        says = f"{redact_text(settings.tickets_url)} does not answer ({type(error).__name__})"
        return [problem("tickets", says, "start it, or set INTAKE_CHAT_TICKETS_URL")]
    return [_rights({"read": read, "write": write, "act": act})]


def _rights(said: Mapping[str, tuple[int, str]]) -> Finding:
    status = said["read"][0]
    if status == 401:
        return problem("tickets", "the token is unknown, expired or revoked", _MAKE)
    if status >= 500 or status == 404:
        return problem("tickets", f"answers {status}", "look at its log, or at INTAKE_CHAT_TICKETS_URL")
    absent = [scope for scope, (_, refused) in said.items() if refused == scope]
    if absent:
        return problem("tickets", f"the token lacks {', '.join(absent)}", _MAKE)
    return ok("tickets", "answers; the token may read, write and act for agents")


async def _said(asking: Any) -> tuple[int, str]:
    """Status, and the scope that is missing by what the ticket service says."""
    async with asking as answer:
        try:
            body = await answer.json(content_type=None)
        except ValueError:
            body = None
        return answer.status, str(body.get("missing_scope") or "") if isinstance(body, dict) else ""


async def examine_broker(settings: Settings) -> list[Finding]:
    """What is to be said of the broker."""
    broker = Broker(_NAME, settings)
    where = redact_text(settings.nats_url)
    try:
        async with asyncio.timeout(_SECONDS):
            await broker.connect()
    except (TimeoutError, BrokerRefuses, OldServer, OSError) as error:
        await broker.close()
        if isinstance(error, TimeoutError | OSError):
            return [problem("broker", f"no NATS server answers at {where}", "start it, or set INTAKE_CHAT_NATS_URL")]
        do = "look at INTAKE_CHAT_NATS_USER and …_NATS_PASSWORD, and at the server's version"
        return [problem("broker", redact_text(str(error)), do)]
    try:
        asked: dict[str, Awaitable[object]] = {}
        asked |= {one.durable: broker.consumer_state(one.stream, one.durable) for one in consumers_of(_NAME)}
        asked |= {bucket: broker.stream_state(f"KV_{bucket}") for bucket in ("outbound_state", CHAT_STATE)}
        found = [await _looked(asking, name) for name, asking in asked.items()]
        bad = [finding for finding in found if finding.state != OK]
        return bad or [ok("broker", f"answers at {where}, with all {len(found)} consumers and buckets")]
    finally:
        await broker.close()


async def _looked(asking: Any, name: str) -> Finding:
    try:
        await asking
    except StreamMissing:
        return problem("broker", f"{name} is missing", _TOPOLOGY)
    except ContractError as error:
        return problem("broker", f"{name}: {redact_text(str(error))}", _TOPOLOGY)
    return ok("broker", name)
