"""Tickets to be merged: asked by mail, with the proofs by which their customers answer."""

from typing import Any

import httpx

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.routed_mails import ANA, routed, settle
from ventanilla_runtime.delivery import Delivery

PIA = "pia@otra.example"
REASON = "the same printer, asked twice"
APART = "two printers after all"


async def two_tickets(api: ApiDesk, second: str = ANA, **received: Any) -> httpx.AsyncClient:
    """Ticket 1 is Ana's, ticket 2 whose `second` is; returns a client of the first line's."""
    await people(api)
    text = "La impresora de la planta baja no imprime desde ayer por la tarde."
    await settle(api, routed(1, text=text), routed(2, sender=second, text=text, **received))
    return await agent(api, "ana")


def answer_by_token(api: ApiDesk, sequence: int, number: int, sender: str = ANA, **received: Any) -> Delivery:
    """A mail to the reply address of a ticket."""
    token = api.desk.signer.reply_token(number)
    return routed(sequence, sender=sender, threading={"reply_token": token}, **received)


def answer_to(sequence: int, message_id: str, sender: str = ANA, **received: Any) -> Delivery:
    """A mail that answers another one."""
    return routed(sequence, sender=sender, threading={"in_reply_to": message_id}, **received)


async def merge(client: httpx.AsyncClient, number: int, into: int, **more: Any) -> httpx.Response:
    """Ask for a merging."""
    headers = {"idempotency-key": key} if (key := more.pop("key", None)) else {}
    body = {"into": into, "reason": REASON, **more}
    return await client.post(f"/api/v1/tickets/{number}/merge", json=body, headers=headers)


async def unmerge(client: httpx.AsyncClient, number: int, key: str | None = None) -> httpx.Response:
    """Ask for taking one back."""
    headers = {"idempotency-key": key} if key else {}
    return await client.post(f"/api/v1/tickets/{number}/unmerge", json={"reason": APART}, headers=headers)


async def ticket(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """A ticket as the API shows it."""
    found: dict[str, Any] = (await client.get(f"/api/v1/tickets/{number}")).json()
    return found


async def subjects(client: httpx.AsyncClient, number: int) -> list[tuple[str, int | None]]:
    """(subject, by which ticket) of the customers' messages of a ticket."""
    items = (await client.get(f"/api/v1/tickets/{number}/messages?limit=200")).json()["items"]
    return [(one["subject"], one["came_by"]) for one in items if one["kind"] == "customer"]


async def participants(client: httpx.AsyncClient, number: int) -> dict[str, str]:
    """Address → role."""
    items = (await client.get(f"/api/v1/tickets/{number}/participants")).json()["items"]
    return {one["address"]: one["role"] for one in items}


async def mails(api: ApiDesk, address: str) -> list[dict[str, Any]]:
    """Mails to an address about merging, as they are asked for."""
    found = [mail for mail in await api.leaving("notification.requested") if mail["to"]["address"] == address]
    return [mail for mail in found if any(words in mail["subject"] for words in ("junto con otra", "por separado"))]


__all__ = ["ANA", "MAILBOX", "PIA"]
