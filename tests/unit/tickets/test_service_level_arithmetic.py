"""The sum behind a clock, as an auditor reads it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.unit.tickets.service_level_samples import DESK, instant, log, shown_time
from tickets.domain.service_levels.arithmetic import Arithmetic, explain
from tickets.domain.service_levels.clocks import as_of, fold
from tickets.errors import Refused

HOUR = timedelta(hours=1)


def rows(explained: Arithmetic, clock: str) -> list[str]:
    return [
        f"{shown_time(one.start)} to {shown_time(one.end)} {one.why} {one.used / HOUR:g} h {one.calendar}".strip()
        for one in explained.clocks[clock].intervals
    ]


def test_each_interval_says_whether_it_counted_and_why() -> None:
    text = "Mon 15:00 opened normal; Mon 16:00 pending; Tue 10:00 open; Tue 11:00 solved; Tue 12:00 open"
    assert rows(explain(log(text), DESK, instant("Tue 13:00")), "resolution") == [
        "Mon 15:00 to Mon 16:00 counted 1 h office 1",
        "Mon 16:00 to Tue 10:00 paused:pending 0 h",
        "Tue 10:00 to Tue 11:00 counted 1 h office 1",
        "Tue 11:00 to Tue 12:00 solved 0 h",
        "Tue 12:00 to Tue 13:00 counted 1 h office 1",
    ]


def test_closed_days_say_their_names_and_holidays_theirs() -> None:
    explained = explain(log("Tue 16:00 opened normal policy holidays"), DESK, instant("Thu 10:00"))
    assert rows(explained, "resolution") == [
        "Tue 16:00 to Tue 17:00 counted 1 h holidays 1",
        "Tue 17:00 to Wed 00:00 closed:tuesday 0 h holidays 1",
        "Wed 00:00 to Thu 00:00 closed:Fiesta local 0 h holidays 1",
        "Thu 00:00 to Thu 09:00 closed:thursday 0 h holidays 1",
        "Thu 09:00 to Thu 10:00 counted 1 h holidays 1",
    ]


def test_a_closed_night_is_cut_at_the_midnight_of_its_own_zone() -> None:
    explained = explain(log("Mon 23:00 opened normal policy new-york"), DESK, instant("Tue 16:00"))
    assert rows(explained, "resolution") == [
        "Mon 23:00 to Tue 06:00 closed:monday 0 h new-york 1",
        "Tue 06:00 to Tue 15:00 closed:tuesday 0 h new-york 1",
        "Tue 15:00 to Tue 16:00 counted 1 h new-york 1",
    ]


def test_cycles_are_told_apart_and_summed_each_for_itself() -> None:
    text = "Mon 09:00 opened normal; Mon 10:00 answer; Mon 11:00 customer; Mon 12:00 answer; Mon 14:00 customer"
    clock = explain(log(text), DESK, instant("Mon 16:00")).clocks["next_response"]
    assert [(one.cycle, one.why) for one in clock.intervals] == [
        (0, "before_start"), (1, "counted"), (1, "answered"), (2, "counted"),
    ]  # fmt: skip
    assert clock.used_by_cycle == {1: HOUR, 2: 2 * HOUR}


def test_merging_and_leaving_the_tier_are_reasons_too() -> None:
    text = "Mon 09:00 opened normal; Mon 10:00 tier 2; Mon 11:00 tier 1; Mon 12:00 merged; Mon 13:00 unmerged"
    explained = explain(log(text), DESK, instant("Mon 14:00"))
    assert [one.why for one in explained.clocks["tier:1"].intervals] == [
        "counted", "other_tier", "counted", "merged", "counted",
    ]  # fmt: skip
    assert explained.tier_minutes == {"1": 180, "2": 60}


def test_a_change_of_calendar_is_seen_in_the_intervals() -> None:
    text = "Mon 09:00 opened normal; Mon 12:00 calendar office 2"
    assert rows(explain(log(text), DESK, instant("Mon 19:00")), "resolution") == [
        "Mon 09:00 to Mon 12:00 counted 3 h office 1",
        "Mon 12:00 to Mon 19:00 counted 7 h office 2",
    ]


def test_an_event_that_changes_nothing_leaves_no_seam() -> None:
    text = "Mon 09:00 opened normal; Mon 10:00 note; Mon 11:00 recalculated"
    assert rows(explain(log(text), DESK, instant("Mon 12:00")), "resolution") == [
        "Mon 09:00 to Mon 12:00 counted 3 h office 1"
    ]


def test_what_the_log_says_of_later_is_left_out() -> None:
    text = "Mon 09:00 opened normal; Mon 10:00 answer; Mon 12:00 solved"
    explained = explain(log(text), DESK, instant("Mon 11:00"))
    assert explained.clocks["resolution"].clock.state == "running"
    assert explained.clocks["resolution"].used_by_cycle == {1: 2 * HOUR}


def test_there_is_nothing_to_explain_before_the_ticket_was_opened() -> None:
    with pytest.raises(Refused, match="the ticket was not open at 2026-03-02T07:00:00"):
        explain(log("Mon 09:00 opened normal"), DESK, instant("Mon 08:00"))
    with pytest.raises(Refused, match="nothing to explain"):
        explain([], DESK, instant("Mon 08:00"))


@pytest.mark.parametrize(
    ("until", "why"),
    [("2026-07-01 12:00", "counted"), ("2026-12-01 12:00", "day"), ("2028-03-01 12:00", "weeks:1"),
     ("2040-03-01 12:00", "weeks:2"), ("2050-03-01 12:00", "weeks:4")],
)  # fmt: skip
def test_a_long_story_is_told_in_days_then_in_weeks_and_adds_up_all_the_same(until: str, why: str) -> None:
    events = log("Mon 09:00 opened normal policy siesta")
    clock = explain(events, DESK, instant(until)).clocks["resolution"]
    used = as_of(fold(events, DESK), instant(until), DESK).clocks["resolution"].used

    assert len(clock.intervals) <= 400
    assert why in {one.why for one in clock.intervals}
    assert sum((one.used for one in clock.intervals), timedelta()) == clock.used_by_cycle[1] == used
    assert all(one.end == following.start for one, following in pairwise(clock.intervals))
    assert (clock.intervals[0].start, clock.intervals[-1].end) == (events[0].at, instant(until))
