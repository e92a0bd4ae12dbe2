"""People outside call the desk."""

import pytest
from aiohttp import web

from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.line import NotHeard
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

MENU = (
    '<Say language="es-ES" voice="Polly.Lucia">Bienvenida</Say>'
    '<Gather numDigits="1" action="/menu?step=1" timeout="4"><Say language="es-ES">Pulse uno</Say></Gather>'
    "<Redirect>/silence</Redirect>"
)


async def test_a_caller_hears_a_welcome_and_chooses_with_a_key(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = MENU
    desk.replies["/menu"] = lambda form: f"<Say>Ha elegido {form['Digits']}</Say><Hangup/>"

    caller = twilio.call(CARMEN, DESK_ES)
    welcome = await caller.hear("Bienvenida")
    await caller.hear("Pulse uno")
    caller.press("1")
    await caller.hear("Ha elegido 1")

    assert (welcome.language, welcome.voice) == ("es-ES", "Polly.Lucia")
    assert await caller.ended() == "completed"
    await twilio.callbacks.settle()
    assert desk.at("/voice")[0]["CallStatus"] == "ringing"
    assert desk.at("/menu")[0]["CallStatus"] == "in-progress"
    assert desk.at("/status")[0]["CallStatus"] == "completed"
    assert int(desk.at("/status")[0]["CallDuration"]) >= 1
    assert twilio.exchange.codes() == []


async def test_silence_leads_on(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies |= {"/voice": MENU, "/silence": "<Say>Nadie</Say>"}

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("Pulse uno")
    await caller.wait(3.5)
    assert desk.at("/silence") == []
    await caller.wait(1)

    await caller.hear("Nadie")
    assert desk.at("/menu") == []


async def test_an_empty_result_is_told_where_the_desk_wants_to_know(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Gather input="dtmf speech" actionOnEmptyResult="true" action="/got"/>'

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.wait(6)
    await caller.ended()

    assert (desk.at("/got")[0]["Digits"], desk.at("/got")[0]["SpeechResult"]) == ("", "")


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ("", "12#", "12"),
        ('finishOnKey="*"', "1#2*", "1#2"),
        ('finishOnKey="" numDigits="3"', "1#*", "1#*"),
        ('numDigits="4"', "123456", "1234"),
    ],
)
async def test_keys_end_with_the_finish_key_or_the_number_of_digits(
    twilio: LocalTwilio, desk: Desk, attributes: str, keys: str, digits: str
) -> None:
    desk.replies["/voice"] = f'<Gather {attributes} action="/got"/>'

    caller = twilio.call(CARMEN, DESK_ES)
    caller.press(keys)
    await caller.ended()

    assert desk.at("/got")[0]["Digits"] == digits


async def test_words_are_told_with_confidence_where_speech_is_asked_for(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = (
        '<Gather action="/keys"><Say>Solo teclas</Say></Gather>'
        '<Gather input="speech dtmf" action="/got" language="es-ES"><Say>Diga</Say></Gather>'
    )

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("Solo teclas")
    caller.speak("esto no lo oye nadie")
    await caller.wait(5)
    await caller.hear("Diga")
    caller.speak("quiero hablar con ventas", confidence=0.87)
    await caller.ended()

    assert desk.at("/keys") == []
    assert desk.at("/got")[0]["SpeechResult"] == "quiero hablar con ventas"
    assert float(desk.at("/got")[0]["Confidence"]) == 0.87


async def test_whoever_presses_a_key_need_not_hear_the_rest(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Gather numDigits="1" action="/got"><Say>uno</Say><Say>dos</Say></Gather>'

    caller = twilio.call(CARMEN, DESK_ES)
    caller.press("7")
    await caller.ended()

    assert desk.at("/got")[0]["Digits"] == "7"
    assert caller.heard == []


async def test_a_caller_who_hangs_up_in_the_menu_is_told_by_the_status_only(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = MENU

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("Pulse uno")
    caller.hang_up()

    assert await caller.ended() == "completed"
    await twilio.callbacks.settle()
    assert [each.path for each in desk.taken] == ["/voice", "/status"]
    with pytest.raises(NotHeard, match="completed"):
        await caller.hear("nada más")


@pytest.mark.parametrize(("reason", "status"), [("", "no-answer"), (' reason="busy"', "busy")])
async def test_a_rejected_call_was_never_answered(twilio: LocalTwilio, desk: Desk, reason: str, status: str) -> None:
    desk.replies["/voice"] = f'<Pause length="2"/><Reject{reason}/>'

    caller = twilio.call(CARMEN, DESK_ES)

    assert await caller.ended() == status
    await twilio.callbacks.settle()
    assert desk.at("/status")[0]["CallDuration"] == "0"


async def test_a_document_by_get_has_the_fields_in_its_query(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Redirect method="GET">/next?a=1</Redirect>'

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.ended()

    assert desk.at("/next")[0]["a"] == "1"
    assert desk.at("/next")[0]["CallSid"] == caller.call.sid


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_an_address_carries_comes_back_as_it_was_and_signed(
    twilio: LocalTwilio, desk: Desk, method: str
) -> None:
    state = "a=%3A%2B%7E%2f&amp;b=x+y&amp;c=&amp;c=%C3%B1&amp;d=ñ{1}|&amp;e=1:2"
    desk.replies["/voice"] = f'<Redirect method="{method}">/next?{state}</Redirect>'

    await twilio.call(CARMEN, DESK_ES).ended()

    assert len(desk.at("/next")) == 1
    assert [each.path for each in desk.taken if not each.genuine] == []


async def test_http_redirects_are_followed_and_signed(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = web.Response(status=307, headers={"Location": "/moved?x=%20y"})
    desk.replies["/moved"] = "<Say>aquí</Say>"

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("aquí")
    await caller.ended()


async def test_a_signature_is_over_the_public_address_behind_a_proxy(twilio: LocalTwilio, desk: Desk) -> None:
    desk.public = "https://desk.example"
    twilio.webhooks.routes["https://desk.example"] = desk.url
    twilio.number(DESK_ES, voice_url="https://desk.example/voice?a=1&a=2&b=", status_callback="")

    await twilio.call(CARMEN, DESK_ES).ended()

    assert desk.taken[0].headers["Host"] == "desk.example"
    assert desk.taken[0].genuine


async def test_an_unknown_number_is_out_of_service(twilio: LocalTwilio) -> None:
    caller = twilio.call(CARMEN, "+34999999999")

    assert await caller.ended() == "failed"
