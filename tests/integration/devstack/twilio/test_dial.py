"""The desk connects a caller with other telephones."""

import pytest
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import rest
from tests.integration.devstack.twilio.desk import Desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, EVA, TOM
from ventanilla_devstack.twilio.server import LocalTwilio

DIAL = f'<Dial action="/dialled" timeout="20" callerId="{DESK_ES}">{{}}</Dial>'
WHISPER = '<Gather numDigits="1" action="/accept"><Say>Carmen llama. Pulse uno.</Say></Gather><Hangup/>'


async def test_an_agent_who_accepts_talks_with_the_caller(twilio: LocalTwilio, desk: Desk) -> None:
    events = 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'
    number = f'<Number url="/whisper" {events}>{EVA}</Number>'
    desk.replies |= {"/voice": DIAL.format(number), "/whisper": WHISPER, "/dialled": "<Say>Adiós</Say>"}

    caller = twilio.call(CARMEN, DESK_ES)
    agent = await twilio.hands.ringing(EVA)
    agent.answer()
    await agent.hear("Pulse uno")
    agent.press("1")
    caller.speak("¿Me oye?")
    await agent.hear("¿Me oye?")
    agent.speak("Sí")
    await caller.hear("Sí")
    agent.hang_up()
    await caller.hear("Adiós")
    await caller.ended()
    await twilio.callbacks.settle()

    told = desk.at("/dialled")[0]
    assert (told["DialCallStatus"], told["DialBridged"], told["DialCallSid"]) == ("completed", "true", agent.call.sid)
    assert [each["CallStatus"] for each in desk.at("/leg")] == ["initiated", "ringing", "in-progress", "completed"]
    assert [each["SequenceNumber"] for each in desk.at("/leg")] == ["0", "1", "2", "3"]
    assert {each["ParentCallSid"] for each in desk.at("/leg")} == {caller.call.sid}
    assert desk.at("/whisper")[0]["From"] == DESK_ES


async def test_a_private_voicemail_that_presses_nothing_never_gets_the_caller(twilio: LocalTwilio, desk: Desk) -> None:
    twilio.person(EVA, answers="voicemail")
    desk.replies |= {"/voice": DIAL.format(f'<Number url="/whisper">{EVA}</Number>'), "/whisper": WHISPER}

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.ended()

    told = desk.at("/dialled")[0]
    assert (told["DialCallStatus"], told["DialBridged"]) == ("completed", "false")
    assert [each.kind for each in caller.heard] == ["ringback"]


@pytest.mark.parametrize(
    ("answers", "status"),
    [("busy", "busy"), ("no-answer", "no-answer"), ("unreachable", "failed"), ("rejects", "busy")],
)
async def test_whoever_does_not_answer_is_told_why(twilio: LocalTwilio, desk: Desk, answers: str, status: str) -> None:
    twilio.person(EVA, answers=answers)
    desk.replies["/voice"] = DIAL.format(EVA)

    await twilio.call(CARMEN, DESK_ES).ended()

    assert desk.at("/dialled")[0]["DialCallStatus"] == status
    assert "DialCallDuration" not in desk.at("/dialled")[0]


async def test_of_several_the_first_gets_the_call_and_the_others_stop_ringing(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = DIAL.format(f"<Number>{EVA}</Number><Number>{TOM}</Number>")

    caller = twilio.call(CARMEN, DESK_ES)
    eva, tom = await twilio.hands.ringing(EVA), await twilio.hands.ringing(TOM)
    tom.answer()
    caller.speak("Hello")
    await tom.hear("Hello")
    assert await eva.ended() == "canceled"
    caller.hang_up()

    assert await tom.ended() == "completed"
    await eventually(lambda: bool(desk.at("/dialled")))
    assert desk.at("/dialled")[0]["CallStatus"] == "completed"
    assert desk.at("/dialled")[0]["DialCallSid"] == tom.call.sid


async def test_nobody_who_is_held_answers_in_time(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = DIAL.format(EVA)
    caller = twilio.call(CARMEN, DESK_ES)
    agent = await twilio.hands.ringing(EVA)

    await agent.wait(20)

    assert await agent.ended() == "no-answer"
    await caller.ended()
    assert desk.at("/dialled")[0]["DialCallStatus"] == "no-answer"


async def test_a_caller_who_gives_up_stops_the_ringing(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = DIAL.format(EVA)
    caller = twilio.call(CARMEN, DESK_ES)
    agent = await twilio.hands.ringing(EVA)

    caller.hang_up()

    assert await agent.ended() == "no-answer"
    await eventually(lambda: bool(desk.at("/dialled")))
    assert desk.at("/dialled")[0]["DialCallStatus"] == "no-answer"


async def test_a_star_ends_the_talk_and_the_caller_goes_on(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = (
        f'<Dial hangupOnStar="true" record="record-from-answer-dual" action="/dialled">{EVA}</Dial>'
    )
    desk.replies["/dialled"] = "<Say>Otra vez aquí</Say>"
    caller = twilio.call(CARMEN, DESK_ES)
    agent = await twilio.hands.ringing(EVA)
    agent.answer()
    agent.speak("Un momento", seconds=4)
    await caller.hear("Un momento")

    caller.press("*")

    await caller.hear("Otra vez aquí")
    assert agent.over
    told = desk.at("/dialled")[0]
    assert int(told["RecordingDuration"]) >= 4
    assert int(told["DialCallDuration"]) >= 4


async def test_a_caller_who_is_sent_elsewhere_leaves_the_agent(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    desk.replies |= {"/voice": DIAL.format(EVA), "/other": '<Say>Otro lugar</Say><Gather timeout="60"/>'}
    caller = twilio.call(CARMEN, DESK_ES)
    agent = await twilio.hands.ringing(EVA)
    agent.answer()
    agent.speak("Le paso")
    await caller.hear("Le paso")

    await rest(client.calls(caller.call.sid).update, url=f"{desk.url}/other")

    await caller.hear("Otro lugar")
    assert await agent.ended() == "completed"
    assert caller.call.status == "in-progress"
    assert desk.at("/dialled") == []


async def test_numbers_and_caller_ids_are_checked(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Dial action="/dialled">12</Dial>'
    desk.replies["/dialled"] = f'<Dial callerId="+15550001111">{EVA}</Dial>'

    await twilio.call(CARMEN, DESK_ES).ended()

    assert desk.at("/dialled")[0]["DialCallStatus"] == "failed"
    assert twilio.exchange.codes() == [13223, 13214]
