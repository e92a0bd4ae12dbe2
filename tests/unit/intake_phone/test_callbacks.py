"""Customers are called back: agents ring one after the other, one of them has it, and the desk hears how it went."""

from datetime import timedelta

import pytest

from intake_phone.domain.callbacks.attempt import BACK, Attempt, Name
from intake_phone.errors import DeskAway, DeskRefused, NotAccepted, Senseless, TwilioAway, TwilioRefused
from intake_phone.handlers.callbacks.ring import PATIENCE
from intake_phone.ports.callbacks import ChildCall
from tests.unit.intake_phone.around_calls import Bucket
from tests.unit.intake_phone.callback_rig import ANA, DESK, EVA, NOW, TOM, Desk, KeptBucket, event
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_runtime.errors import BrokerAway


async def test_agents_ring_one_after_the_other_and_the_first_who_presses_the_key_calls_the_customer() -> None:
    desk = Desk()
    await desk.wanted()
    await desk.leg_ended(0, "no-answer")
    asked = await desk.hears(1)
    document = await desk.takes(1)

    assert desk.rung == [EVA.phone, TOM.phone]
    assert {one.desk for one in desk.phones.wanted} == {DESK}
    assert "four, seven, one, one" in "".join(asked.itertext())  # in Tom's language
    dial = document.find("Dial")
    assert dial is not None
    assert (dial.attrib["callerId"], dial.findtext("Number")) == (DESK, ANA)
    assert desk.word("calling")["Agent"] == "tom"


async def test_what_became_of_the_customers_call_is_told_with_its_length() -> None:
    desk = Desk()
    await desk.wanted()
    dial = (await desk.takes(0)).find("Dial")
    assert dial is not None

    form = {"DialCallStatus": "completed", "DialCallDuration": "200", "DialCallSid": "CA" + "9" * 32}
    await desk.hears(0, dial.attrib["action"], **form)
    await desk.rings().report(desk.word(), event())

    assert desk.told == [{"outcome": "talked", "agent": "eva", "call": "CA" + "9" * 32, "seconds": 200}]


async def test_when_nobody_takes_it_the_desk_is_told_so() -> None:
    desk = Desk()
    await desk.wanted()
    await desk.leg_ended(0, "completed")  # a voicemail that pressed no key
    await desk.leg_ended(1, "busy")

    assert desk.word()["Outcome"] == "nobody_took_it"
    assert len(desk.rung) == 2


async def test_where_nobody_can_be_rung_nobody_is() -> None:
    desk = Desk()
    desk.team_ = ()
    await desk.wanted()

    assert (desk.rung, desk.word()["Outcome"]) == ([], "nobody_took_it")


async def test_an_agent_who_wants_to_call_is_rung_alone() -> None:
    desk = Desk()
    await desk.wanted(agent="tom")
    await desk.leg_ended(0, "no-answer")

    assert (desk.rung, desk.word()["Outcome"]) == ([TOM.phone], "nobody_took_it")


async def test_two_who_press_at_the_same_time_call_once() -> None:
    desk = Desk()
    await desk.wanted()
    await desk.leg_ended(0, "no-answer")
    asked = [(await desk.hears(place)).find("Gather") for place in (1, 0)]
    first, second, again = [
        await desk.hears(place, one.attrib["action"], Digits="1")
        for place, one in zip((1, 0, 1), (*asked, asked[0]), strict=True)
        if one is not None
    ]

    assert [one.find("Dial") is not None for one in (first, second, again)] == [True, False, True]


async def test_what_was_called_off_stops_ringing_and_nobody_can_take_it() -> None:
    desk = Desk()
    await desk.wanted()
    await desk.wanted(state="withdrawn", answer_by=None)
    document = await desk.hears(0)

    assert desk.phones.ended == [desk.phones.made[0].sid]
    assert document.find("Gather") is None
    await desk.leg_ended(0, "completed")
    assert (len(desk.rung), desk.words) == (1, {})


