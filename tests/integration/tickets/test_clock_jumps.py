"""The database's clock jumps, forward and back: no warning, no breach, no step of a ladder is left out or done twice.

The desk goes by that clock alone. Time passes in these tests by moving it, never by moving what waits.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import ALWAYS_DAY, PAGE, ROTA, pages, put, refresh, told, worker
from tests.integration.tickets.desk_people import people
from tests.integration.tickets.routed_mails import answered, settle
from tests.integration.tickets.test_clocks import STANDARD, folded, last_mail, new, state
from tests.support.fast_clock import jump, replace_clock
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.adapters.postgres.migrate import migrate
from tickets.domain.service_levels.state import as_data
from tickets.handlers.timers.recompute import differences

MINUTE = 60.0
HOUR = 60 * MINUTE
STEP = {"after_minutes": 10, "do": "notify_team"}
WARNINGS_AND_BREACH = ["warning:0.5", "warning:0.8", "breach"]


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    await replace_clock(database)
    await migrate(database)
    async with open_api_desk(database) as desk:
        await people(desk)
        boss = await desk.client("admin", name="boss")
        await put(boss, "calendars/day", ALWAYS_DAY)
        await desk.database.execute("update team set calendar = 'day'")
        await put(boss, "policies/standard", STANDARD)
        await put(boss, "rotas/nights", ROTA)
        ladder = {"starts": [{"on": "arrival"}], "steps": [STEP, STEP, {**PAGE, "after_minutes": 10}, STEP]}
        await put(boss, "ladders/default", ladder)
        await refresh(desk)
        yield desk


async def fire(api: ApiDesk) -> None:
    """Do all that is due, by two workers at once."""

    async def until_done() -> None:
        idle = 0
        while idle < 3:
            idle = 0 if await worker(api).fire_once() else idle + 1

    await asyncio.gather(until_done(), until_done())


async def pass_time(api: ApiDesk, database: str, seconds: float) -> None:
    """Move the clock, and do what is due then."""
    await jump(database, seconds)
    await fire(api)


async def fired(api: ApiDesk) -> list[tuple[str, str]]:
    """(clock, what) of each warning and breach that was told, in their order."""
    return [(event["clock"], event["kind"]) for event in await api.leaving("ticket.service_level")]


async def steps(api: ApiDesk) -> list[tuple[str, str]]:
    return [line for line in await told(api) if line[0] != "started"]


async def next_step_in(api: ApiDesk) -> timedelta:
    row = await api.database.fetchrow(
        "select due_at, public.clock_timestamp() as now from due where kind = 'ladder'",
    )
    left: timedelta = row["due_at"] - row["now"]
    return left


async def healthy(api: ApiDesk) -> bool:
    """Whether every clock is what its history amounts to, whatever order its times have."""
    found = [one async for _, chunk in differences(ClockReads(api.database, api.levels)) for one in chunk]
    return found == [] and await state(api) == as_data(await folded(api))


async def test_a_jump_forward_fires_each_warning_and_breach_once_and_takes_one_step_of_the_ladder(
    api: ApiDesk, database: str
) -> None:
    await settle(api, new(1))

    await pass_time(api, database, 3 * HOUR)

    assert await fired(api) == [("first_response", kind) for kind in WARNINGS_AND_BREACH]
    assert await steps(api) == [("step", "notify_team")], "one step too early, and not all of them"
    assert timedelta(minutes=9) < await next_step_in(api) <= timedelta(minutes=10), "people get their time to react"
    await fire(api)
    assert len(await fired(api)) == 3
    assert len(await steps(api)) == 1
    assert await healthy(api)


async def test_a_jump_back_repeats_nothing_and_what_lies_ahead_is_done_in_its_time(api: ApiDesk, database: str) -> None:
    await settle(api, new(1))
    await pass_time(api, database, 49 * MINUTE)
    before, climbed = await fired(api), await steps(api)
    assert (before, climbed) == (
        [("first_response", kind) for kind in WARNINGS_AND_BREACH[:2]],
        [("step", "notify_team")],
    )

    await pass_time(api, database, -2 * HOUR)
    await pass_time(api, database, HOUR)
    assert (await fired(api), await steps(api)) == (before, climbed), "it was all done, and is not due again yet"

    await pass_time(api, database, HOUR + 11 * MINUTE)
    assert await fired(api) == [*before, ("first_response", "breach")]
    assert await steps(api) == [*climbed, ("step", "notify_team")]
    assert await healthy(api)


async def test_a_clock_that_is_put_right_after_an_hour_ahead_leaves_out_no_step_and_no_page(
    api: ApiDesk, database: str
) -> None:
    boss = await api.client("read", "write", "admin", name="boss")
    await settle(api, new(1))
    await pass_time(api, database, HOUR)
    await pass_time(api, database, -HOUR)

    for _ in range(60 * 3 // 5):
        await pass_time(api, database, 5 * MINUTE)

    assert await steps(api) == [
        ("step", "notify_team"),
        ("step", "notify_team"),
        ("step", "page"),
        ("step", "page"),
        ("step", "page"),
        ("step", "notify_team"),
        ("ended", "nobody reacted"),
    ]
    assert len(await pages(boss)) == 2
    fires = await fired(api)
    assert len(fires) == len(set(fires)), "nothing twice"
    assert [kind for clock, kind in fires if clock == "first_response"] == WARNINGS_AND_BREACH
    assert await healthy(api)


async def test_an_answer_behind_a_jump_back_counts_at_the_time_of_what_was_before_it(
    api: ApiDesk, database: str
) -> None:
    await settle(api, new(1))
    await pass_time(api, database, 61 * MINUTE)
    await pass_time(api, database, -2 * HOUR)
    ana = await api.client("read", "write", name="ana", agent="ana")

    await answered(ana, 1)
    await settle(api, new(2, threading={"in_reply_to": await last_mail(api)}))
    await pass_time(api, database, 5 * HOUR)

    level: dict[str, Any] = (await ana.get("/api/v1/tickets/1")).json()["service_level"]
    first = level["first_response"]
    assert first["state"] == "met_late", "what was late stays late, though the clock shows less"
    assert datetime.fromisoformat(first["met_at"]) >= datetime.fromisoformat(first["breached_at"])
    fires = await fired(api)
    assert len(fires) == len(set(fires))
    assert [kind for clock, kind in fires if clock == "next_response"] == WARNINGS_AND_BREACH
    assert await steps(api) == [("step", "notify_team"), ("stopped", "answered")]
    assert await healthy(api)


@pytest.mark.parametrize("seconds", [40 * 24 * HOUR, -40 * 24 * HOUR])
async def test_timers_of_a_status_happen_once_each_through_jumps(api: ApiDesk, database: str, seconds: float) -> None:
    await settle(api, new(1))
    ana = await api.client("read", "write", name="ana", agent="ana")
    await answered(ana, 1, status="pending")

    await pass_time(api, database, seconds)
    await pass_time(api, database, -seconds)
    await pass_time(api, database, 8 * 24 * HOUR)

    actions = [row["action"] for row in await api.database.fetch("select action from history where actor = 'desk'")]
    mails = [mail for mail in await api.leaving("notification.requested") if "reminder" in mail["id"]]
    assert (len(mails), actions.count("reminder.sent")) == (1, 1)
    status = await api.database.fetchrow("select status, solved_at from ticket")
    assert status["status"] == "solved"
