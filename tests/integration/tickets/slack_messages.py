"""Messages of Slack as the router passes them on, and a service in which agents work, for tests of both."""

from typing import Any

import httpx
import orjson

from tests.integration.tickets.api_desk import ApiDesk
from tests.integration.tickets.routed_mails import routed
from ventanilla_contracts.events import MessageRevised
from ventanilla_runtime.delivery import Delivery

TEAM = "T0DESK"
ACCOUNT = f"{TEAM}/C0HELP"
CUSTOMER, EVA, BOB = f"{TEAM}/U0CUST", f"{TEAM}/U0EVA", f"{TEAM}/U0BOB"


def message_id(sequence: int) -> str:
    """How Slack names message number `sequence`."""
    return f"{ACCOUNT}/1795.{sequence:06}"


def said(sequence: int, sender: str = CUSTOMER, *, thread: int = 1, **received: Any) -> Delivery:
    """What somebody wrote in Slack, in the thread that message number `thread` began."""
    fields = {
        "channel": "slack",
        "account": ACCOUNT,
        "sender": sender,
        "subject": "",
        "text": f"Mensaje {sequence}",
        "threading": {"message_id": message_id(sequence), "conversation": message_id(thread)},
        "authentication": {"grade": "verified"},
        **received,
    }
    return routed(sequence, **fields)


def revised(sequence: int, kind: str = "edited", *, revision: str = "r1", **fields: Any) -> MessageRevised:
    """What somebody did to message number `sequence`."""
    values = {
        "id": f"message.revised.v1:{message_id(sequence)}/{kind}/{revision}",
        "channel": "slack",
        "account": ACCOUNT,
        "message_id": message_id(sequence),
        "revision": revision,
        "kind": kind,
        "author": CUSTOMER,
        "text": "La impresora de la planta 2" if kind == "edited" else "",
        "revised_at": "2026-11-02T09:30:00Z",
        **fields,
    }
    return MessageRevised.model_validate(values)


def delivered(event: MessageRevised, deliveries: int = 1) -> Delivery:
    """A revision as the broker hands it out."""
    body = orjson.dumps(event.model_dump(mode="json"))
    headers = {"ce-type": event.type}
    return Delivery("desk.message.revised.v1.slack", body, headers, "REVISIONS", "x", 1, deliveries, 10**18, "")


async def service(api: ApiDesk, *scopes: str) -> httpx.AsyncClient:
    """A client of a service in which agents work."""
    return await api.client(*(scopes or ("read", "write", "act")), name="intake-chat")


def acting(client: httpx.AsyncClient, handle: str, via: str | None = f"slack:{EVA}") -> httpx.AsyncClient:
    """The same client, from now on for an agent."""
    client.headers["ventanilla-agent"] = handle
    if via:
        client.headers["ventanilla-via"] = via
    return client


async def linked(client: httpx.AsyncClient, handle: str, user: str, mail: str | None = None) -> httpx.Response:
    """The answer to saying who an agent is in Slack."""
    team_id, _, user_id = user.partition("/")
    body = {"team_id": team_id, "user_id": user_id, "mail": mail or f"{handle}@desk.example", "mail_confirmed": True}
    return await client.put(f"/api/v1/agents/{handle}/slack", json=body)
