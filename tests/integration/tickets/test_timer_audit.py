"""The auditor of timers: what did not happen in time is told once, by whoever looks, with no worker alive."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from tests.integration.tickets.api_desk import ApiDesk
from tests.integration.tickets.late_timers import (
    HOUR,
    LATE_SECONDS,
    Told,
    alarms,
    an_hour_later,
    auditor,
    pass_time,
    promised,
    promising_desk,
    worker,
)  # fmt: skip
from tests.support.broker import Desk as BrokerDesk
from tests.support.polling import eventually
from tests.support.streams import stored
from tickets.adapters.postgres.database import Database, open_database
from tickets.adapters.postgres.timer_audit import TimerAudit
from tickets.domain.timers.audit import MOST_ALARMS_AN_HOUR
from tickets.handlers.timers import audit_timers
from tickets.handlers.timers.audit_timers import Findings
from tickets.metrics import TIMERS_LATE, TIMERS_MISSING, TIMERS_OLDEST_LATE_SECONDS
from ventanilla_contracts.events import TimerLate
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import MSG_ID, Publisher


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with promising_desk(database) as desk:
        yield desk


@pytest.fixture
async def alone(database: str) -> AsyncIterator[Database]:
    """The auditor's one connection."""
    found = await open_database(database, most_connections=1)
    yield found
    await found.close()


@pytest.fixture
def told() -> Told:
    return Told()


async def test_on_a_healthy_desk_nothing_is_told(api: ApiDesk, alone: Database, told: Told) -> None:
    await promised(api, 3)
    findings = await auditor(alone, told).audit_once(all_tickets=True)
    assert findings.fine
    assert told.messages == []
    assert TIMERS_LATE._value.get() == TIMERS_MISSING._value.get() == 0


async def test_with_no_worker_alive_a_late_row_is_told_of_once_and_measured(
    api: ApiDesk, alone: Database, told: Told
) -> None:
    await promised(api)
    await pass_time(api, HOUR)
    auditing = auditor(alone, told)

    for _ in range(3):
        await auditing.audit_once()
    await auditor(alone, told).audit_once()  # one that was restarted

    [event] = told.events
    assert (event.problem, event.ticket_number, event.kind, event.key) == ("late", 1, "clock", "next")
    assert event.late_seconds is not None
    assert event.late_seconds > LATE_SECONDS
    assert event.due_at == (await api.database.fetchrow("select due_at from due"))["due_at"]
    message = told.messages[0]
    assert (message.stream, message.subject) == ("OPERATIONS", "desk.timer.late.v1")
    assert message.headers[MSG_ID] == event.id
    assert TIMERS_LATE._value.get() == 1
    assert TIMERS_OLDEST_LATE_SECONDS._value.get() > LATE_SECONDS


async def test_what_is_late_for_less_than_the_limit_is_nobodys_business(
    api: ApiDesk, alone: Database, told: Told
) -> None:
    await promised(api)
    await api.database.execute("update due set due_at = clock_timestamp() - interval '20 seconds'")
    late = await TimerAudit(alone, LATE_SECONDS).late(10, told_too=True)
    assert (late.rows, late.some) == (0, [])
    assert (await TimerAudit(alone, 15).late(10, told_too=True)).rows == 1


async def test_a_row_that_stays_late_is_told_of_again_after_an_hour_under_another_id(
    api: ApiDesk, alone: Database, told: Told
) -> None:
    await promised(api)
    await pass_time(api, HOUR)
    auditing = auditor(alone, told)
    for _ in range(3):
        await auditing.audit_once()
        await an_hour_later(api)
    assert told.words == [("late", 1, "clock")] * 3
    assert len({event.id for event in told.events}) == 3


async def test_once_it_is_fired_the_alarm_is_over(api: ApiDesk, alone: Database, told: Told) -> None:
    await promised(api)
    await pass_time(api, HOUR)
    auditing = auditor(alone, told)
    await auditing.audit_once()
    assert await alarms(api) == 1

    while await worker(api).fire_once():
        pass
    findings = await auditing.audit_once()

    assert findings.fine
    assert await alarms(api) == 0
    assert TIMERS_LATE._value.get() == 0
    assert len(told.messages) == 1


