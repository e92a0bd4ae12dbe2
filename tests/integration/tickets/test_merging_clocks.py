"""Clocks and timers of tickets that become one and part again: kept as their histories say, and nothing fires twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.merging_desk import answer_by_token, merge, unmerge
from tests.integration.tickets.routed_mails import answered, routed, settle
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.handlers.timers.recompute import differences

ALWAYS = {"calendar": "always"}
STANDARD = {
    "targets": {
        "first_response": {"normal": {"minutes": 60, **ALWAYS}},
        "next_response": {"normal": {"minutes": 30, **ALWAYS}},
        "resolution": {"normal": {"minutes": 600, **ALWAYS}},
    },
    "pauses": {"resolution": ["pending", "on_hold"]},
}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await desk.database.execute(
            "insert into desk_document (kind, name, version, content, created_by)"
            " values ('policy', 'standard', 1, $1, 'eva')",
            orjson.dumps(STANDARD).decode(),
        )
        async with desk.database.connection() as connection:
            await desk.levels.refresh(connection)
        yield desk


async def two_promised(api: ApiDesk) -> httpx.AsyncClient:
    await people(api)
    decision = {"priority": "normal", "service_level_policy": "standard"}
    await settle(api, *(routed(n, at=datetime.now(UTC), decision=decision) for n in (1, 2)))
    return await agent(api, "ana")


async def clocks(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/api/v1/tickets/{number}")).json()["service_level"]
    return {name: found[name]["state"] for name in ("first_response", "next_response", "resolution")}


async def due(api: ApiDesk, number: int) -> list[str]:
    rows = await api.database.fetch("select distinct kind from due where ticket_number = $1 order by kind", number)
    return [row["kind"] for row in rows]


async def age(api: ApiDesk, time: timedelta) -> None:
    """Let everything have happened so much earlier, and work the clocks out anew."""
    await api.database.execute("update history set at = at - $1::interval", time)
    reads = ClockReads(api.database, api.levels)
    async for _, found in differences(reads):
        for one in found:
            assert one.right is not None
            await reads.put_right(one.number, one.stored, one.right)


async def healthy(api: ApiDesk) -> bool:
    """Whether the stored clocks are what the histories amount to."""
    return not [one async for _, found in differences(ClockReads(api.database, api.levels)) for one in found]


async def test_clocks_of_a_merged_ticket_are_cancelled_and_nothing_of_it_fires(api: ApiDesk) -> None:
    ana = await two_promised(api)

    await merge(ana, 1, 2)

    assert await clocks(ana, 1) == {"first_response": "cancelled", "next_response": "none", "resolution": "cancelled"}
    assert await due(api, 1) == []
    assert await clocks(ana, 2) == {"first_response": "running", "next_response": "none", "resolution": "running"}
    assert await healthy(api)


async def test_whoever_waits_in_the_merged_ticket_waits_in_the_other(api: ApiDesk) -> None:
    ana = await two_promised(api)
    await answered(ana, 2)

    await merge(ana, 1, 2)

    assert (await clocks(ana, 2))["next_response"] == "running"
    assert await healthy(api)


async def test_clocks_go_on_after_un_merging_and_the_time_between_does_not_count(api: ApiDesk) -> None:
    ana = await two_promised(api)
    await age(api, timedelta(minutes=10))
    await merge(ana, 1, 2)
    await age(api, timedelta(minutes=45))

    await unmerge(ana, 1)

    level = (await ana.get("/api/v1/tickets/1")).json()["service_level"]
    left = datetime.fromisoformat(level["first_response"]["due_at"]) - datetime.now(UTC)
    assert await clocks(ana, 1) == {"first_response": "running", "next_response": "none", "resolution": "running"}
    assert timedelta(minutes=49) < left < timedelta(minutes=50)
    assert await due(api, 1) == ["clock"]
    assert await healthy(api)


@pytest.mark.parametrize(("answer_it", "state"), [(False, "running"), (True, "none")])
async def test_what_came_meanwhile_is_waited_for_only_if_nobody_has_answered_it(
    api: ApiDesk, answer_it: bool, state: str
) -> None:
    ana = await two_promised(api)
    await answered(ana, 1)
    await merge(ana, 1, 2)
    await settle(api, answer_by_token(api, 11, 1, at=datetime.now(UTC)))
    if answer_it:
        await answered(ana, 2)

    await unmerge(ana, 1)

    assert (await clocks(ana, 1))["next_response"] == state
    assert await healthy(api)


async def test_the_steps_of_its_status_wait_again_after_un_merging(api: ApiDesk) -> None:
    ana = await two_promised(api)
    await answered(ana, 1, status="pending")
    before = await due(api, 1)

    await merge(ana, 1, 2)
    merged = await due(api, 1)
    await unmerge(ana, 1)

    assert "lifecycle" in before
    assert merged == []
    assert await due(api, 1) == before
    assert await healthy(api)
