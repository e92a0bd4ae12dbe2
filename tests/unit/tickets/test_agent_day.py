"""Since when an agent's day counts, and how promises of a first answer ended."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.domain.service_levels.one_clock import ANSWERED, Clock
from tickets.domain.service_levels.state import State
from tickets.domain.staffing.agent_day import FirstReply, ended, local_midnight, median_seconds

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def state(clock: Clock | None) -> State:
    return State(NOW, 1, "normal", "1", "open", None, {}, False, None, None, {"first_response": clock} if clock else {})


def answered(due_in: timedelta, late: bool) -> State:
    due_at = NOW + due_in
    clock = Clock(1, NOW - 5 * HOUR, ANSWERED, target=HOUR, met_at=NOW, breached_at=due_at if late else None)
    return state(clock)


@pytest.mark.parametrize(
    ("now", "zone", "midnight"),
    [
        ("2026-11-27T09:00:00+00:00", "Europe/Madrid", "2026-11-26T23:00:00+00:00"),
        ("2026-11-26T23:30:00+00:00", "Europe/Madrid", "2026-11-26T23:00:00+00:00"),
        ("2026-11-26T22:30:00+00:00", "Europe/Madrid", "2026-11-25T23:00:00+00:00"),
        ("2026-03-29T12:00:00+00:00", "Europe/Madrid", "2026-03-28T23:00:00+00:00"),
        ("2026-10-25T12:00:00+00:00", "Europe/Madrid", "2026-10-24T22:00:00+00:00"),
        ("2026-11-27T09:00:00+00:00", "Pacific/Auckland", "2026-11-26T11:00:00+00:00"),
        ("2026-11-27T09:00:00+00:00", "UTC", "2026-11-27T00:00:00+00:00"),
    ],
)
def test_the_day_begins_at_midnight_by_the_clock_on_the_wall(now: str, zone: str, midnight: str) -> None:
    assert local_midnight(datetime.fromisoformat(now), zone) == datetime.fromisoformat(midnight)


def test_a_first_answer_in_time_is_met_and_a_late_one_missed_and_without_a_promise_neither() -> None:
    replies = [
        FirstReply(NOW - HOUR, NOW, answered(HOUR, late=False)),
        FirstReply(NOW - HOUR, NOW, answered(-HOUR, late=True)),
        FirstReply(NOW - HOUR, NOW, None),
        FirstReply(NOW - HOUR, NOW, state(None)),
    ]

    assert ended(replies, [], NOW - 9 * HOUR, NOW) == (1, 1)


def test_what_nobody_has_answered_is_missed_on_the_day_on_which_it_fell_due() -> None:
    def late(ago: timedelta) -> State:
        return state(Clock(1, NOW - 30 * HOUR, "", target=HOUR, due_at=NOW - ago))

    unanswered = [late(2 * HOUR), late(20 * HOUR), late(-HOUR), state(None)]

    assert ended([], unanswered, NOW - 9 * HOUR, NOW) == (0, 1)


def test_the_median_is_of_all_first_answers_and_none_of_no_answer() -> None:
    replies = [FirstReply(NOW - n * HOUR, NOW, None) for n in (1, 3, 8)]

    assert median_seconds(replies) == 3 * 3600
    assert median_seconds([]) is None
