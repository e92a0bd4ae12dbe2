"""An agent's day: what they did since midnight, and what they hold."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, opened, people
from tests.integration.tickets.routed_mails import answered, routed, settle
from tests.integration.tickets.test_clocks import STANDARD, document

NOTHING = {
    "solved": 0, "replied": 0, "first_responses": {"met": 0, "missed": 0}, "median_first_reply_seconds": None,
    "taken": 0, "handed_on": 0, "open": 0, "oldest_waiting": None,
}  # fmt: skip


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await document(desk, "policy", "standard", 1, STANDARD)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


async def day(client: httpx.AsyncClient, handle: str = "ana", **more: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/agents/{handle}/day", params=more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in NOTHING}


async def arrived(api: ApiDesk, sequence: int, ago: timedelta) -> None:
    """A mail of normal priority came in so long ago."""
    decision = {"priority": "normal", "service_level_policy": "standard"}
    at = datetime.now(UTC) - ago
    await settle(api, routed(sequence, at=at, decision=decision, sender=f"c{sequence}@cliente.example"))


async def test_somebody_who_did_nothing_has_a_day_of_noughts(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    found = await day(ana, zone="Atlantic/Canary")

    assert numbers(found) == NOTHING
    local = datetime.fromisoformat(found["since"]).astimezone(ZoneInfo("Atlantic/Canary"))
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    assert timedelta() <= datetime.now(UTC) - local < timedelta(days=1)
    assert (found["agent"], found["zone"]) == ("ana", "Atlantic/Canary")


async def test_a_zone_that_does_not_exist_is_told_so(ana: httpx.AsyncClient) -> None:
    answer = await ana.get("/api/v1/agents/ana/day", params={"zone": "Europe/Atlantis"})

    assert answer.status_code == 422
    assert "Europe/Madrid" in answer.text


async def test_what_an_agent_did_today_is_counted_out_of_history_and_clocks(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    for sequence, minutes in ((1, 10), (2, 30), (3, 90), (4, 70), (5, 5)):
        await arrived(api, sequence, timedelta(minutes=minutes))
    for number in (1, 2, 3, 4, 5):
        assert (await ana.post(f"/api/v1/tickets/{number}/claim")).status_code == 200
    for number in (1, 2, 3):  # the third one is late: an hour was promised
        await answered(ana, number)
    await answered(ana, 1, text="Y otra cosa.")
    await answered(ana, 2, text="Nota", internal=True)
    await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "Se cambió la contraseña."})
    await ana.post("/api/v1/tickets/2/release", json={})
    bob = await agent(api, "bob")
    await bob.post("/api/v1/tickets/2/claim")

    found = await day(ana, zone=midnight_zone())

    assert numbers(found) == {
        "solved": 1,
        "replied": 4,
        "first_responses": {"met": 2, "missed": 2},  # one late, one still waiting
        "median_first_reply_seconds": pytest.approx(1800, abs=60),
        "taken": 5,
        "handed_on": 1,
        "open": 3,
        "oldest_waiting": {"number": 4, "since": found["oldest_waiting"]["since"]},
    }
    assert numbers(await day(bob, "bob", zone=midnight_zone())) == {**NOTHING, "taken": 1, "open": 1}


async def test_what_was_done_before_midnight_is_not_of_today(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await arrived(api, 1, timedelta(minutes=10))
    await ana.post("/api/v1/tickets/1/claim")
    await answered(ana, 1)
    await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "Se cambió la contraseña."})
    await api.database.execute("update history set at = at - interval '2 days'")
    await api.database.execute("update ticket set first_response_at = first_response_at - interval '2 days'")

    assert numbers(await day(ana)) == NOTHING


async def test_what_somebody_gave_them_counts_as_taken(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    boss = await agent(api, "eva", "read", "write", "admin")
    number = await opened(boss)
    await boss.post(f"/api/v1/tickets/{number}/assign", json={"agent": "ana"})

    found = await day(ana)
    assert (found["taken"], found["handed_on"], found["open"]) == (1, 0, 1)


def midnight_zone() -> str:
    """A zone in which midnight is at least five hours ago, whenever the test runs."""
    hour = datetime.now(UTC).hour
    offset = 0 if hour >= 6 else 8
    return f"Etc/GMT-{offset}" if offset else "Etc/UTC"
