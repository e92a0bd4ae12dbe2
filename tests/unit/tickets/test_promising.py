"""When the customer hears next, where nobody said."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.unit.tickets.builders import ticket
from tests.unit.tickets.service_level_samples import CALENDARS, DESK, IN_FORCE, MADRID
from tickets.domain.service_levels.calendars import ALWAYS, Calendar
from tickets.domain.service_levels.clocks import begin, fold, step
from tickets.domain.service_levels.from_history import PROMISED, TOLD, events_of
from tickets.domain.service_levels.log import Event, Opened, PersonAnswered, PolicyChanged, Promised, StatusChanged
from tickets.domain.service_levels.policies import BUILT_IN_REF, Desk, Policy, Ref, Target, versions_for
from tickets.domain.service_levels.promising import (
    NextWord,
    Standing,
    a_working_day_after,
    is_told_already,
    next_word,
    weekdays,
)
from tickets.domain.service_levels.state import State

OF = {(calendar.name, calendar.version): calendar for calendar in CALENDARS}
OFFICE, SIESTA, HOLIDAYS = OF["office", "1"], OF["siesta", "1"], OF["holidays", "1"]
STANDARD = Ref("standard", "1")


def madrid(day: int, hour: int, minute: int = 0) -> datetime:
    """Of March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=MADRID).astimezone(UTC)


OPENED = Opened(madrid(2, 9), 1, "normal", "1", policy=STANDARD, calendars=IN_FORCE)


def standing(*log: Event, policy: Ref | None = STANDARD, levels: Desk = DESK) -> Standing:
    return Standing(fold(log, levels) if log else None, policy, IN_FORCE, levels)


@pytest.mark.parametrize(
    ("calendar", "now", "then"),
    [
        (OFFICE, madrid(2, 10), madrid(3, 10)),
        (OFFICE, madrid(2, 10, 20), madrid(3, 11)),
        (OFFICE, madrid(6, 15), madrid(9, 15)),  # Friday: not on Saturday
        (OFFICE, madrid(6, 20), madrid(10, 9)),  # Friday night: the day begins on Monday
        (OFFICE, madrid(3, 3), madrid(4, 9)),
        (HOLIDAYS, madrid(3, 15), madrid(5, 15)),  # Wednesday is a holiday
        (HOLIDAYS, madrid(6, 16), madrid(9, 9)),  # Saturday is short, and over by then
        (SIESTA, madrid(2, 15), madrid(3, 16)),
        (SIESTA, madrid(2, 13, 20), madrid(3, 14)),
        (ALWAYS, madrid(6, 15), madrid(7, 15)),
        (weekdays("Europe/Madrid"), madrid(6, 15), madrid(9, 15)),
        (OFFICE, datetime(2026, 3, 27, 10, tzinfo=MADRID), datetime(2026, 3, 30, 10, tzinfo=MADRID)),  # over the change
        (Calendar("nepal", "1", "Asia/Kathmandu", dict.fromkeys(range(1, 8), ((0, 1440),))),
         datetime(2026, 3, 2, 6, 0, tzinfo=UTC), datetime(2026, 3, 3, 6, 15, tzinfo=UTC)),  # 11:45 there: by 12:00
    ],
)  # fmt: skip
def test_a_working_day_is_one_of_the_calendar(calendar: Calendar, now: datetime, then: datetime) -> None:
    assert a_working_day_after(now, calendar) == then


@pytest.mark.parametrize(
    "calendar", [OF["never", "1"], Calendar("once", "1", "UTC", {}, {date(2026, 3, 2): ((0, 60),)})]
)
def test_a_calendar_without_a_next_day_costs_a_day_and_no_more(calendar: Calendar) -> None:
    now = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    assert a_working_day_after(now, calendar) == now + timedelta(days=1)


def test_what_the_update_clock_has_due_is_told_and_is_no_new_promise() -> None:
    assert next_word(standing(OPENED), "normal", OFFICE, madrid(2, 16, 59)) == NextWord(madrid(2, 17), promised=False)


@pytest.mark.parametrize(
    ("log", "now", "by"),
    [
        ([OPENED, StatusChanged(madrid(2, 10), 2, "pending")], madrid(2, 10), madrid(3, 10)),  # it stands still
        ([OPENED], madrid(2, 18), madrid(3, 17)),  # it is late
    ],
)
def test_where_no_update_is_due_the_policy_says_how_long_from_now(
    log: Sequence[Event], now: datetime, by: datetime
) -> None:
    assert next_word(standing(*log), "normal", ALWAYS, now) == NextWord(by, promised=True)


def test_a_policy_that_says_nothing_of_updates_leaves_it_at_a_working_day() -> None:
    low = Opened(madrid(6, 15), 1, "low", "1", policy=STANDARD, calendars=IN_FORCE)
    assert next_word(standing(low), "low", OFFICE, madrid(6, 15)) == NextWord(madrid(9, 15), promised=True)


def test_a_ticket_without_clocks_goes_by_the_policy_that_is_in_force_by_now() -> None:
    assert next_word(standing(), "normal", ALWAYS, madrid(2, 9)) == NextWord(madrid(2, 17), promised=True)
    assert next_word(standing(policy=None), "normal", OFFICE, madrid(2, 9)) == NextWord(madrid(3, 9), promised=True)


MISSED = [OPENED, Promised(madrid(2, 17), 2, madrid(3, 11), automatic=True)]


