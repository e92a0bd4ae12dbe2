"""When customers are called back, how often, and what of it counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.unit.tickets.builders import incoming, ticket
from tickets.domain.callbacks.asking import Asked, Circumstances, planned, wish_of
from tickets.domain.callbacks.telling import COSTS_EXTRA, NO_NUMBER, lasted
from tickets.domain.callbacks.wishes import (
    BUSY,
    CALLING,
    DONE,
    DUE,
    FAILED,
    GAVE_UP,
    NO_ANSWER,
    NO_REPORT,
    NOBODY,
    SCHEDULED,
    TALKED,
    TALKING,
    Attempt,
    Callback,
    CallbackPlan,
    Report,
    after,
    begun,
    counts,
    has_rung,
    held_off,
    within_hours,
)
from tickets.domain.service_levels.calendars import Calendar
from tickets.domain.service_levels.from_history import CALLED_BACK, SEEN, events_of
from tickets.domain.service_levels.log import PersonAnswered
from tickets.domain.settling.incoming import Incoming, TicketRow
from ventanilla_contracts.parts import WantedCallback

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = Calendar("office", "1", "Europe/Madrid", dict.fromkeys(range(1, 6), ((540, 1080),)))
NEVER = Calendar("never", "1", "UTC", {})
NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
PLAN = CallbackPlan()
ANA = "+34600111222"


def wish(**fields: object) -> Callback:
    made = Callback(UUID(int=1), 7, "first-line", None, ANA, "+34910000000", "customer", NOON, NOON, SCHEDULED, 0, NOON)
    return replace(made, **fields)  # type: ignore[arg-type]  # fields of a callback


def local(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("asked", "called"),
    [
        (local(11, 30, 12), local(11, 30, 12)),  # Monday, open
        (local(11, 30, 8), local(11, 30, 9)),
        (local(11, 27, 18), local(11, 30, 9)),  # Friday, just closed
        (local(3, 28, 12), local(3, 30, 9)),  # the night between loses an hour
        (local(10, 24, 12), local(10, 26, 9)),  # and this one has it twice
    ],
)
def test_a_callback_is_made_when_the_team_is_there(asked: datetime, called: datetime) -> None:
    assert within_hours(asked, OFFICE, None) == called.astimezone(UTC)


def test_a_team_without_hours_is_called_at_once_and_one_that_never_opens_holds_nothing_up() -> None:
    assert within_hours(NOON, None, None) == NOON
    assert within_hours(NOON, NEVER, None) == NOON


def test_whoever_calls_themselves_knows_when() -> None:
    night = local(11, 30, 23)

    assert within_hours(night, OFFICE, "eva") == night


def test_hours_that_changed_meanwhile_hold_an_attempt_off() -> None:
    assert held_off(wish(), NOON, OFFICE) is None
    assert held_off(wish(), local(11, 30, 19), OFFICE) == local(12, 1, 9).astimezone(UTC)
    assert held_off(wish(agent="eva"), local(11, 30, 19), OFFICE) is None


def test_after_two_vain_attempts_the_third_is_the_last() -> None:
    one = begun(wish(), NOON, PLAN)
    again = after(one, Report(NO_ANSWER), NOON, PLAN, OFFICE)
    two = begun(again, NOON, PLAN)
    late = after(two, Report(NOBODY), NOON, PLAN, OFFICE)
    three = begun(late, NOON, PLAN)
    over = after(three, Report(BUSY), NOON, PLAN, OFFICE)

    assert (one.state, one.attempt, one.next_at) == (DUE, 1, NOON + PLAN.ring)
    assert (again.state, again.next_at) == (SCHEDULED, NOON + timedelta(minutes=15))
    assert late.next_at == NOON + timedelta(minutes=60)
    assert (over.state, over.attempt, over.outcome, over.next_at, over.ended_at) == (FAILED, 3, BUSY, None, NOON)


def test_an_agent_who_gives_up_uses_up_no_attempt_but_not_for_ever() -> None:
    callback, ends = wish(), []
    for given_up in range(1, 9):
        callback = after(begun(callback, NOON, PLAN), Report(GAVE_UP), NOON, PLAN, None, given_up)
        ends.append(callback.state if callback.next_at is None else callback.next_at - NOON)
        if not callback.open:
            break
    unheard = after(begun(wish(attempt=3), NOON, PLAN), Report(NO_ANSWER), NOON, PLAN, None, 3)

    soon, later, last = timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60)
    assert ends == [soon, soon, soon, later, last, FAILED]
    assert (unheard.state, unheard.next_at) == (SCHEDULED, NOON + later)
    assert not has_rung([GAVE_UP, NOBODY, None])
    assert has_rung([NO_ANSWER, NOBODY])


def test_the_last_attempt_is_the_team_s_where_one_agent_did_not_take_it() -> None:
    one = after(begun(wish(agent="eva"), NOON, PLAN), Report(NOBODY), NOON, PLAN, OFFICE)
    two = after(begun(one, NOON, PLAN), Report(NOBODY), NOON, PLAN, OFFICE)
    unreached = after(begun(one, NOON, PLAN), Report(NO_ANSWER), NOON, PLAN, OFFICE)

    assert [each.agent for each in (one, two, unreached)] == ["eva", None, "eva"]


def test_the_next_attempt_waits_for_the_team_to_open() -> None:
    evening = local(11, 30, 18) - timedelta(minutes=5)

    again = after(begun(wish(), evening, PLAN), Report(NO_ANSWER), evening, PLAN, OFFICE)

    assert again.next_at == local(12, 1, 9).astimezone(UTC)


def test_whoever_talks_is_given_the_time() -> None:
    talking = after(begun(wish(), NOON, PLAN), Report(CALLING, "eva"), NOON, PLAN, OFFICE)
    done = after(talking, Report(TALKED, "eva", 200), NOON, PLAN, OFFICE)

    assert (talking.state, talking.next_at) == (TALKING, NOON + PLAN.talk)
    assert (done.state, done.outcome, done.open) == (DONE, TALKED, False)


@pytest.mark.parametrize(
    ("state", "attempt", "outcome", "last", "does"),
    [
        (DUE, 2, TALKED, None, True),
        (DUE, 1, TALKED, None, False),  # an older attempt
        (DUE, 3, TALKED, None, False),  # one that never began
        (DUE, 2, CALLING, None, True),
        (TALKING, 2, CALLING, None, False),
        (TALKING, 2, NO_ANSWER, None, True),
        (SCHEDULED, 2, NO_ANSWER, NO_ANSWER, False),  # told twice
        (SCHEDULED, 2, TALKED, NO_REPORT, True),  # nobody had told, and they talked all the same
        (SCHEDULED, 2, CALLING, NO_REPORT, True),  # they still talk: nobody else is to call
        (SCHEDULED, 2, BUSY, NO_REPORT, False),
        (FAILED, 2, CALLING, NO_REPORT, False),
        (FAILED, 2, TALKED, NO_REPORT, True),
        (DONE, 2, BUSY, TALKED, False),
        ("withdrawn", 2, TALKED, "withdrawn", False),
    ],
)
def test_only_the_newest_attempt_counts_and_only_once(
    state: str, attempt: int, outcome: str, last: str | None, does: bool
) -> None:
    found = counts(wish(state=state, attempt=2), attempt, Report(outcome), Attempt(2, NOON, last))

    assert found is does


def circumstances(**fields: object) -> Circumstances:
    at = Circumstances(NOON, PLAN, (), {}, frozenset(), frozenset({"first-line"}), lambda _team: OFFICE)
    return replace(at, **fields)  # type: ignore[arg-type]  # fields of it


def call(number: str | None = None, about: int | None = None, sender: str = ANA, team: str = "first-line") -> Incoming:
    wanted = WantedCallback(team=team, number=number, ticket=about)
    return replace(
        incoming(), channel="voice", account="+34910000000", sender_address=sender, accepted_at=NOON, callback=wanted
    )


def asked(message: Incoming, tickets: Sequence[TicketRow] = ()) -> Asked:
    own = ticket(number=7, team="network")
    found = wish_of(message, own, {one.number: one for one in (own, *tickets)})
    assert found is not None
    return found


def test_a_caller_is_called_at_the_number_that_was_shown_by_the_team_that_was_asked_for() -> None:
    [made], [line] = planned([asked(call())], circumstances())

    assert (made.ticket_number, made.number, made.team, made.account) == (7, ANA, "first-line", "+34910000000")
    assert (made.next_at, made.asked_by, line.action) == (NOON, "customer", "callback.scheduled")
    assert ANA not in str(line.detail)


def test_the_same_call_read_again_makes_the_same_wish() -> None:
    [one], _ = planned([asked(call())], circumstances())
    [two], _ = planned([asked(call())], circumstances())

    assert one.id == two.id


def test_a_team_that_the_desk_does_not_have_leaves_it_to_the_tickets_own() -> None:
    [made], _ = planned([asked(call(team="gone"))], circumstances())

    assert made.team == "network"


def test_a_ticket_that_is_only_named_gets_it_where_its_requester_has_the_number() -> None:
    other = ticket(number=4711, team="network")

    [theirs], _ = planned([asked(call(about=4711), tickets=[other])], circumstances(known=frozenset({4711})))
    [strange], _ = planned([asked(call(about=4711), tickets=[other])], circumstances())
    done = replace(other, status="solved")
    [late], _ = planned([asked(call(about=4711), tickets=[done])], circumstances(known=frozenset({4711})))

    assert (theirs.ticket_number, strange.ticket_number, late.ticket_number) == (4711, 7, 7)


def test_a_wish_that_repeats_an_open_one_adds_nothing() -> None:
    assert planned([asked(call())], circumstances(open=[wish()])) == ([], [])
    assert len(planned([asked(call()), asked(call())], circumstances())[0]) == 1


@pytest.mark.parametrize("sender", ["anonymous:CA1", "", "+3460"])
def test_whoever_has_no_number_that_can_be_called_is_not_called_and_the_history_says_so(sender: str) -> None:
    made, [line] = planned([asked(call(sender=sender))], circumstances())

    assert (made, line.action, line.why) == ([], "callback.refused", NO_NUMBER)


@pytest.mark.parametrize("given", [{"sender": "+34803123456"}, {"number": "+34902123456"}, {"number": "+881612345678"}])
def test_a_number_that_costs_extra_is_not_called_and_the_history_says_that(given: dict[str, str]) -> None:
    made, [line] = planned([asked(call(**given))], circumstances())

    assert (made, line.action, line.why) == ([], "callback.refused", COSTS_EXTRA)


def test_nobody_can_have_a_stranger_called_all_day() -> None:
    made, [line] = planned([asked(call(number="+34911222333"))], circumstances(lately={"+34911222333": 5}))

    assert (made, line.action) == ([], "callback.refused")


def test_lengths_are_told_as_a_clock_shows_them() -> None:
    assert (lasted(9), lasted(200), lasted(3605)) == ("0:09", "3:20", "1:00:05")


def test_a_talk_is_an_answer_for_the_clocks() -> None:
    assert list(events_of(NOON, "agent:ana", CALLED_BACK, {}, 3)) == [PersonAnswered(NOON, 4)]
    assert CALLED_BACK in SEEN
