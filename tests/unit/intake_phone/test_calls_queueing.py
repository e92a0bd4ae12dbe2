"""A team's queue, what is heard there, and the agent's leg that takes a caller out of it."""

from dataclasses import replace

import pytest

from intake_phone.domain.calls.effects import LeftByKey, RingTeam, StopRinging, WantCallback
from intake_phone.domain.calls.facts import Facts, Ringing
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.twiml import DialQueue, Enqueue, Gather, Leave, Link, Pause, document
from tests.unit.intake_phone.samples import ANA, DOORS, Call, flow_of, on_leg

TEAM = """\
  menu: {do: team, team: first-line, most_seconds: 60, every_seconds: 20, unavailable: message, unanswered: message%s}
  message: {do: voicemail}
"""
OFFERING = TEAM % ", offered: back" + "  back: {do: callback, team: first-line}\n"


def enqueued(call: Call) -> Enqueue:
    verb = call.verb()
    assert isinstance(verb, Enqueue)
    return verb


def test_phones_are_rung_once_the_caller_waits_in_the_queue_and_not_on_the_way_there() -> None:
    call = Call(flow_of(TEAM % "")).hear()
    assert enqueued(call).queue == "first-line"
    call.waits(Heard(position=1, queue_seconds=0), enqueued(call).wait)
    entering, ring = call.effects

    assert isinstance(entering, RingTeam)
    assert isinstance(ring, RingTeam)
    assert (entering.round, ring.round) == (None, 0)
    assert replace(entering, round=0) == ring
    assert (ring.queue, ring.in_turn, ring.ring_seconds) == ("first-line", False, 20)
    assert "600111222" not in ring.leg


def test_nobody_waits_for_a_team_of_which_nobody_is_there() -> None:
    call = Call(flow_of(TEAM % ""), Facts(ANA.caller, available=frozenset({"billing"}))).hear()

    assert call.kinds == ["unavailable"]
    assert "Record" in call.verbs


def test_a_round_of_waiting_tells_the_position_and_the_offer() -> None:
    call = Call(flow_of(OFFERING)).hear()

    call.waits(Heard(position=3, queue_seconds=0), enqueued(call).wait)

    assert call.said == "Su llamada está en el puesto 3. Si prefiere que le llamemos, pulse uno."
    gather = call.verb()
    assert isinstance(gather, Gather)
    assert gather.inside[-1] == Pause(20)


def test_the_last_round_is_no_longer_than_the_wait() -> None:
    call = Call(flow_of(TEAM % "")).hear()

    call.waits(Heard(position=1, queue_seconds=55), enqueued(call).wait)

    assert call.verb() == Pause(5)


def test_the_offered_key_leaves_the_queue_for_a_callback() -> None:
    call = Call(flow_of(OFFERING)).hear()
    queue = enqueued(call)

    call.waits(Heard(digits="1", queue_seconds=20), queue.wait)
    assert call.verb() == Leave()

    assert call.effects[-1] == LeftByKey()

    call.last = None
    call._state = call.state_of(queue.link)
    call.facts = replace(call.facts, left_by_key=True)
    call.hear(Heard(queue="leave", queue_seconds=20))
    assert call.effects[-2:] == [StopRinging("first-line", 20), WantCallback("first-line", "", None)]


def test_who_pressed_nothing_is_not_called_back_when_nobody_is_left_to_be_rung() -> None:
    call = Call(flow_of(OFFERING)).hear()
    queue = enqueued(call)
    call.facts = replace(call.facts, exhausted=True)
    assert call.waits(Heard(queue_seconds=20), queue.wait).verb() == Leave()
    assert LeftByKey() not in call.effects
    call.last = None
    call._state = call.state_of(queue.link)
    assert "Record" in call.hear(Heard(queue="leave", queue_seconds=20)).verbs


@pytest.mark.parametrize("seconds", [60, 61, 5_000])
def test_a_wait_that_is_too_long_leaves_the_queue(seconds: int) -> None:
    call = Call(flow_of(OFFERING)).hear()
    queue = enqueued(call)

    assert call.waits(Heard(queue_seconds=seconds), queue.wait).verb() == Leave()
    call.last = None
    call._state = call.state_of(queue.link)
    assert "Record" in call.hear(Heard(queue="leave", queue_seconds=seconds)).verbs


def test_a_wait_ends_even_if_twilio_does_not_say_how_long_it_was() -> None:
    call = Call(flow_of(TEAM % "")).hear()
    link = enqueued(call).wait
    assert "Pause" in call.waits(Heard(), link).verbs
    call.facts = replace(call.facts, waited_seconds=60)
    assert call.waits(Heard(), link).verb() == Leave()


def test_each_round_is_one_of_its_own_for_whoever_rings() -> None:
    call = Call(flow_of(TEAM % "")).hear()
    link = enqueued(call).wait
    for seconds in (0, 20, 20, 41):
        call.waits(Heard(queue_seconds=seconds), link)
    rounds = [effect.round for effect in call.effects if isinstance(effect, RingTeam)]
    assert rounds == [None, 0, 1, 1, 3]