async def test_what_was_called_off_before_it_was_heard_of_rings_nowhere() -> None:
    desk = Desk()
    await desk.wanted(state="withdrawn", answer_by=None)
    await desk.wanted()

    assert desk.rung == []


async def test_whoever_talks_already_is_not_cut_off_when_it_is_called_off() -> None:
    desk = Desk()
    await desk.wanted()
    await desk.takes(0)
    await desk.wanted(state="withdrawn", answer_by=None)

    assert desk.phones.ended == []


async def test_nobody_is_called_when_the_desk_has_given_the_attempt_up() -> None:
    desk = Desk()
    await desk.wanted()
    desk.at = NOW + timedelta(minutes=9, seconds=45)
    document = await desk.hears(0)
    await desk.leg_ended(0, "completed")

    assert (document.find("Gather"), len(desk.rung), desk.words) == (None, 1, {})


@pytest.mark.parametrize("writes", range(8))
async def test_a_kill_anywhere_rings_nobody_twice(writes: int) -> None:
    desk = Desk()
    desk.bucket.dies_after = writes
    try:
        await desk.wanted()
        await desk.leg_ended(0, "no-answer")
    except Bucket.Killed:
        pass
    desk.bucket.dies_after = None
    desk.at += timedelta(seconds=30)
    await desk.wanted()
    if len(desk.rung) == 1:
        await desk.leg_ended(0, "no-answer")

    assert desk.rung == [EVA.phone, TOM.phone]


async def test_what_may_ring_for_a_customer_who_is_not_to_be_called_any_more_is_found_and_stopped() -> None:
    desk = Desk()
    desk.phones.answer_is_lost = True
    with pytest.raises(TwilioAway):
        await desk.wanted()
    for _ in range(2):
        await desk.wanted(state="withdrawn", answer_by=None)
        await desk.wanted()  # whose word is brought again
    assert (len(desk.rung), desk.phones.ended) == (1, [desk.phones.made[0].sid])


async def test_whoever_may_have_been_rung_and_is_gone_holds_nobody_up() -> None:
    desk = Desk()
    desk.phones.error = TwilioAway("down")
    with pytest.raises(TwilioAway):
        await desk.wanted()
    desk.phones.error, desk.team_ = None, (TOM,)
    await desk.wanted()

    assert desk.rung == [TOM.phone]


@pytest.mark.parametrize("writes", [0, 1])
async def test_a_kill_between_the_key_and_the_call_calls_nobody_and_the_desk_hears_of_it(writes: int) -> None:
    desk = Desk()
    await desk.wanted()
    before = desk.bucket.writes
    desk.bucket.dies_after = before + writes
    if writes:
        await desk.takes(0)  # the answer never reached Twilio
    else:
        with pytest.raises(Bucket.Killed):
            await desk.takes(0)
    desk.bucket.dies_after = None
    await desk.leg_ended(0, "completed")

    if writes:
        assert desk.word()["Outcome"] == "failed"
    else:
        assert desk.rung == [EVA.phone, TOM.phone]


async def test_the_end_of_the_leg_tells_what_the_action_could_not() -> None:
    desk = Desk()
    await desk.wanted()
    dial = (await desk.takes(0)).find("Dial")
    assert dial is not None
    desk.away = True
    await desk.hears(0, dial.attrib["action"], DialCallStatus="completed", DialCallDuration="30")
    desk.away = False
    desk.children = [ChildCall("CA" + "9" * 32, "completed", "30")]
    await desk.leg_ended(0, "completed")

    assert (desk.word()["Outcome"], desk.word()["Seconds"], desk.word()["Agent"]) == ("talked", "30", "eva")


@pytest.mark.parametrize(
    ("rang", "outcome"), [(36.0, "customer_no_answer"), (8.0, "agent_gave_up"), (None, "customer_no_answer")]
)
async def test_an_agent_who_hangs_up_while_it_rings_is_told_from_a_customer_who_does_not_answer(
    rang: float | None, outcome: str
) -> None:
    by_list, by_action = Desk(), Desk()
    for desk in (by_list, by_action):
        await desk.wanted()
        dial = (await desk.takes(0)).find("Dial")
        assert dial is not None
    by_list.children = [ChildCall("CA" + "9" * 32, "no-answer", "", rang)]
    await by_list.leg_ended(0, "completed")
    status = "completed" if outcome == "agent_gave_up" else "in-progress"
    await by_action.hears(0, dial.attrib["action"], DialCallStatus="no-answer", CallStatus=status)

    assert [desk.word()["Outcome"] for desk in (by_list, by_action)] == [outcome, outcome]


