"""What can be made to go wrong, and what Twilio makes of a desk that does not answer well."""

import pytest
import requests
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import rest
from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, EVA
from ventanilla_devstack.twilio.server import LocalTwilio
from ventanilla_devstack.twilio.voice.leg import SORRY

EVENTS = ["initiated", "ringing", "answered", "completed"]


def xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (web.Response(status=500), 11200),
        (web.Response(status=404, text="<Response/>", content_type="text/xml"), 11200),
        (web.Response(text="{}", content_type="application/json"), 12300),
        (web.Response(text="", content_type="text/xml"), 12100),
        (web.Response(text="<Response><Say>x</Response>", content_type="text/xml"), 12100),
        (web.Response(text="<Answer/>", content_type="text/xml"), 12102),
        (web.Response(text='<!DOCTYPE x [<!ENTITY a "b">]><Response/>', content_type="text/xml"), 12100),
        (web.Response(text=f"<Response>{' ' * 65_536}</Response>", content_type="text/xml"), 11750),
        (web.Response(status=302, headers={"Location": "/voice"}), 11215),
    ],
)
async def test_a_document_that_is_none_ends_the_call_with_an_apology(
    twilio: LocalTwilio, desk: Desk, reply: web.Response, code: int
) -> None:
    desk.replies["/voice"] = lambda _: web.Response(
        status=reply.status, body=reply.body, content_type=reply.content_type,
        headers={name: value for name, value in reply.headers.items() if name == "Location"},
    )  # fmt: skip

    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear(SORRY)

    assert await caller.ended() == "completed"
    assert twilio.exchange.codes() == [code]


async def test_the_fallback_is_asked_and_told_why(twilio: LocalTwilio, desk: Desk) -> None:
    twilio.number(DESK_ES, voice_fallback_url=f"{desk.url}/fallback")
    desk.replies |= {"/voice": web.Response(status=500), "/fallback": "<Say>Aun así</Say>"}

    await twilio.call(CARMEN, DESK_ES).hear("Aun así")

    told = desk.at("/fallback")[0]
    assert (told["ErrorCode"], told["ErrorUrl"]) == ("11200", f"{desk.url}/voice")


async def test_a_desk_that_does_not_answer_in_time_or_at_all(twilio: LocalTwilio, desk: Desk) -> None:
    twilio.webhooks.seconds = 0.1
    desk.slow_seconds = 0.3
    await twilio.call(CARMEN, DESK_ES).hear(SORRY)
    twilio.webhooks.seconds = 10
    twilio.number(DESK_ES, voice_url="http://127.0.0.1:9/voice", status_callback="")
    await twilio.call(CARMEN, DESK_ES).hear(SORRY)

    assert twilio.exchange.codes() == [11200, 11205]
    assert [each.problem for each in twilio.webhooks.sent if each.url.endswith(":9/voice")] == ["connection"] * 2
    desk.slow_seconds = 0
    twilio.exchange.alerts.clear()


async def test_what_is_odd_is_left_out_with_a_warning(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = (
        '<say>klein</say><Say voice="nobody" colour="red">Uno</Say><Gather timeout="soon"><Dial>1</Dial>'
        '<Say>Dos</Say></Gather><Say/><Pause length="-1"/>Text'
    )

    caller = twilio.call(CARMEN, DESK_ES)
    assert (await caller.hear("Uno")).voice == "man"
    await caller.hear("Dos")
    await caller.wait(5)
    await caller.ended()

    assert sorted(twilio.exchange.codes()) == [12200, 12200, 12200, 13313, 13320, 13511, 13520, 13910]


async def test_a_flow_that_leads_round_and_round_ends(
    twilio: LocalTwilio, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ventanilla_devstack.twilio.voice.leg.DOCUMENTS", 20)
    desk.replies["/voice"] = "<Redirect/>"

    await twilio.call(CARMEN, DESK_ES).hear(SORRY)

    assert len(desk.at("/voice")) == 20


@pytest.mark.parametrize(("kind", "status"), [("internal_error", 500), ("unavailable", 503), ("too_many", 429)])
async def test_rest_fails_as_it_is_told(
    twilio: LocalTwilio, desk: Desk, client: Client, kind: str, status: int
) -> None:
    twilio.faults.add(kind, "POST", calls=1)  # type: ignore[arg-type]  # all are kinds

    await rest(client.calls.list)
    with pytest.raises(TwilioRestException) as refused:
        await rest(client.messages.create, to=CARMEN, from_=DESK_ES, body="x")
    assert (await rest(client.messages.create, to=CARMEN, from_=DESK_ES, body="x")).status == "queued"

    assert refused.value.status == status
    assert len(twilio.exchange.messages) == 1


@pytest.mark.parametrize(("kind", "made"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_connection_is_cut_before_or_after_the_work(
    twilio: LocalTwilio, desk: Desk, client: Client, kind: str, made: int
) -> None:
    twilio.faults.add(kind, "/Messages")  # type: ignore[arg-type]  # both are kinds

    with pytest.raises(requests.ConnectionError):
        await rest(client.messages.create, to=CARMEN, from_=DESK_ES, body="x")

    assert len(twilio.exchange.messages) == made


async def a_call(twilio: LocalTwilio, desk: Desk, client: Client) -> list[str]:
    twilio.person(EVA, answers="answers")
    made = await rest(
        client.calls.create, to=EVA, from_=DESK_ES, url=f"{desk.url}/page", status_callback=f"{desk.url}/leg",
        status_callback_event=EVENTS,
    )  # fmt: skip
    await twilio.site.lines[made.sid].ended()
    await twilio.callbacks.settle()
    return [each["CallStatus"] for each in desk.at("/leg")]


async def test_callbacks_are_lost_and_come_twice_and_backwards(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    faults = twilio.faults.callbacks
    faults.lost = 1
    assert await a_call(twilio, desk, client) == ["ringing", "in-progress", "completed"]
    assert dict(twilio.callbacks.lost[0][1].fields)["CallStatus"] == "initiated"

    desk.taken.clear()
    faults.doubled = 2
    assert sorted(await a_call(twilio, desk, client)) == sorted(
        ["initiated", "initiated", "ringing", "ringing", "in-progress", "completed"]
    )

    desk.taken.clear()
    faults.held = 4
    assert await a_call(twilio, desk, client) == ["completed", "in-progress", "ringing", "initiated"]


async def test_callbacks_that_are_late_still_tell_of_their_own_moment(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    twilio.faults.callbacks.late_seconds = 50

    told = await a_call(twilio, desk, client)

    assert sorted(told) == sorted(["initiated", "ringing", "in-progress", "completed"])
    assert sorted(each["SequenceNumber"] for each in desk.at("/leg")) == ["0", "1", "2", "3"]