@pytest.mark.parametrize(
    ("result", "kinds", "last"),
    [
        ("bridged", ["queued", "answered", "ended"], "Hangup"),
        ("queue-full", ["queued", "left_queue"], "Redirect"),
        ("error", ["queued", "left_queue"], "Redirect"),
        ("", ["queued", "left_queue"], "Redirect"),
        ("redirected", ["queued", "answered"], "Hangup"),
    ],
)
def test_each_end_of_a_wait_leads_on(result: str, kinds: list[str], last: str) -> None:
    call = Call(flow_of(TEAM % "")).hear().hear(Heard(queue=result, queue_seconds=9))

    assert (call.kinds, call.verbs[-1]) == (kinds, last)


def test_the_phones_stop_when_the_caller_hangs_up_waiting() -> None:
    call = Call(flow_of(TEAM % "")).hear().hear(Heard(queue="hangup", queue_seconds=9, hung_up=True))

    assert call.effects[-1] == StopRinging("first-line", 9)
    assert call.kinds == ["queued", "left_queue", "hung_up"]


@pytest.mark.parametrize("hung_up", [False, True])
def test_the_phones_stop_after_a_talk_too_lest_nobody_heard_who_took_the_caller(hung_up: bool) -> None:
    call = Call(flow_of(TEAM % "")).hear().hear(Heard(queue="bridged", queue_seconds=9, hung_up=hung_up))

    assert call.effects[-1] == StopRinging("first-line", 9, served=True)


def test_an_agent_hears_who_calls_and_takes_the_call_with_a_key() -> None:
    flow = flow_of(TEAM % "")
    ring = Call(flow).hear().effects[0]
    assert isinstance(ring, RingTeam)

    asked = on_leg(flow, ring.leg, Heard(), Ringing(read_caller("+34600111222")))
    gather = asked.verbs[0]
    assert isinstance(gather, Gather)
    assert "tres, cuatro, seis, cero, cero" in gather.inside[0].text  # type: ignore[union-attr]  # the whisper is said

    taken = on_leg(flow, gather.link.query, Heard(digits="1"))
    dial = taken.verbs[-1]
    assert isinstance(dial, DialQueue)
    assert (dial.queue, dial.record) == ("first-line", False)
    assert dial.taken == Link("taken", "k=CA1.1%2Feva.1")
    after = on_leg(flow, dial.link.query, Heard(dial="completed"))
    assert [type(verb).__name__ for verb in after.verbs] == ["Hangup"]


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        ({"es": "Seguridad", "en": "Security"}, "para Seguridad"),
        ({"en": "Security"}, "para Security"),
        ({}, "para first-line"),
    ],
)
def test_the_whisper_calls_the_team_by_its_title(titles: dict[str, str], said: str) -> None:
    flow = flow_of(TEAM % "")
    ring = Call(flow).hear().effects[0]
    assert isinstance(ring, RingTeam)
    asked = on_leg(flow, ring.leg, Heard(), Ringing(read_caller("+34600111222"), titles=titles))
    assert said in document(asked.verbs, DOORS)


def test_who_comes_too_late_for_a_call_hears_so() -> None:
    flow = flow_of(TEAM % "")
    ring = Call(flow).hear().effects[0]
    assert isinstance(ring, RingTeam)
    over = on_leg(flow, ring.leg, Heard(), Ringing(read_caller("+34600111222"), over=True))
    asked = on_leg(flow, ring.leg, Heard()).verbs[0]
    assert isinstance(asked, Gather)
    dial = on_leg(flow, asked.link.query, Heard(digits="1")).verbs[-1]
    assert isinstance(dial, DialQueue)
    nobody = on_leg(flow, dial.link.query, Heard(dial="no-answer"))
    for late in (over, nobody):
        assert [type(verb).__name__ for verb in late.verbs] == ["Say", "Hangup"]
        assert "otra persona" in late.verbs[0].text  # type: ignore[union-attr]  # it is said


def test_a_private_voicemail_that_picks_up_takes_nobody() -> None:
    flow = flow_of(TEAM % "")
    ring = Call(flow).hear().effects[0]
    assert isinstance(ring, RingTeam)
    gather = on_leg(flow, ring.leg, Heard()).verbs[0]
    assert isinstance(gather, Gather)

    assert [type(verb).__name__ for verb in on_leg(flow, gather.link.query, Heard()).verbs] == ["Hangup"]


def test_only_callers_who_were_told_wait_in_a_queue_that_is_recorded() -> None:
    told = "  menu: {do: record, say: question, then: team}\n" + (TEAM % "").replace("  menu:", "  team:")
    flow = flow_of(told)
    call = Call(flow).hear()
    ring = call.effects[0]
    assert isinstance(ring, RingTeam)

    assert enqueued(call).queue == ring.queue == "first-line.recorded"
    gather = on_leg(flow, ring.leg, Heard()).verbs[0]
    assert isinstance(gather, Gather)
    dial = on_leg(flow, gather.link.query, Heard(digits="1")).verbs[-1]
    assert isinstance(dial, DialQueue)
    assert dial.record
