"""What a person decides about a message in quarantine, and what the ledger says afterwards."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, open_api_desk
from tests.support.commands import run
from tickets.handlers.settling.settle import settle_batch
from ventanilla_contracts.acceptance import HEADER
from ventanilla_runtime.delivery import Batch, Delivery

_CREATED_AT = "2026-11-01T00:00:00Z"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="ana")


def routed(sequence: int, *, quarantine: str | None = "looks like spam", **received: Any) -> Delivery:
    """A routed mail as the broker delivers it."""
    body = {
        "id": f"message.routed.v1:{sequence}",
        "received": {
            "id": f"message.received.v1:{sequence}",
            "channel": "email",
            "account": MAILBOX,
            "acceptance": {
                "stream": "ACCEPTED",
                "created_at": _CREATED_AT,
                "sequence": sequence,
                "accepted_at": datetime(2026, 11, 2, 9, sequence % 60, tzinfo=UTC).isoformat(),
            },
            "sender": {"address": f"eva{sequence}@cliente.example", "name": "Eva"},
            "subject": "Una oferta que no podrá rechazar",
            "text": "Hola, ¿me pueden ayudar con la factura de este mes?",
            "raw": {
                "size_bytes": 3,
                "sha256": "0" * 64,
                "stream": "ACCEPTED",
                "created_at": _CREATED_AT,
                "sequence": sequence,
            },
            **received,
        },
        "decision": {"quarantine": quarantine, "priority": "high", "team": "billing"},
        "set_by": {"priority": "es-money", "quarantine": "es-spam"},
        "rule_set": {"name": "test", "hash": "0" * 64},
        "decided_at": datetime(2026, 11, 2, 9, tzinfo=UTC).isoformat(),
    }
    headers = {
        HEADER: f"ACCEPTED/{_CREATED_AT}/{sequence}",
        "vnt-intake": f"INTAKE/{_CREATED_AT}/{sequence}",
        "ce-type": "message.routed.v1",
    }
    return Delivery(
        stream="ROUTED",
        created_at=_CREATED_AT,
        sequence=sequence,
        subject="desk.message.routed.v1.email",
        body=orjson.dumps(body),
        headers=headers,
        deliveries=1,
        stored_at_ns=1_793_610_000 * 10**9,
        reply="",
    )


async def settle(api: ApiDesk, *deliveries: Delivery) -> None:
    await settle_batch(Batch(list(deliveries)), api.settle_deps())


async def waiting(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/api/v1/quarantine")).json()["items"]
    return items


async def ledger(api: ApiDesk) -> list[tuple[str, int | None]]:
    rows = await api.database.fetch("select outcome, ticket_number from ledger order by sequence")
    return [(row["outcome"], row["ticket_number"]) for row in rows]


async def test_what_waits_is_listed_and_is_no_ticket(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1, text="Mire qué barato. " * 100), routed(2))

    first, second = await waiting(ana)
    whole = (await ana.get(f"/api/v1/quarantine/{first['id']}")).json()

    assert (first["reason"], first["state"], first["subject"]) == (
        "looks like spam",
        "waiting",
        "Una oferta que no podrá rechazar",
    )
    assert (first["text"], first["text_cut"], first["sender"]["name"]) == (whole["text"][:400], True, "Eva")
    assert (len(whole["text"]), whole["text_cut"]) == (1_700, False)
    assert (second["text"][:5], second["text_cut"]) == ("Hola,", False)
    assert first["raw"] == f"/api/v1/messages/{first['id']}/raw"
    assert (await ana.get("/api/v1/tickets")).json()["items"] == []
    page = (await ana.get("/api/v1/quarantine?limit=1")).json()
    rest = (await ana.get(f"/api/v1/quarantine?limit=1&cursor={page['next']}")).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [first["id"], second["id"]]
    assert rest["next"] is None


async def test_released_by_several_at_once_it_becomes_one_ticket(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1), routed(2))
    id_ = (await waiting(ana))[0]["id"]

    answers = await asyncio.gather(
        *(ana.post(f"/api/v1/quarantine/{id_}/release", json={"why": "a real customer"}) for _ in range(5))
    )

    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.json()["ticket_number"] for answer in answers} == {1}
    assert await ledger(api) == [("created", 1), ("quarantined", None)]
    ticket = (await ana.get("/api/v1/tickets/1")).json()
    assert (ticket["priority"], ticket["team"], ticket["channel"], ticket["status"]) == (
        "high",
        "billing",
        "email",
        "new",
    )
    (message,) = [
        item for item in (await ana.get("/api/v1/tickets/1/messages")).json()["items"] if item["kind"] == "customer"
    ]
    assert message["id"] == id_
    assert message["text"].startswith("Hola, ¿me pueden ayudar")
    created = (await ana.get("/api/v1/tickets/1/history")).json()["items"][0]
    assert (created["actor"], created["action"], created["why"]) == ("agent:ana", "ticket.created", "a real customer")
    assert len(await api.leaving("ticket.created")) == 1
    assert len(await api.leaving("notification.requested")) == 1
    assert [item["id"] for item in await waiting(ana)] != [id_]
    assert len((await ana.get("/api/v1/tickets?q=factura")).json()["items"]) == 1
    described = (await ana.get(f"/api/v1/quarantine/{id_}")).json()
    assert (described["state"], described["decided_by"], described["ticket_number"]) == ("released", "agent:ana", 1)


async def test_a_released_message_tells_why_it_was_routed_so(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    await ana.post(f"/api/v1/quarantine/{(await waiting(ana))[0]['id']}/release")

    routing = (await ana.get("/api/v1/tickets/1/routing")).json()

    assert routing["decision"]["priority"] == "high"
    assert "es-money" in routing["sentence"]["es"]
    assert "prioridad alta" in routing["sentence"]["es"]
    assert "priority high" in routing["sentence"]["en"]


async def test_a_repeat_of_a_released_message_is_a_duplicate(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    await ana.post(f"/api/v1/quarantine/{(await waiting(ana))[0]['id']}/release")

    await settle(api, routed(1))

    assert await ledger(api) == [("created", 1)]
    assert len((await ana.get("/api/v1/tickets")).json()["items"]) == 1


async def test_rejected_it_stays_for_good(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    id_ = (await waiting(ana))[0]["id"]

    rejected = await ana.post(f"/api/v1/quarantine/{id_}/reject", json={"why": "spam"})
    again = await ana.post(f"/api/v1/quarantine/{id_}/reject")
    released = await ana.post(f"/api/v1/quarantine/{id_}/release")

    assert rejected.json() == again.json() == {"id": id_, "state": "rejected", "ticket_number": None}
    assert released.status_code == 409
    assert await ledger(api) == [("quarantined", None)]
    assert await waiting(ana) == []


async def test_a_released_message_cannot_be_rejected(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    id_ = (await waiting(ana))[0]["id"]

    results = await asyncio.gather(
        *(ana.post(f"/api/v1/quarantine/{id_}/{verb}") for verb in ("release", "reject") * 3)
    )

    statuses = sorted(answer.status_code for answer in results)
    assert statuses == [200, 200, 200, 409, 409, 409]
    assert len((await ana.get("/api/v1/tickets")).json()["items"]) == len(await api.leaving("ticket.created"))


async def test_what_nobody_can_read_is_released_without_an_answer_to_nobody(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    nobody = {"address": "", "name": ""}
    await settle(
        api, routed(1, quarantine=None, disposition="unparseable", disposition_reason="no headers", sender=nobody)
    )
    (item,) = await waiting(ana)

    answer = await ana.post(f"/api/v1/quarantine/{item['id']}/release")

    assert item["reason"] == "no headers"
    assert answer.json()["ticket_number"] == 1
    assert await api.leaving("notification.requested") == []


async def test_what_was_never_there_is_not_found(ana: httpx.AsyncClient) -> None:
    for verb in ("release", "reject"):
        answer = await ana.post(f"/api/v1/quarantine/11111111-1111-1111-1111-111111111111/{verb}")
        assert answer.status_code == 404
    assert (await ana.post("/api/v1/quarantine/nonsense/release")).status_code == 404


async def test_the_command_decides_what_it_can_and_names_the_rest(api: ApiDesk, database: str) -> None:
    await settle_batch(Batch([routed(1), routed(2), routed(3)]), api.settle_deps())
    first, second, third = (row["id"] for row in await api.database.fetch("select id from quarantine order by 1"))
    unknown = UUID(int=7)
    environment = {
        "TICKETS_POSTGRES_URL": database, "TICKETS_SECRET": "a secret of the tests", "TICKETS_MAILBOXES": MAILBOX,
    }  # fmt: skip
    assert run("tickets", "quarantine", "reject", str(second), environment=environment).code == 0
    asked = [str(one) for one in (first, unknown, second, third, first)]

    said = run("tickets", "quarantine", "release", *asked, "--json", environment=environment)

    assert said.code == 1
    answers = {one["id"]: one["state"] for one in json.loads(said.out)}
    assert answers == {str(first): "released", str(third): "released", str(unknown): None, str(second): None}
    assert [line.split(": ")[1] for line in said.err.splitlines()] == [str(unknown), str(second)]
