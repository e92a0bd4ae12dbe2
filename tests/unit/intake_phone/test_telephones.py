"""Whose telephone rings next, for whomever it is: one rule, of which callers and callbacks set the bounds."""

import pytest

from intake_phone.domain.callbacks.attempt import Attempt, Wanted
from intake_phone.domain.callbacks.attempt import due_for as due_for_callback
from intake_phone.domain.telephones import DECLINED, Agent, Due, Leg, due, end_key, ended_as, out_key, read_legs

EVA, TOM, NORA = (Agent(name, name.title(), f"+3460000001{place}") for place, name in enumerate(("eva", "tom", "nora")))
TEAM = (EVA, TOM, NORA)


def leg(agent: Agent, ended: str = "", sid: str = "CA1") -> Leg:
    return Leg(agent.handle, 1, sid, ended)


def wanted(agent: str = "") -> Wanted:
    return Wanted(4711, "first-line", agent, "+34600111222", "+34910000000", 1_000.0)


@pytest.mark.parametrize(
    ("legs", "told"),
    [
        ((), Due(fresh=((EVA, 1),))),
        ((leg(EVA),), Due()),
        ((leg(EVA, "no-answer"),), Due(fresh=((TOM, 1),))),
        ((leg(EVA, "no-answer"), leg(TOM, "busy"), leg(NORA, DECLINED)), Due(hopeless=True)),
        ((leg(EVA, sid=""),), Due(unsure=((EVA, 1),))),
    ],
)
def test_a_callback_goes_round_once_one_telephone_at_a_time(legs: tuple[Leg, ...], told: Due) -> None:
    assert due_for_callback(Attempt(wanted(), legs), TEAM) == told


def test_who_calls_personally_is_rung_alone() -> None:
    assert due_for_callback(Attempt(wanted("tom")), TEAM) == Due(fresh=((TOM, 1),))
    assert due_for_callback(Attempt(wanted("tom")), (EVA, NORA)) == Due(hopeless=True)


def test_a_leg_in_doubt_holds_its_place_until_whoever_it_was_for_is_gone() -> None:
    doubtful = leg(EVA, sid="")
    assert due(TEAM, [doubtful], at_once=1, each=1) == Due(unsure=((EVA, 1),))
    assert due((TOM, NORA), [doubtful], at_once=1, each=1) == Due(fresh=((TOM, 1),), lost=(doubtful,))
    assert due((), [doubtful], at_once=1, each=1) == Due(lost=(doubtful,), hopeless=True)


def test_no_more_telephones_ring_at_once_than_may() -> None:
    assert due(TEAM, [leg(EVA)], at_once=2, each=1).fresh == ((TOM, 1),)
    assert due(TEAM, [leg(EVA), leg(TOM)], at_once=2, each=1) == Due()


def test_without_a_language_the_desks_order_alone_counts() -> None:
    english = Agent("tom", "Tom", "+34600000011", ("en",))
    assert [agent for agent, _ in due((english, EVA), [], at_once=2, each=1).fresh] == [english, EVA]
    assert [agent for agent, _ in due((english, EVA), [], at_once=2, each=1, language="es").fresh] == [EVA]


@pytest.mark.parametrize(
    ("status", "ended"), [("completed", DECLINED), ("", DECLINED), ("no-answer", "no-answer"), ("x" * 99, "x" * 20)]
)
def test_who_answers_and_takes_nothing_has_declined(status: str, ended: str) -> None:
    assert ended_as(status) == ended


def test_what_is_kept_of_legs_is_read_back() -> None:
    found = {
        out_key("eva.ruiz.1"): b'[1,1,"CA1",""]',
        end_key("eva.ruiz.1"): b"busy",
        out_key("tom.2"): b'[1,1,"","21215: not allowed"]',
        out_key("nora.1"): b"no",
        out_key("nora"): b"",
        "wish": b"{}",
    }
    assert read_legs(found) == (
        Leg("eva.ruiz", 1, "CA1", "busy", 1.0), Leg("nora", 1, "", ""), Leg("tom", 2, "", "failed", 1.0),
    )  # fmt: skip
