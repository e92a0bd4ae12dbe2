"""What a desk holds, as values that two lives of it can be compared by."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from tests.restore_drill.traffic import all_tickets
from tests.support.desk import RunningDesk
from ventanilla_runtime.many import Many

_TICKET = ("subject", "status", "priority", "tier", "team", "assignee", "type", "category", "channel", "tags")
GONE: Final = "gone"
"""In place of a digest: the desk says that the bytes are not there any more."""


@dataclass
class Picture:
    """A desk at one moment.

    Attributes:
        tickets: number → its fields.
        emptied: tickets of people who were erased: of these nothing but the fields is looked at.
        messages: (ticket, message id) → kind and words; internal notes are apart.
        notes: as `messages`.
        files, originals: id → SHA-256 of the bytes, or GONE.
        tokens: name → hash, of the API's.
        rules: key → SHA-256 of what the router's bucket has.
        ledger: accepted, settled by outcome, in flight, missing.
    """

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    emptied: set[int] = field(default_factory=set)
    messages: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    notes: dict[tuple[int, str], str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, bytes] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    ledger: dict[str, Any] = field(default_factory=dict)


async def picture_of(desk: RunningDesk) -> Picture:
    """Read a desk through its API, files and originals byte by byte."""
    found = Picture()
    for ticket in await all_tickets(desk):
        found.tickets[ticket["number"]] = {name: ticket[name] for name in _TICKET}
    emptied = await desk.query("select number from ticket where anonymised_at is not null")
    found.emptied = {row["number"] for row in emptied}
    for number in found.tickets.keys() - found.emptied:
        for message in (await desk.api("GET", f"/tickets/{number}/messages", params={"limit": 100}))["items"]:
            key = number, message["id"]
            if message["kind"] == "note":
                found.notes[key] = message["text"]
                continue
            found.messages[key] = message["kind"], message["text"] if message["kind"] == "customer" else ""
            for file in message["attachments"]:
                found.files[f"{number}/{file['filename']}"] = await _digest(desk, f"/attachments/{file['id']}")
            if message["kind"] == "customer":
                found.originals[message["id"]] = await _digest(desk, f"/messages/{message['id']}/raw")
    tokens = await desk.query("select name, hash from api_token where revoked_at is null")
    found.tokens = {row["name"]: bytes(row["hash"]) for row in tokens}
    found.rules = await _rules(desk)
    ledger = await desk.ledger()
    found.ledger = {name: ledger[name] for name in ("accepted", "settled", "in_flight", "missing")}
    return found


async def _rules(desk: RunningDesk) -> dict[str, str]:
    operator = await desk.broker.connect()
    page = await Many(operator).page("KV_routing_rules", 1)
    return {f"{one.subject}@{one.sequence}": hashlib.sha256(one.body).hexdigest() for one in page.messages}


async def _digest(desk: RunningDesk, path: str) -> str:
    answer = await desk.call("GET", path)
    if answer.status_code == HTTPStatus.GONE:
        return GONE
    assert answer.is_success, f"{path}: {answer.status_code}"
    return await asyncio.to_thread(lambda: hashlib.sha256(answer.content).hexdigest())
