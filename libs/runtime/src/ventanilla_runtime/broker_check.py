"""What a service's `doctor` says of the broker: whether it answers, takes the credentials, and holds what it must."""

import asyncio
import ssl
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.errors import NotPermitted, StreamMissing
from ventanilla_runtime.findings import OK, Finding, ok, problem
from ventanilla_runtime.logs import redact_text, server_of
from ventanilla_runtime.settings import ServiceSettings

_SECONDS: Final = 8.0
_TOPOLOGY: Final = "run `ventanilla topology apply` as the operator"
_RIGHTS: Final = "`ventanilla topology users FILE` prints what the server's configuration must grant; then reload it"
_AWAY: Final = "look at the server: its log, its disk, whether JetStream has a leader"


async def broker_findings(
    service: str, settings: ServiceSettings, variables: str, buckets: Sequence[str]
) -> list[Finding]:
    """What is to be said of the broker. Nothing is changed there.

    Args:
        service: whose consumers must be there.
        variables: what the names of its settings begin with, such as `INTAKE_CHAT_`.
        buckets: key-value buckets that must be there.
    """
    where = server_of(settings.nats_url)
    if wrong := [finding for url in settings.nats_url.split(",") if (finding := _address(url.strip(), variables))]:
        return wrong
    try:
        if settings.nats_creds_file is not None:
            await asyncio.to_thread(settings.nats_creds_file.read_bytes)
        if settings.nats_tls_ca is not None:
            await asyncio.to_thread(partial(ssl.create_default_context, cafile=str(settings.nats_tls_ca)))
    except OSError as error:  # no such file, or no certificate in it
        says = f"a file of its settings cannot be used: {error.strerror or type(error).__name__}"
        return [problem("broker", says, f"look at {variables}NATS_CREDS_FILE and {variables}NATS_TLS_CA")]
    broker = Broker(service, settings)
    try:
        async with asyncio.timeout(_SECONDS):
            await broker.connect()
    except (TimeoutError, BrokerRefuses, OldServer, OSError) as error:
        await broker.close()
        if isinstance(error, TimeoutError | OSError):
            return [problem("broker", f"no NATS server answers at {where}", f"start it, or set {variables}NATS_URL")]
        do = f"look at {variables}NATS_USER and …_NATS_PASSWORD, and at the server's version"
        return [problem("broker", redact_text(str(error)), do)]
    try:
        asked: dict[str, Awaitable[object]] = {}
        asked |= {one.durable: broker.consumer_state(one.stream, one.durable) for one in consumers_of(service)}
        asked |= {bucket: broker.stream_state(f"KV_{bucket}") for bucket in buckets}
        found = [await _looked(broker, asking, name) for name, asking in asked.items()]
        bad = [finding for finding in found if finding.state != OK]
        return bad or [ok("broker", f"answers at {where}, with all {len(found)} consumers and buckets")]
    finally:
        await broker.close()


def _address(url: str, variables: str) -> Finding | None:
    """What is wrong with the address of a server; None: nothing that can be seen."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        usable = parts.scheme in ("nats", "tls", "ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if usable:
        return None
    says = f"{redact_text(url) or 'an empty text'} is no address of a server"
    return problem("broker", says, f"set {variables}NATS_URL to one such as nats://127.0.0.1:4222")


async def _looked(broker: Broker, asking: Awaitable[object], name: str) -> Finding:
    try:
        await asking
    except StreamMissing:
        return problem("broker", f"{name} is missing", _TOPOLOGY)
    except ContractError as error:
        user = broker.settings.nats_user or broker.user
        if isinstance(error, NotPermitted):
            return problem("broker", f"{name}: user {user}: {redact_text(str(error))}", _RIGHTS)
        if broker.denied:  # a user that may not hear answers gets none
            return problem("broker", f"{name}: user {user} gets no answer, and was refused other things", _RIGHTS)
        return problem("broker", f"{name}: {redact_text(str(error))}", _AWAY)
    return ok("broker", name)
