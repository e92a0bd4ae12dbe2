"""Routed mails as the broker delivers them, for tests that settle them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk
from tickets.domain.settling.rates import SenderRates
from tickets.handlers.settling.settle import settle_batch
from ventanilla_contracts.acceptance import HEADER
from ventanilla_runtime.delivery import Batch, Delivery

CREATED_AT = "2026-11-01T00:00:00Z"
NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANA = "ana@cliente.example"
DAEMON = "mailer-daemon@relay.example"


def routed(
    sequence: int, *, decision: Mapping[str, Any] | None = None, at: datetime | None = None, **received: Any
) -> Delivery:
    """Mail number `sequence`, accepted so many seconds after nine; `received` are fields of `MessageReceived`."""
    accepted_at = at or NINE + timedelta(seconds=sequence)
    threading = {"message_id": f"{sequence}@cliente.example", **received.pop("threading", {})}
    body = {
        "id": f"message.routed.v1:{sequence}",
        "received": {
            "id": f"message.received.v1:{sequence}",
            "channel": "email",
            "account": MAILBOX,
            "acceptance": {
                "stream": "ACCEPTED",
                "created_at": CREATED_AT,
                "sequence": sequence,
                "accepted_at": accepted_at.isoformat(),
            },
            "sender": {"address": received.pop("sender", ANA), "name": received.pop("sender_name", "Ana")},
            "subject": f"Asunto {sequence}",
            "text": "No puedo entrar en mi cuenta.",
            "threading": threading,
            **received,
        },
        "decision": dict(decision or {}),
        "rule_set": {"name": "test", "hash": "0" * 64},
        "decided_at": accepted_at.isoformat(),
    }
    headers = {
        HEADER: f"ACCEPTED/{CREATED_AT}/{sequence}",
        "vnt-intake": f"INTAKE/{CREATED_AT}/{sequence}",
        "ce-type": "message.routed.v1",
    }
    return Delivery(
        stream="ROUTED",
        created_at=CREATED_AT,
        sequence=sequence,
        subject="desk.message.routed.v1.email",
        body=orjson.dumps(body),
        headers=headers,
        deliveries=1,
        stored_at_ns=1_793_610_000 * 10**9,
        reply="",
    )


def bounce(sequence: int, recipient: str = ANA, *, reason: str = "user_unknown", **more: Any) -> Delivery:
    """A bounce; `threading` says what it proves."""
    report = {"recipient": recipient, "reason": reason, "status": more.pop("status", "5.1.1")}
    report |= {"diagnostic": "550 no such user here", "action": more.pop("action", "failed")}
    fields = {"sender": DAEMON, "automation": "bounce", "subject": "Undelivered Mail", "undelivered": [report], **more}
    return routed(sequence, **fields)


async def settle(api: ApiDesk, *deliveries: Delivery, rates: SenderRates | None = None, loop_limit: int = 0) -> None:
    """Settle them as one batch."""
    await settle_batch(Batch(list(deliveries)), api.settle_deps(rates, loop_limit))


async def ledger(api: ApiDesk) -> list[tuple[str, str, int | None]]:
    """(outcome, reason, ticket) of every acceptance, in their order."""
    rows = await api.database.fetch("select outcome, reason, ticket_number from ledger order by sequence")
    return [(row["outcome"], row["reason"], row["ticket_number"]) for row in rows]


async def answered(client: httpx.AsyncClient, number: int, **body: Any) -> dict[str, Any]:
    """The message that an agent's answer became."""
    answer = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": "Ya está arreglado.", **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The items of a list."""
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def message(client: httpx.AsyncClient, number: int, id_: str) -> dict[str, Any]:
    """One message of a ticket."""
    return next(item for item in await items(client, f"/tickets/{number}/messages") if item["id"] == id_)


async def return_path(api: ApiDesk) -> str:
    """The token of the return path of the last mail that a person asked for."""
    mails = [mail for mail in await api.leaving("notification.requested") if not mail["automatic"]]
    local: str = mails[-1]["mail"]["return_path"].partition("@")[0]
    return local.partition("+b.")[2]