async def test_a_row_that_somebody_deleted_is_told_of_as_missing(api: ApiDesk, alone: Database, told: Told) -> None:
    await promised(api, 3)
    row = await api.database.fetchrow("delete from due where ticket_number = 2 and kind = 'clock' returning *")
    auditing = auditor(alone, told)

    for _ in range(3):
        await auditing.audit_once()

    [event] = told.events
    assert (event.problem, event.ticket_number, event.kind, event.due_at) == ("missing", 2, "clock", row["due_at"])
    assert event.late_seconds is None
    assert TIMERS_MISSING._value.get() == 1

    await api.database.execute(
        "insert into due (ticket_number, kind, key, due_at, detail) values (2, $1, $2, $3, $4)",
        row["kind"], row["key"], row["due_at"], row["detail"],
    )  # fmt: skip
    assert (await auditing.audit_once()).fine
    assert await alarms(api) == TIMERS_MISSING._value.get() == 0


@pytest.mark.parametrize(
    "change",
    [
        "update due set due_at = due_at + interval '1 day' where kind = 'clock'",
        "update due set detail = detail || '{\"cycle\": 7}' where kind = 'clock'",
        "update due set key = 'last' where kind = 'clock'",
    ],
)
async def test_a_row_that_differs_from_what_the_clocks_ask_for_is_told_of_as_wrong(
    api: ApiDesk, alone: Database, told: Told, change: str
) -> None:
    await promised(api)
    await api.database.execute(change)
    await auditor(alone, told).audit_once()
    assert told.words == [("wrong", 1, "clock")]


async def test_the_walk_comes_round_to_every_ticket(
    api: ApiDesk, alone: Database, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_timers, "TICKETS_A_SLICE", 2)
    monkeypatch.setattr(audit_timers, "SLICES_A_ROUND", 1)
    await promised(api, 7)
    await api.database.execute("delete from due where kind = 'clock' and ticket_number in (1, 4, 7)")
    auditing = auditor(alone, told)
    for _ in range(5):
        await auditing.audit_once()
    assert [number for _, number, _ in told.words] == [1, 4, 7]
    assert TIMERS_MISSING._value.get() == 3


