"""What is wrong with timers, and which of it is told: values in, values out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.timers.audit import (
    FAILING,
    LATE,
    MOST_ALARMS_AN_HOUR,
    Trouble,
    alarm_of,
    alarm_of_more,
    shown,
    to_raise,
)

NOW = datetime(2026, 11, 23, 8, 31, tzinfo=UTC)


def trouble(number: int = 1, problem: str = LATE, seconds: float = 40, **more: int) -> Trouble:
    return Trouble(problem, number, "clock", "next", NOW - timedelta(seconds=seconds), **more)


def test_whoever_notices_the_same_gives_it_the_same_id_at_whatever_time() -> None:
    later = NOW + timedelta(seconds=7)
    assert alarm_of(trouble(), NOW).id == alarm_of(trouble(), later).id
    assert alarm_of(trouble(), NOW).late_seconds == 40
    assert alarm_of(trouble(), later).late_seconds == 47


def test_the_id_of_a_failing_one_does_not_move_with_its_next_try() -> None:
    first, second = trouble(problem=FAILING, seconds=-5, failures=1), trouble(problem=FAILING, seconds=-30, failures=2)
    assert alarm_of(first, NOW).id == alarm_of(second, NOW).id
    assert alarm_of(first, NOW).late_seconds is None


def test_other_rows_other_times_and_later_alarms_have_other_ids() -> None:
    ids = {
        alarm_of(one, NOW).id
        for one in (trouble(), trouble(2), trouble(seconds=41), trouble(raised=1), trouble(problem=FAILING))
    }
    assert len(ids) == 5


def test_how_many_more_there_are_is_told_under_one_id_an_hour() -> None:
    assert alarm_of_more(5, NOW).id == alarm_of_more(9, NOW + timedelta(minutes=20)).id
    assert alarm_of_more(5, NOW).id != alarm_of_more(5, NOW + timedelta(minutes=30)).id
    assert (alarm_of_more(5, NOW).problem, alarm_of_more(5, NOW).count) == ("more", 5)


@given(st.lists(st.tuples(st.integers(1, 500), st.booleans()), unique_by=lambda one: one[0]), st.integers(0, 200))
def test_never_more_than_a_hundred_an_hour_are_named_and_none_twice(found: list[tuple[int, bool]], told: int) -> None:
    troubles = [Trouble(LATE, n, "clock", "next", NOW - timedelta(seconds=n), told=known) for n, known in found]
    named = to_raise(troubles, told)
    untold = [one for one in troubles if not one.told]
    assert len(named) == min(len(untold), max(MOST_ALARMS_AN_HOUR - told, 0))
    assert all(not one.told for one in named)
    assert named == sorted(untold, key=lambda one: one.due_at)[: len(named)]


def test_a_report_holds_plain_data() -> None:
    assert shown(trouble(failures=2), NOW) == {
        "problem": "late",
        "ticket": 1,
        "kind": "clock",
        "key": "next",
        "due_at": "2026-11-23T08:30:20+00:00",
        "late_seconds": 40.0,
        "failures": 2,
    }
