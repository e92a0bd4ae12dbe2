"""Calls that are broken off anywhere end, leave nothing behind, and are told of once."""

import asyncio
import random
from collections import Counter

import pytest

from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.records import FINAL
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, EVA, TOM
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_devstack.twilio.voice.leg import Ended, Sent
from ventanilla_devstack.twilio.webhooks import Request

FLOW = (
    "<Redirect>/voice</Redirect>",
    '<Record action="/voice" timeout="2" recordingStatusCallback="/recording"/>',
    '<Enqueue action="/voice" waitUrl="/wait">soporte</Enqueue>',
    f'<Dial action="/voice" timeout="8"><Number url="/whisper">{EVA}</Number><Number>{TOM}</Number></Dial>',
    '<Dial action="/voice" timeout="5"><Queue>soporte</Queue></Dial>',
    '<Gather action="/voice" input="dtmf speech" timeout="2"><Say>x</Say></Gather>',
    "<Hangup/>", "<Reject/>", "<Leave/>", "bad <", "",
)  # fmt: skip
WAIT = ('<Say>w</Say><Pause length="5"/>', "<Leave/>", "<Hangup/>", '<Gather timeout="3" action="/wait"/>', "")
WHISPER = ('<Gather numDigits="1" action="/ok" timeout="4"/><Hangup/>', "", "<Hangup/>")


async def do_anything(twilio: LocalTwilio, desk: Desk, chance: random.Random, line: Line) -> None:
    leg = twilio.site.legs.get(line.call.sid)
    act = chance.randrange(6)
    if line.over or leg is None:
        return
    if act == 0:
        line.press(chance.choice("1*#"))
    elif act == 1:
        line.speak("algo", seconds=2)
    elif act == 2:
        await line.wait(3)
    elif act == 3:
        again = Request(f"{desk.url}/voice", "POST", tuple(fields.voice(twilio.exchange, line.call)))
        leg.break_off(Sent(again))
    elif act == 4:
        leg.break_off(Ended())


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_people_and_the_desk_do_no_call_goes_on_for_ever(
    twilio: LocalTwilio, desk: Desk, seed: int
) -> None:
    chance = random.Random(seed)
    twilio.person(EVA, answers="voicemail")
    twilio.person(TOM, answers="answers", script=["wait:3", "press:1", "wait:9", "hang up"])
    desk.replies |= {"/voice": lambda _: chance.choice(FLOW), "/wait": lambda _: chance.choice(WAIT)}
    desk.replies["/whisper"] = lambda _: chance.choice(WHISPER)

    async def one_caller() -> None:
        line = twilio.call(CARMEN, DESK_ES, by_hand=chance.random() < 0.5)
        for _ in range(chance.randrange(5)):
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0.004)
            await do_anything(twilio, desk, chance, line)
        line.hang_up()
        await line.ended(10)

    await asyncio.gather(*(one_caller() for _ in range(30)))
    for line in list(twilio.site.lines.values()):
        await line.ended(10)
    assert await twilio.callbacks.settle()

    assert {call.status for call in twilio.exchange.calls.values()} <= FINAL
    assert not twilio.site.legs
    assert not twilio.site.tapes
    assert not any(queue.members for queue in twilio.exchange.queues.values())
    incoming = {call.sid for call in twilio.exchange.calls.values() if call.direction == "inbound"}
    assert Counter(each["CallSid"] for each in desk.at("/status")) == Counter(incoming)


async def test_a_caller_who_hangs_up_while_being_sent_elsewhere_is_gone(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Gather timeout="60"><Say>Hola</Say></Gather>'
    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("Hola")

    twilio.site.legs[caller.call.sid].break_off(Sent(Request(f"{desk.url}/voice")))
    caller.hang_up()

    assert await caller.ended() == "completed"


async def test_of_two_who_dial_a_queue_at_once_one_gets_the_caller(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = "<Enqueue>soporte</Enqueue>"
    waiting = twilio.call(CARMEN, DESK_ES)
    await waiting.hear("music")
    desk.replies["/voice"] = '<Dial timeout="5" action="/dialled"><Queue>soporte</Queue></Dial>'

    agents = [twilio.call(number, DESK_ES) for number in (EVA, TOM)]
    for agent in agents:
        agent.speak("Dígame")
    await waiting.hear("Dígame")
    waiting.hang_up()
    for agent in agents:
        await agent.ended()

    assert sorted(each["DialCallStatus"] for each in desk.at("/dialled")) == ["completed", "no-answer"]