@pytest.mark.parametrize(("status", "outcome"), [("in-progress", "talked"), ("ringing", "failed")])
async def test_a_list_that_lags_behind_is_asked_again_for_a_while(status: str, outcome: str) -> None:
    desk = Desk()
    await desk.wanted()
    await desk.takes(0)
    desk.children = [ChildCall("CA" + "9" * 32, status, "")]
    with pytest.raises(TwilioAway):
        await desk.leg_ended(0, "completed", PATIENCE)
    await desk.leg_ended(0, "completed", PATIENCE + 1)

    assert desk.word()["Outcome"] == outcome


async def test_while_twilio_cannot_say_the_end_waits() -> None:
    desk = Desk()
    await desk.wanted()
    await desk.takes(0)
    desk.error = TwilioAway("down")
    with pytest.raises(TwilioAway):
        await desk.leg_ended(0, "completed")
    desk.error = TwilioRefused(20404, "gone")
    await desk.leg_ended(0, "completed")

    assert desk.word()["Outcome"] == "failed"


async def test_a_number_that_twilio_refuses_is_passed_over() -> None:
    desk = Desk()
    desk.phones.error = TwilioRefused(21215, "not allowed")
    await desk.wanted()

    assert (desk.rung, desk.word()["Outcome"]) == ([], "nobody_took_it")


async def test_what_the_desk_cannot_hear_now_it_hears_later_and_what_it_refuses_is_over() -> None:
    desk = Desk()
    desk.team_ = ()
    await desk.wanted()
    desk.error = DeskAway("away")
    with pytest.raises(DeskAway):
        await desk.rings().report(desk.word(), event())
    desk.error = DeskRefused("gone", 404)
    await desk.rings().report(desk.word(), event())

    assert desk.told == []


async def test_while_the_broker_is_away_nobody_is_called() -> None:
    desk = Desk()
    await desk.wanted()

    class Away(KeptBucket):
        async def attempt(self, name: Name) -> Attempt:
            raise NotAccepted("away")

    desk.bucket = Away()
    document = await desk.hears(0)

    assert document.find("Gather") is None


async def test_without_a_key_the_agent_has_not_taken_it() -> None:
    desk = Desk()
    await desk.wanted()
    gather = (await desk.hears(0)).find("Gather")
    assert gather is not None
    for digits in ("", "2"):
        document = await desk.hears(0, gather.attrib["action"], Digits=digits)
        assert [verb.tag for verb in document] == ["Hangup"]


async def test_an_agent_who_answers_while_nothing_can_be_read_hears_just_that() -> None:
    desk = Desk()
    await desk.wanted()

    async def away(_name: object) -> None:
        raise BrokerAway("gone")

    desk.bucket.attempt = away  # type: ignore[method-assign]  # a broker that is away, for this one question
    document = await desk.hears(0)

    assert "no podemos seguir con esta llamada" in "".join(document.itertext())


async def test_an_event_that_cannot_be_read_is_said_to_be_so() -> None:
    desk = Desk()
    delivery = event()
    delivery.body = b"{}"
    with pytest.raises(MalformedEvent):
        await desk.rings().asked(delivery)


@pytest.mark.parametrize("name", ["", "x", "x/eva", "x.1", "x.y/eva", ".1/eva", "x.1/"])
async def test_a_leg_without_a_name_is_refused(name: str) -> None:
    desk = Desk()
    with pytest.raises(Senseless):
        await desk.rings().leg_ended({BACK: name}, event())
    with pytest.raises(Senseless):
        await desk.rings().report({"Callback": name}, event())
