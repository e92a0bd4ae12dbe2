"""What of a ticket falls due first."""

from datetime import UTC, datetime, timedelta

from tickets.domain.service_levels.next_due import NextDue, next_due, next_due_at, state_of
from tickets.domain.service_levels.one_clock import MERGED, Clock
from tickets.domain.service_levels.state import State

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def running(due_in: timedelta, late: bool = False) -> Clock:
    due_at = NOW + due_in
    return Clock(1, NOW - 9 * HOUR, "", target=HOUR, due_at=due_at, breached_at=due_at if late else None)


def state(**clocks: Clock) -> State:
    return State(NOW, 1, "normal", "1", "open", None, {}, False, None, None, clocks)


def test_the_running_clock_that_falls_due_first_is_next() -> None:
    found = next_due(state(first_response=running(2 * HOUR), resolution=running(9 * HOUR), update=running(HOUR)))

    assert found == NextDue(NOW + HOUR, "update")


def test_a_clock_that_is_late_and_still_counts_comes_before_all_others() -> None:
    found = state(first_response=running(-HOUR, late=True), update=running(HOUR))

    assert next_due(found) == NextDue(NOW - HOUR, "first_response")
    assert state_of(found.clocks["first_response"], NOW) == "breached_open"
    assert state_of(found.clocks["update"], NOW) == "running"
    assert state_of(found.clocks["update"], NOW + 2 * HOUR) == "breached_open"


def test_what_stands_still_or_is_met_or_has_no_time_does_not_count() -> None:
    paused = running(-HOUR, late=True)._replace(stands="paused:pending")
    merged = running(HOUR)._replace(stands=MERGED)
    met = running(HOUR)._replace(met_at=NOW)
    unlimited = running(HOUR)._replace(due_at=None)

    assert next_due(state(resolution=paused, first_response=met, update=merged, next_response=unlimited)) is None
    assert next_due_at(state()) is None
