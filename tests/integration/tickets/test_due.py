"""What happens to tickets by itself: exactly once whoever fires it, taken back by whatever changes the ticket."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import items, routed, settle
from tickets.adapters.postgres.due_store import DueStore
from tickets.handlers.timers.fire_due import DueWorker
from tickets.handlers.timers.fires import FIRES

SOON = timedelta(days=2)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


def worker(api: ApiDesk, **fires: Any) -> DueWorker:
    return DueWorker(DueStore(api.database, api.desk.signer), api.deps, {**FIRES, **fires})


async def pass_time(api: ApiDesk, time: timedelta = timedelta(days=30)) -> None:
    """Let everything that waits have waited for so long."""
    await api.database.execute("update due set due_at = due_at - $1::interval", time)


async def waiting(api: ApiDesk) -> list[tuple[str, str]]:
    rows = await api.database.fetch("select kind, key from due order by kind, key")
    return [(row["kind"], row["key"]) for row in rows]


async def put(agent: httpx.AsyncClient, status: str, number: int = 1) -> None:
    answer = await agent.patch(f"/api/v1/tickets/{number}", json={"status": status, "resolution": "restarted"})
    assert answer.status_code == 200, answer.text


async def ticket(agent: httpx.AsyncClient, number: int = 1) -> dict[str, Any]:
    answer = await agent.get(f"/api/v1/tickets/{number}")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_pending_ticket_is_reminded_of_then_solved_then_closed(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    await put(agent, "pending")
    assert await worker(api).fire_once() == 0

    await pass_time(api, timedelta(days=4))
    assert await worker(api).fire_once() == 1
    reminders = [mail for mail in await api.leaving("notification.requested") if "reminder" in mail["id"]]
    assert len(reminders) == 1
    await pass_time(api, timedelta(days=4))
    assert await worker(api).fire_once() == 1
    assert (await ticket(agent))["status"] == "solved"
    await pass_time(api)
    assert await worker(api).fire_once() == 1

    assert (await ticket(agent))["status"] == "closed"
    assert not await waiting(api)
    changes = [entry for entry in await items(agent, "/tickets/1/history") if entry["actor"] == "desk"]
    assert "nobody answered" in {entry["why"] for entry in changes}


async def test_a_reply_takes_back_what_waited(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    await put(agent, "pending")
    number = (await ticket(agent))["number"]
    sent = await agent.post(f"/api/v1/tickets/{number}/replies", json={"text": "¿Funciona?", "status": "pending"})

    await settle(api, routed(2, threading={"in_reply_to": sent.json()["message_id"]}))

    assert (await ticket(agent))["status"] == "open"
    assert not await waiting(api)


async def test_a_snoozed_ticket_opens_again_at_its_time(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    until = (datetime.now(UTC) + SOON).isoformat()

    answer = await agent.post("/api/v1/tickets/1/snooze", json={"until": until, "why": "part on order"})

    assert (answer.status_code, answer.json()["status"]) == (200, "on_hold")
    later = (datetime.now(UTC) + 2 * SOON).isoformat()
    assert (await agent.post("/api/v1/tickets/1/snooze", json={"until": later})).status_code == 200
    assert await waiting(api) == [("snooze", "end")]
    await pass_time(api, SOON)
    assert await worker(api).fire_once() == 0
    await pass_time(api, SOON)
    assert await worker(api).fire_once() == 1
    assert (await ticket(agent))["status"] == "open"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, 422),
        ({"until": "2126-01-01T00:00:00Z"}, 422),
        ({"until": "2026-12-01T08:00:00"}, 422),
        ({}, 422),
    ],
)
async def test_an_impossible_snooze_is_refused(
    api: ApiDesk, agent: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    await settle(api, routed(1))
    answer = await agent.post("/api/v1/tickets/1/snooze", json=body)
    assert answer.status_code == status, answer.text
    assert not await waiting(api)


@pytest.mark.parametrize(("status", "words"), [("solved", "reopen it first"), ("closed", "is closed")])
async def test_a_ticket_that_is_done_is_not_put_aside_and_stays_as_it_was(
    api: ApiDesk, agent: httpx.AsyncClient, status: str, words: str
) -> None:
    await settle(api, routed(1))
    await put(agent, status)
    before, waits = await ticket(agent), await waiting(api)

    answer = await agent.post("/api/v1/tickets/1/snooze", json={"until": (datetime.now(UTC) + SOON).isoformat()})

    assert answer.status_code == 409, answer.text
    assert words in answer.json()["detail"]
    assert (await ticket(agent), await waiting(api)) == (before, waits)


async def test_four_workers_at_once_fire_each_row_once(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, *[routed(n, sender=f"c{n}@cliente.example") for n in range(1, 41)])
    for number in range(1, 41):
        await put(agent, "pending", number)
    await pass_time(api, timedelta(days=4))

    await asyncio.gather(*(worker(api).fire_once() for _ in range(4)))
    while await worker(api).fire_once():
        pass

    reminders = [mail["id"] for mail in await api.leaving("notification.requested") if "reminder" in mail["id"]]
    assert len(reminders) == len(set(reminders)) == 40


async def test_a_bug_in_one_row_costs_neither_the_others_nor_the_row(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1), routed(2, sender="luis@cliente.example"))
    await put(agent, "pending", 1)
    await put(agent, "pending", 2)
    await pass_time(api, timedelta(days=4))

    def broken(before: Any, due: Any, moment: Any, rows: Any) -> Any:
        if before.number == 1:
            raise ZeroDivisionError
        return FIRES["lifecycle"](before, due, moment, rows)

    assert await worker(api, lifecycle=broken).fire_once() == 2

    reminders = [mail for mail in await api.leaving("notification.requested") if "reminder" in mail["id"]]
    assert [mail["ticket_number"] for mail in reminders] == [2]
    [failed] = await api.database.fetch(
        "select key, failures, due_at > clock_timestamp() as later from due where failures > 0"
    )
    assert (failed["key"], failed["failures"], failed["later"]) == ("pending/0", 1, True)


async def test_a_desks_own_lifecycle_counts(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await api.database.execute(
        "insert into desk_document (kind, name, version, content, created_by)"
        " values ('lifecycle', 'default', 1, $1, 'eva')",
        '{"solved": [{"after_days": 1, "do": "close"}]}',
    )
    await settle(api, routed(1))
    await put(agent, "pending")
    assert not await waiting(api)
    await put(agent, "solved")
    assert await waiting(api) == [("lifecycle", "solved/0")]
