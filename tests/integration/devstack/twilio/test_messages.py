"""Texts, both ways."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import rest
from tests.integration.devstack.twilio.desk import Desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.messaging.incoming import NoSuchNumber
from ventanilla_devstack.twilio.messaging.opt_out import ANSWERS
from ventanilla_devstack.twilio.seed import CARMEN, DESK_EN, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

WHATSAPP, CARMEN_THERE = f"whatsapp:{DESK_ES}", f"whatsapp:{CARMEN}"
TEMPLATE = "HX" + "a" * 32


async def write(desk: Desk, client: Client, **changes: Any) -> Any:
    given = {"to": CARMEN, "from_": DESK_ES, "body": "Hola", "status_callback": f"{desk.url}/delivery"}
    return await rest(client.messages.create, **(given | changes))


async def states(twilio: LocalTwilio, desk: Desk, sid: str, last: str) -> list[str]:
    await eventually(lambda: twilio.exchange.messages[sid].status == last)
    await twilio.callbacks.settle()
    return [each["MessageStatus"] for each in desk.at("/delivery") if each["MessageSid"] == sid]


async def test_a_text_comes_in_and_is_answered_by_twiml(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/messages"] = '<Message statusCallback="/delivery"><Body>Le leemos</Body></Message>'

    message = await twilio.text(CARMEN, DESK_ES, "¿Hay alguien? 😀")
    answer = await twilio.hands.receive(CARMEN, "Le leemos")

    told = desk.at("/messages")[0]
    assert (told["Body"], told["MessageSid"], told["NumMedia"]) == ("¿Hay alguien? 😀", message.sid, "0")
    assert (answer.direction, answer.from_) == ("outbound-reply", DESK_ES)
    assert await states(twilio, desk, answer.sid, "delivered") == ["queued", "sent", "delivered"]


async def test_files_are_fetched_with_the_accounts_secret_and_deleted(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    message = await twilio.text(CARMEN, DESK_ES, "", [("image/jpeg", b"\xff\xd8picture")])
    told = desk.at("/messages")[0]
    assert (told["NumMedia"], told["MediaContentType0"], told["Body"]) == ("1", "image/jpeg", "")
    assert message.sid.startswith("MM")

    async with aiohttp.ClientSession() as session, session.get(told["MediaUrl0"]) as answer:
        assert answer.status == 401
    secret = aiohttp.encode_basic_auth(twilio.account.sid, twilio.account.auth_token)
    async with (
        aiohttp.ClientSession() as session,
        session.get(told["MediaUrl0"], headers={"Authorization": secret}) as answer,
    ):
        assert (answer.content_type, await answer.read()) == ("image/jpeg", b"\xff\xd8picture")
    (listed,) = await rest(client.messages(message.sid).media.list)
    assert await rest(client.messages(message.sid).media(listed.sid).delete)
    assert await rest(client.messages(message.sid).media.list) == []


async def test_files_of_the_desk_are_fetched_from_it_before_they_are_sent(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    desk.replies["/picture"] = web.Response(body=b"\xff\xd8picture", content_type="image/jpeg")
    desk.replies["/lost"] = web.Response(status=404)

    made = await write(desk, client, media_url=[f"{desk.url}/picture?a=1"])
    lost = await write(desk, client, media_url=[f"{desk.url}/lost"])
    came = await twilio.hands.receive(CARMEN)

    assert came.sid == made.sid
    assert twilio.exchange.media[came.media[0]].content == b"\xff\xd8picture"
    assert (await states(twilio, desk, lost.sid, "failed"))[-1] == "failed"
    assert (await rest(client.messages(lost.sid).fetch)).error_code == 11200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/picture", None),
        ("/lost", 63019),
        ("/moved", None),
        ("/untyped", 63019),
        ("/archive", 63021),
        ("/large", 63019),
    ],
)
async def test_whatsapp_takes_one_file_that_can_be_fetched_and_says_so_where_it_cannot(
    twilio: LocalTwilio, desk: Desk, client: Client, path: str, code: int | None
) -> None:
    desk.replies["/picture"] = web.Response(body=b"\xff\xd8picture", content_type="image/jpeg")
    desk.replies["/lost"] = web.Response(status=404)
    desk.replies["/moved"] = web.Response(status=302, headers={"location": f"{desk.url}/picture"})
    desk.replies["/untyped"] = web.Response(body=b"x", headers={"content-type": "none"})
    desk.replies["/archive"] = web.Response(body=b"x", content_type="image/tiff")
    desk.replies["/large"] = web.Response(body=b"x" * (16 * 1024 * 1024 + 1), content_type="image/png")
    twilio.person(CARMEN, receives="read")
    await twilio.text(CARMEN_THERE, WHATSAPP, "Hola")

    made = await write(desk, client, to=CARMEN_THERE, from_=WHATSAPP, media_url=[f"{desk.url}{path}"])

    assert (await states(twilio, desk, made.sid, "failed" if code else "read"))[-2:] == (
        ["queued", "failed"] if code else ["delivered", "read"]
    )
    assert (await rest(client.messages(made.sid).fetch)).error_code == code


@pytest.mark.parametrize(
    ("habits", "expected", "code"),
    [
        ({}, ["queued", "sent", "delivered"], None),
        ({"receives": "undelivered", "text_error": 30003}, ["queued", "sent", "undelivered"], 30003),
        ({"receives": "failed", "text_error": 30007}, ["queued", "failed"], 30007),
    ],
)
async def test_a_text_goes_out_and_its_states_are_told(
    twilio: LocalTwilio, desk: Desk, client: Client, habits: dict[str, Any], expected: list[str], code: int | None
) -> None:
    twilio.person(CARMEN, **habits)

    made = await write(desk, client)

    assert (made.status, made.direction, made.num_segments) == ("queued", "outbound-api", "1")
    assert await states(twilio, desk, made.sid, expected[-1]) == expected
    fetched = await rest(client.messages(made.sid).fetch)
    assert (fetched.error_code, fetched.error_message is None) == (code, code is None)
    assert desk.at("/delivery")[-1].get("ErrorCode") == (str(code) if code else None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "abc"}, 21211),
        ({"from_": ""}, 21603),
        ({"from_": "abc"}, 21212),
        ({"from_": "+15551230000"}, 21659),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"to": "+252612345678"}, 21408),
        ({"to": "+34910000024"}, 21614),
        ({"media_url": ["nowhere"]}, 21620),
        ({"to": CARMEN_THERE}, 63007),
        ({"to": CARMEN_THERE, "from_": WHATSAPP, "content_sid": "HX1"}, 21655),
        ({"to": CARMEN_THERE, "from_": WHATSAPP, "content_sid": TEMPLATE, "content_variables": "[1]"}, 21656),
        ({"status_callback": "nowhere"}, 21609),
    ],
)
async def test_bad_texts_are_refused_with_twilios_codes(
    twilio: LocalTwilio, desk: Desk, client: Client, changes: dict[str, Any], code: int
) -> None:
    twilio.account.forbidden.add("SO")

    with pytest.raises(TwilioRestException) as refused:
        await write(desk, client, **changes)

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert twilio.exchange.messages == {}


async def test_a_number_that_takes_no_texts_sends_none(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    twilio.number(DESK_ES, sms=False)

    with pytest.raises(TwilioRestException) as refused:
        await write(desk, client)
    with pytest.raises(NoSuchNumber):
        await twilio.text(CARMEN, DESK_ES, "Hola")

    assert refused.value.code == 21606


async def test_stop_is_answered_by_twilio_and_later_texts_are_refused_until_start(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    desk.replies["/messages"] = "<Message>Adiós</Message>"

    await twilio.text(CARMEN, DESK_ES, " stop ")
    await twilio.hands.receive(CARMEN, ANSWERS["STOP"])
    with pytest.raises(TwilioRestException) as refused:
        await write(desk, client)
    assert (await write(desk, client, from_=DESK_EN)).status == "queued"
    await twilio.text(CARMEN, DESK_ES, "START")
    await twilio.hands.receive(CARMEN, ANSWERS["START"])
    assert (await write(desk, client)).status == "queued"

    assert refused.value.code == 21610
    assert twilio.exchange.codes() == [21610]  # the desk's own goodbye
    assert "OptOutType" not in desk.at("/messages")[0]


async def test_advanced_opt_out_knows_other_languages_and_tells_of_it(twilio: LocalTwilio, desk: Desk) -> None:
    twilio.number(DESK_ES, advanced_opt_out=True, keywords={"BAJA": "STOP", "ALTA": "START", "AYUDA": "HELP"})

    for word in ("baja", "Alta", "AYUDA", "STOP", "baja por favor"):
        await twilio.text(CARMEN, DESK_ES, word)

    told = [each.get("OptOutType") for each in desk.at("/messages")]
    assert told == ["STOP", "START", "HELP", "STOP", None]


async def test_whatsapp_takes_free_text_for_a_day_and_templates_after_it(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    there = {"to": CARMEN_THERE, "from_": WHATSAPP}
    early = await write(desk, client, **there)
    assert (await states(twilio, desk, early.sid, "failed"))[-1] == "failed"
    assert desk.at("/delivery")[-1]["ErrorCode"] == "63016"

    await twilio.text(CARMEN_THERE, WHATSAPP, "Hola", profile="Carmen")
    told = desk.at("/messages")[0]
    assert (told["ProfileName"], told["WaId"], "FromCity" in told) == ("Carmen", CARMEN[1:], False)
    assert (await states(twilio, desk, (await write(desk, client, **there)).sid, "delivered"))[-1] == "delivered"

    twilio.exchange.windows[WHATSAPP, CARMEN_THERE] -= 24 * 3600
    late = await write(desk, client, **there)
    template = await write(desk, client, **there, body="", content_sid=TEMPLATE, content_variables='{"1": "4711"}')
    assert (await states(twilio, desk, late.sid, "failed"))[-1] == "failed"
    assert (await states(twilio, desk, template.sid, "delivered"))[-1] == "delivered"
    assert "4711" in twilio.hands.texts(CARMEN)[-1].body


async def test_a_desk_that_fails_is_asked_at_its_fallback(twilio: LocalTwilio, desk: Desk) -> None:
    twilio.number(DESK_ES, sms_fallback_url=f"{desk.url}/fallback")
    desk.replies |= {"/messages": web.Response(status=503), "/fallback": "<Message>Más tarde</Message>"}

    await twilio.text(CARMEN, DESK_ES, "Hola")

    await twilio.hands.receive(CARMEN, "Más tarde")
    assert desk.at("/fallback")[0]["ErrorCode"] == "11200"
    assert twilio.exchange.codes() == [11200]


async def test_messages_are_listed_by_the_day_on_which_they_were_sent(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    came = await twilio.text(CARMEN, DESK_ES, "Hola")
    made = await write(desk, client)
    await states(twilio, desk, made.sid, "delivered")
    now = twilio.pace.now()

    today = await rest(client.messages.list, date_sent=now.date())
    of_carmen = await rest(client.messages.list, from_=CARMEN)
    later = await rest(client.messages.list, date_sent_after=now.replace(year=now.year + 1))

    assert [each.sid for each in today] == [made.sid, came.sid]
    assert [(each.sid, each.status, each.direction) for each in of_carmen] == [(came.sid, "received", "inbound")]
    assert later == []
    assert await rest(client.messages(came.sid).delete)