def test_what_the_desk_promised_by_itself_is_told_until_it_is_missed_and_then_only_a_person_promises() -> None:
    def named(now: datetime, *more: Event, automatic: bool = True) -> NextWord | None:
        return next_word(standing(*MISSED, *more), "normal", OFFICE, now, automatic=automatic)

    assert named(madrid(3, 10)) == NextWord(madrid(3, 11), promised=False)
    assert named(madrid(3, 11)) is None
    assert named(madrid(4, 9)) is None
    assert named(madrid(4, 9), automatic=False) == NextWord(madrid(4, 17), promised=True)
    assert named(madrid(4, 9), Promised(madrid(3, 12), 3, madrid(3, 13))) == NextWord(madrid(4, 17), promised=True)
    assert named(madrid(4, 9), PersonAnswered(madrid(4, 9), 3)) == NextWord(madrid(4, 17), promised=False)


def test_the_first_time_of_a_ticket_may_be_named_by_a_ladder() -> None:
    assert next_word(standing(policy=None), "normal", OFFICE, madrid(2, 9), automatic=True) == NextWord(
        madrid(3, 9), promised=True
    )


@pytest.mark.parametrize(("mark", "who"), [({}, "person"), ({"automatic": True}, "automatic")])
def test_lines_that_do_not_say_who_promised_mean_a_person(mark: dict[str, object], who: str) -> None:
    state = after(TOLD, {"next_update_by": madrid(3, 11).isoformat(), **mark}, fold([OPENED], DESK))
    assert state is not None
    assert state.clocks["update"].promise == who


def test_a_handover_that_named_no_time_is_no_event() -> None:
    assert after(TOLD, {"message": "m", "promised": False}) is None


def after(line: str, detail: dict[str, object], state: State | None = None) -> State | None:
    for event in events_of(madrid(2, 10), "agent:ana", line, detail, state.order if state else 0):
        state = begin(event, DESK) if state is None else step(state, event, DESK)
    return state


def test_what_was_told_because_a_clock_keeps_it_is_no_event() -> None:
    detail = {"next_update_by": madrid(2, 17).isoformat(), "promised": False}
    assert after(TOLD, detail) is None
    [told] = events_of(madrid(2, 9), "desk", TOLD, {"next_update_by": madrid(2, 17).isoformat()}, 0)
    assert isinstance(told, Promised)


def test_the_clocks_of_a_ticket_without_any_begin_with_its_first_promise() -> None:
    first = standing(policy=None).beginning(ticket(priority="low", status="open"))

    state = after(PROMISED, {"until": madrid(3, 12).isoformat(), **first})

    assert state is not None
    update = state.clocks["update"]
    assert (state.policy, state.status, state.answered, update.due_at) == (None, "open", False, madrid(3, 12))
    assert {name for name, clock in state.clocks.items() if clock.state == "running"} == {"update"}
    assert standing(OPENED).beginning(ticket()) == {}, "those that a ticket has go on"


def test_a_document_that_is_named_like_the_built_in_calendar_rules_old_promises_and_no_new_ones() -> None:
    mine = Calendar("always", "1", "UTC", {1: ((0, 60),)})  # an hour a week
    policy = Policy("p", "1", {"update": {"normal": Target(600, "always")}})
    desk = Desk({Ref("always", "1"): mine}, {Ref("p", "1"): policy})
    old = Opened(madrid(2, 9), 1, "normal", "1", policy=Ref("p", "1"))
    new = Opened(old.at, 1, "normal", "1", "new", Ref("p", "1"), versions_for(policy, {"always": "1"}, desk.always))

    kept, due = begin(old, desk), begin(new, desk)
    promised = step(due, Promised(madrid(2, 10), 2, madrid(3, 10)), desk)
    recalculated = step(kept, PolicyChanged(madrid(2, 10), 2, Ref("p", "1"), dict([desk.always])), desk)

    assert kept.clocks["update"].calendar == Ref("always", "1")
    assert kept.clocks["update"].due_at == datetime(2026, 5, 11, 1, 0, tzinfo=UTC), "ten Mondays"
    assert due.clocks["update"].due_at == madrid(2, 19)
    assert (promised.clocks["update"].calendar, promised.clocks["update"].due_at) == (BUILT_IN_REF, madrid(3, 10))
    assert recalculated.clocks["update"].calendar == BUILT_IN_REF


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ([Promised(madrid(2, 10), 2, madrid(2, 15))], True),
        ([Promised(madrid(2, 10), 2, madrid(2, 15), automatic=True)], True),  # they were told all the same
        ([Promised(madrid(2, 10), 2, madrid(2, 15)), StatusChanged(madrid(2, 11), 3, "pending")], True),
        ([Promised(madrid(2, 10), 2, madrid(2, 14))], False),
        ([Promised(madrid(2, 10), 2, madrid(2, 15)), PersonAnswered(madrid(2, 11), 3)], False),  # that was the word
        ([Promised(madrid(2, 10), 2, madrid(2, 15)), StatusChanged(madrid(2, 11), 3, "solved")], False),
    ],
)
def test_a_promise_is_told_already_while_the_customer_waits_for_that_very_minute(
    log: Sequence[Event], told: bool
) -> None:
    state = standing(OPENED, *log).state
    assert is_told_already(state, madrid(2, 15) + timedelta(seconds=20)) is told
    assert not is_told_already(state, madrid(2, 15) + timedelta(minutes=1))


def test_a_time_that_the_policy_has_due_or_that_no_clock_keeps_was_told_to_nobody() -> None:
    state = standing(OPENED).state
    assert state is not None
    assert state.clocks["update"].due_at == madrid(2, 17)
    assert not is_told_already(state, madrid(2, 17))
    assert not is_told_already(None, madrid(2, 17))
