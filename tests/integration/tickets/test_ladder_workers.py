"""Each step and each page once, whoever fires it and whatever dies in between."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import (
    NOTIFY,
    RAISE,
    arrive,
    climbing,
    lines,
    mails_to,
    pass_time,
    runs,
    told,
    worker,
)
from tests.integration.tickets.desk_people import agent
from tests.integration.tickets.routed_mails import answered
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.timers.due import Due
from tickets.handlers.timers import climb
from tickets.handlers.timers.fire_due import DueWorker

AT_ONCE = {"after_minutes": 0, "do": "notify_team"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


MANY = range(1, 21)


async def everything_fired(workers: list[DueWorker]) -> None:
    while sum(await asyncio.gather(*(one.fire_once() for one in workers))):
        pass


def places(found: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    names = ("run", "step", "round", "attempt", "do", "attempts")
    steps = [line["detail"] for line in found if line["action"] == "ladder.step"]
    return Counter(tuple(step.get(name) for name in names) for step in steps)


@pytest.mark.parametrize("count", [2, 4])
async def test_workers_at_once_do_each_step_and_send_each_page_once(api: ApiDesk, count: int) -> None:
    steps = [AT_ONCE, {"do": "page", "rota": "nights", "answer_within_minutes": 5, "times": 2}, {"do": "raise_tier"}]
    boss = await climbing(api, *steps, {"do": "repeat", "from_step": 1, "times": 1})
    await arrive(api, *MANY)
    workers = [worker(api) for _ in range(count)]
    for _ in range(6):
        await everything_fired(workers)
        await api.database.execute("update due set due_at = due_at - interval '5 minutes'")
    await everything_fired(workers)

    for number in MANY:
        found = await lines(api, number)
        assert set(places(found).values()) == {1}
        assert [line["detail"].get("do") for line in found if line["action"] == "ladder.step"] == [
            "notify_team", "page", "page", "page", "raise_tier", "repeat",
            "notify_team", "page", "page", "page", "raise_tier", "repeat",
        ]  # fmt: skip
        assert found[-1]["action"] == "ladder.ended"
    called = await api.leaving("ticket.paged")
    assert len({event["id"] for event in called}) == len(called) == 4 * len(MANY)
    assert (await api.database.fetchrow("select count(*) as n from page"))["n"] == 4 * len(MANY)
    assert (await api.database.fetchrow("select count(*) as n from handover"))["n"] == 2 * len(MANY)
    urgent = [mail["id"] for mail in await mails_to(api, "eva") if "/p/" in mail["text"]]
    assert len(set(urgent)) == len(urgent) == 4 * len(MANY)
    assert (await boss.get("/api/v1/tickets/1")).json()["tier"] == "3"


async def test_a_worker_that_dies_between_and_inside_transactions_leaves_nothing_undone_and_nothing_twice(
    api: ApiDesk,
) -> None:
    steps = [AT_ONCE, {"do": "raise_tier"}, {"do": "page", "rota": "nights", "answer_within_minutes": 1440}]
    await climbing(api, *steps)
    await arrive(api, *MANY)
    await api.database.execute("update due set due_at = due_at - interval '1 minute'")

    survived = 0
    for tenth in [*range(0, 600, 15), 100_000]:  # killed after ever more milliseconds: at another place each time
        task = asyncio.create_task(worker(api).fire_once())
        await asyncio.wait([task], timeout=tenth / 10_000)
        survived += task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert 0 < survived < 41  # some died, and some did not
    await everything_fired([worker(api), worker(api)])

    for number in MANY:
        found = await lines(api, number)
        assert [line["detail"].get("do") for line in found] == [None, "notify_team", "raise_tier", "page"]
        assert set(places(found).values()) == {1}
    assert (await api.database.fetchrow("select count(*) as n from page"))["n"] == len(MANY)
    assert (await api.database.fetchrow("select count(*) as n from handover"))["n"] == len(MANY)


async def test_a_crash_in_the_middle_of_raising_has_raised_nothing_and_is_tried_again(
    api: ApiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = await climbing(api, RAISE, NOTIFY)
    await arrive(api)
    whole = climb._Raising.besides  # the last thing before the commit

    async def crash(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(climb._Raising, "besides", crash)
    await pass_time(api)
    halfway = (await boss.get("/api/v1/tickets/1")).json()["tier"]
    [failed] = await api.database.fetch("select failures from due where kind = 'ladder'")
    monkeypatch.setattr(climb._Raising, "besides", whole)
    await pass_time(api, 1)

    assert (halfway, failed["failures"]) == ("1", 1)
    assert (await boss.get("/api/v1/tickets/1")).json()["tier"] == "2"
    assert await told(api) == [("started", "arrival"), ("step", "raise_tier")]
    assert (await api.database.fetchrow("select count(*) as n from handover"))["n"] == 1
    assert [run["step"] for run in await runs(api)] == [2]


@pytest.mark.parametrize("highest", [False, True])
async def test_workers_that_have_seen_the_same_step_do_it_once_and_not_before_its_time(
    api: ApiDesk, highest: bool
) -> None:
    await climbing(api, RAISE, NOTIFY, NOTIFY)
    if highest:
        await api.database.execute("update team set tier = '1'")
    await arrive(api)
    [row] = await api.database.fetch("select * from due where kind = 'ladder'")
    seen = Due(1, "ladder", row["key"], row["due_at"], json.loads(row["detail"]))

    def raising() -> Coroutine[Any, Any, None]:
        return climb.raise_tier(seen, api.deps, AcknowledgementCaps(), 1000)

    await raising()
    too_early = await told(api)
    await api.database.execute("update due set due_at = clock_timestamp() where kind = 'ladder'")
    await asyncio.gather(*(raising() for _ in range(4)))
    await api.database.execute("update due set due_at = clock_timestamp() where kind = 'ladder'")
    await raising()

    assert too_early == [("started", "arrival")]
    assert await told(api) == [("started", "arrival"), ("step", "raise_tier")]
    assert (await api.database.fetchrow("select count(*) as n from handover"))["n"] == (0 if highest else 1)
    assert [run["step"] for run in await runs(api)] == [2]


async def test_a_raise_that_was_overtaken_by_an_answer_does_not_happen(api: ApiDesk) -> None:
    boss = await climbing(api, RAISE)
    await arrive(api)
    await api.database.execute("update due set due_at = clock_timestamp() where kind = 'ladder'")

    await asyncio.gather(answered(await agent(api, "ana"), 1), *(worker(api).fire_once() for _ in range(3)))
    while await worker(api).fire_once():
        pass

    tier = (await boss.get("/api/v1/tickets/1")).json()["tier"]
    done = [what for what, _ in await told(api)]
    assert (tier, done) in [("1", ["started", "stopped"]), ("2", ["started", "step", "ended"])]
    assert not await runs(api)
