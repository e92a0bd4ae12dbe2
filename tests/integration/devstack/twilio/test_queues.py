"""Callers wait until somebody takes them."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import rest
from tests.integration.devstack.twilio.desk import Desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, EVA, JOHN
from ventanilla_devstack.twilio.server import LocalTwilio

ENQUEUE = '<Enqueue action="/after" waitUrl="/wait">soporte</Enqueue>'


def waiting(form: dict[str, str]) -> str:
    return (
        f"<Say>Es el {form['QueuePosition']} de {form['CurrentQueueSize']}</Say>"
        '<Gather numDigits="1" timeout="10" action="/key"/>'
    )


async def two_wait(twilio: LocalTwilio, desk: Desk) -> tuple[Line, Line]:
    desk.replies |= {"/voice": ENQUEUE, "/wait": waiting, "/key": "<Leave/>", "/after": "<Say>Fuera</Say>"}
    first = twilio.call(CARMEN, DESK_ES)
    await first.hear("Es el 1 de 1")
    second = twilio.call(JOHN, DESK_ES)
    await second.hear("Es el 2 de 2")
    return first, second


async def test_an_agent_takes_the_first_who_hears_that_first(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    first, second = await two_wait(twilio, desk)
    await first.wait(12)
    await first.hear("Es el 1 de 2")
    desk.replies |= {
        "/agent": '<Dial action="/talked"><Queue url="/told">soporte</Queue></Dial>',
        "/told": "<Say>Le atiende Eva</Say>",
        "/talked": "<Say>Fin</Say>",
    }

    await rest(client.calls.create, to=EVA, from_=DESK_ES, url=f"{desk.url}/agent")
    agent = await twilio.hands.ringing(EVA)
    agent.answer()
    await first.hear("Le atiende Eva")
    agent.speak("Dígame")
    await first.hear("Dígame")
    agent.hang_up()
    await first.hear("Fuera")

    assert int(desk.at("/told")[0]["QueueTime"]) >= 12
    assert desk.at("/told")[0]["DequeingCallSid"] == agent.call.sid
    assert (desk.at("/after")[0]["QueueResult"], desk.at("/after")[0]["CallSid"]) == ("bridged", first.call.sid)
    await eventually(lambda: bool(desk.at("/talked")))
    assert desk.at("/talked")[0]["DialCallStatus"] == "completed"
    assert [each.call.sid for each in next(iter(twilio.exchange.queues.values())).members] == [second.call.sid]


async def test_a_key_leaves_the_queue(twilio: LocalTwilio, desk: Desk) -> None:
    first, second = await two_wait(twilio, desk)

    first.press("1")

    await first.hear("Fuera")
    assert desk.at("/after")[0]["QueueResult"] == "leave"
    await second.wait(10)
    await second.hear("Es el 1 de 1")


async def test_whoever_hangs_up_is_told_of_as_such(twilio: LocalTwilio, desk: Desk) -> None:
    first, _ = await two_wait(twilio, desk)

    first.hang_up()
    await first.ended()

    await eventually(lambda: bool(desk.at("/after")))
    assert (desk.at("/after")[0]["QueueResult"], desk.at("/after")[0]["CallStatus"]) == ("hangup", "completed")


async def test_a_full_queue_and_a_bad_name_are_results(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = f'<Enqueue action="/after">{"x" * 65}</Enqueue>'
    desk.replies["/after"] = '<Enqueue action="/full" maxQueueSize="1">soporte</Enqueue>'
    first = twilio.call(CARMEN, DESK_ES)
    await first.hear("music")
    second = twilio.call(JOHN, DESK_ES)
    await second.ended()

    assert desk.at("/after")[0]["QueueResult"] == "error"
    assert desk.at("/full")[0]["QueueResult"] == "queue-full"
    assert 14205 in twilio.exchange.codes()


async def test_queues_and_members_by_rest(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    first, second = await two_wait(twilio, desk)
    (queue,) = await rest(client.queues.list)
    assert (queue.friendly_name, queue.current_size, queue.max_size) == ("soporte", 2, 1000)
    members = client.queues(queue.sid).members

    assert [each.call_sid for each in await rest(members.list)] == [first.call.sid, second.call.sid]
    front = await rest(members("Front").fetch)
    assert (front.call_sid, front.position) == (first.call.sid, 1)
    desk.replies["/elsewhere"] = "<Say>A otro sitio</Say>"
    await rest(members("Front").update, url=f"{desk.url}/elsewhere")

    await first.hear("A otro sitio")
    await eventually(lambda: bool(desk.at("/after")))
    assert desk.at("/after")[0]["QueueResult"] == "redirected"
    with pytest.raises(TwilioRestException) as refused:
        await rest(client.queues(queue.sid).delete)
    assert refused.value.code == 22001


async def test_a_queue_that_there_is_not_fails_and_an_empty_one_takes_its_time(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    desk.replies["/voice"] = '<Dial action="/one"><Queue>nada</Queue></Dial>'
    desk.replies["/one"] = '<Dial action="/two" timeout="5"><Queue>vacia</Queue></Dial>'
    await rest(client.queues.create, friendly_name="vacia")

    await twilio.call(CARMEN, DESK_ES).ended()

    assert desk.at("/one")[0]["DialCallStatus"] == "failed"
    assert desk.at("/two")[0]["DialCallStatus"] == "no-answer"