async def test_a_row_that_cannot_be_fired_is_told_of_as_failing_and_not_as_wrong(
    api: ApiDesk, alone: Database, told: Told
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    await promised(api)
    await pass_time(api, HOUR)
    auditing = auditor(alone, told)
    for _ in range(3):
        await worker(api, clock=broken).fire_once()
        await auditing.audit_once()
        await api.database.execute("update due set due_at = clock_timestamp() where failures > 0")

    assert told.words == [("failing", 1, "clock")]
    assert told.events[0].failures == 1

    while await worker(api).fire_once():
        pass
    assert (await auditing.audit_once()).fine
    assert await alarms(api) == 0


async def test_of_very_many_a_hundred_an_hour_are_named_and_the_rest_counted_once(
    api: ApiDesk, alone: Database, told: Told
) -> None:
    await promised(api, 150)
    await pass_time(api, HOUR)
    auditing = auditor(alone, told)

    for _ in range(4):
        await auditing.audit_once()

    named = [event for event in told.events if event.problem == "late"]
    assert len({event.ticket_number for event in named}) == len(named) == MOST_ALARMS_AN_HOUR
    assert [event.count for event in told.events if event.problem == "more"] == [50]
    assert TIMERS_LATE._value.get() == 150


async def test_with_the_broker_away_it_measures_and_tells_later(api: ApiDesk, alone: Database, told: Told) -> None:
    await promised(api)
    await pass_time(api, HOUR)
    TIMERS_LATE.set(0)
    told.away = True
    with pytest.raises(BrokerAway):
        await auditor(alone, told).audit_once()
    assert TIMERS_LATE._value.get() == 1
    told.away = False
    await auditor(alone, told).audit_once()
    assert told.words == [("late", 1, "clock")]


async def test_two_auditors_at_once_tell_of_each_row_once(api: ApiDesk, database: str, fresh_desk: BrokerDesk) -> None:
    await promised(api, 40)
    await pass_time(api, HOUR)
    await api.database.execute("delete from due where ticket_number > 30")
    databases = [await open_database(database, most_connections=1) for _ in range(2)]
    auditors = []
    for one in databases:
        publisher = Publisher(await fresh_desk.connect("tickets"))
        await publisher.start()
        auditors.append(auditor(one, publisher))

    for _ in range(2):
        await asyncio.gather(*(one.audit_once() for one in auditors))
    for one in databases:
        await one.close()

    found = [
        TimerLate.model_validate_json(message.body)
        for message in await stored(await fresh_desk.connect(), "OPERATIONS")
    ]
    assert sorted((event.problem, event.ticket_number) for event in found) == sorted(
        [("late", number) for number in range(1, 31)] + [("missing", number) for number in range(31, 41)]
    )
    assert await alarms(api) == 40


async def test_while_tickets_change_all_the_time_nothing_is_told(api: ApiDesk, alone: Database, told: Told) -> None:
    """Clocks and rows change together; an auditor that saw one without the other would cry wolf."""
    await promised(api, 20)
    agent = await api.client("read", "write", name="eva")
    busy = True

    async def work(number: int) -> None:
        status = "pending"
        while busy:
            answer = await agent.patch(f"/api/v1/tickets/{number}", json={"status": status})
            assert answer.status_code == 200, answer.text
            status = "open" if status == "pending" else "pending"

    working = [asyncio.create_task(work(number)) for number in range(1, 9)]
    auditing = auditor(alone, told)
    for _ in range(60):
        await auditing.audit_once(all_tickets=True)
    busy = False
    await asyncio.gather(*working)
    assert told.messages == []


async def test_a_version_that_is_not_at_hand_is_no_trouble_of_the_row(
    api: ApiDesk, alone: Database, told: Told
) -> None:
    update = {"minutes": 60, "calendar": "always"}
    promise = {"targets": {"update": {"normal": update}}, "apology": update, "warn_at": []}
    await api.database.execute(
        "update desk_document set content = $1 where name = 'standard'", orjson.dumps(promise).decode()
    )
    async with api.database.connection() as connection:
        api.levels._mark = None
        await api.levels.refresh(connection)
    await promised(api)
    assert (await auditor(alone, told).audit_once()).fine
    await api.database.execute("update service_level set state = replace(state, '[\"standard\",', '[\"later\",')")

    with capture_logs() as logs:
        findings = await auditor(alone, told).audit_once()

    assert findings.fine
    assert [line["event"] for line in logs] == ["timers.unreadable"]


@pytest.mark.parametrize("state", ["{}", "[]", "[1]", "[2]", "7", '{"at": 7}', '{"at": "yesterday"}'])
async def test_one_ticket_that_cannot_be_read_keeps_no_other_from_being_looked_at(
    api: ApiDesk, alone: Database, told: Told, state: str
) -> None:
    await promised(api, 3)
    await api.database.execute("update service_level set state = $1 where ticket_number = 2", state)
    await api.database.execute("delete from due where ticket_number = 3")
    await auditor(alone, told).audit_once()
    assert told.words == [("missing", 3, "clock")]


async def test_a_bug_of_the_auditor_ends_neither_it_nor_the_service(
    api: ApiDesk, alone: Database, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_timers, "ROUND_SECONDS", 0.01)
    await promised(api)
    await pass_time(api, HOUR)
    auditing = auditor(alone, told)
    right, rounds = auditing.tell, 0

    async def broken(findings: Findings) -> Findings:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise ZeroDivisionError
        return await right(findings)

    monkeypatch.setattr(auditing, "tell", broken)
    running = asyncio.create_task(auditing.run())
    await eventually(lambda: told.messages)
    running.cancel()
    await asyncio.wait([running])
