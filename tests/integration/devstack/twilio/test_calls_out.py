"""The desk calls people outside, by Twilio's own client."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import client_for, rest
from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, EVA
from ventanilla_devstack.twilio.server import LocalTwilio

EVENTS = ["initiated", "ringing", "answered", "completed"]


async def call_eva(desk: Desk, client: Client, **more: Any) -> Any:
    given = {"to": EVA, "from_": DESK_ES, "url": f"{desk.url}/page", "status_callback": f"{desk.url}/leg",
             "status_callback_event": EVENTS}  # fmt: skip
    return await rest(client.calls.create, **(given | more))


async def test_a_page_is_acknowledged_with_a_key(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    desk.replies |= {"/page": '<Gather numDigits="1" action="/key"><Say>Pulse 5</Say></Gather>', "/key": "<Hangup/>"}

    made = await call_eva(desk, client)
    agent = await twilio.hands.ringing(EVA)
    ringing = await rest(client.calls(made.sid).fetch)
    agent.answer()
    await agent.hear("Pulse 5")
    agent.press("5")
    assert await agent.ended() == "completed"
    await twilio.callbacks.settle()

    assert (made.status, made.direction, ringing.status) == ("queued", "outbound-api", "ringing")
    assert desk.at("/key")[0]["Digits"] == "5"
    assert [each["CallStatus"] for each in desk.at("/leg")] == ["initiated", "ringing", "in-progress", "completed"]
    done = await rest(client.calls(made.sid).fetch)
    assert (done.status, done.duration, done.end_time is not None) == (
        "completed",
        desk.at("/leg")[3]["CallDuration"],
        True,
    )


@pytest.mark.parametrize(
    ("answers", "status"),
    [("busy", "busy"), ("no-answer", "no-answer"), ("unreachable", "failed"), ("rejects", "busy")],
)
async def test_whoever_does_not_answer(
    twilio: LocalTwilio, desk: Desk, client: Client, answers: str, status: str
) -> None:
    twilio.person(EVA, answers=answers)

    made = await call_eva(desk, client)
    await twilio.site.lines[made.sid].ended()
    await twilio.callbacks.settle()

    assert desk.at("/leg")[-1]["CallStatus"] == status
    assert desk.at("/page") == []


@pytest.mark.parametrize(
    ("answers", "mode", "said"),
    [
        ("voicemail", "Enable", "machine_start"),
        ("voicemail", "DetectMessageEnd", "machine_end_beep"),
        ("fax", "Enable", "fax"),
        ("answers", "Enable", "human"),
    ],
)
async def test_machines_are_detected_before_the_document_or_beside_it(
    twilio: LocalTwilio, desk: Desk, client: Client, answers: str, mode: str, said: str
) -> None:
    twilio.person(EVA, answers=answers)
    desk.replies["/page"] = '<Pause length="60"/>'

    made = await call_eva(desk, client, machine_detection=mode)
    await twilio.site.lines[made.sid].ended()
    beside = await call_eva(
        desk, client, machine_detection=mode, async_amd="true", async_amd_status_callback=f"{desk.url}/amd"
    )
    await twilio.site.lines[beside.sid].ended()
    await twilio.callbacks.settle()

    assert [each.get("AnsweredBy") for each in desk.at("/page")] == [said, None]
    assert [(each["CallSid"], each["AnsweredBy"]) for each in desk.at("/amd")] == [(beside.sid, said)]
    assert (await rest(client.calls(beside.sid).fetch)).answered_by == said


async def test_a_call_is_ended_cancelled_and_sent_elsewhere_by_rest(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    desk.replies |= {"/page": '<Gather timeout="60"/>', "/other": '<Say>Otra cosa</Say><Gather timeout="60"/>'}
    made = await call_eva(desk, client)
    agent = await twilio.hands.ringing(EVA)
    agent.answer()
    await agent_in_progress(agent)

    await rest(client.calls(made.sid).update, url=f"{desk.url}/other")
    await agent.hear("Otra cosa")
    await rest(client.calls(made.sid).update, twiml="<Response><Say>Y otra</Say><Pause length='600'/></Response>")
    await agent.hear("Y otra")
    await rest(client.calls(made.sid).update, status="completed")
    assert await agent.ended() == "completed"
    with pytest.raises(TwilioRestException) as over:
        await rest(client.calls(made.sid).update, url=f"{desk.url}/other")

    second = await call_eva(desk, client)
    ringing = await twilio.hands.ringing(EVA)
    await rest(client.calls(second.sid).update, status="canceled")
    assert await ringing.ended() == "canceled"
    assert (over.value.code, over.value.status) == (21220, 400)


async def agent_in_progress(agent: Line) -> None:
    while agent.call.status != "in-progress" or not agent.listening:
        await agent.wait(0.1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "600"}, 21211),
        ({"from_": "abc"}, 21212),
        ({"from_": "+15551230000"}, 21210),
        ({"url": "nowhere"}, 21205),
        ({"to": "+252612345678"}, 21215),
        ({"to": "+34600000099"}, 21216),
        ({"method": "FOO"}, 21209),
        ({"timeout": 0}, 21208),
        ({"machine_detection": "Perhaps"}, 21233),
        ({"status_callback_event": ["whenever"]}, 21626),
    ],
)
async def test_bad_calls_are_refused_with_twilios_codes(
    twilio: LocalTwilio, desk: Desk, client: Client, changes: dict[str, Any], code: int
) -> None:
    twilio.account.forbidden.add("SO")
    twilio.account.blocked.add("+34600000099")

    with pytest.raises(TwilioRestException) as refused:
        await call_eva(desk, client, **changes)

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert twilio.exchange.calls == {}


async def test_calls_are_listed_by_filters_and_pages(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    for _ in range(7):
        await twilio.call(CARMEN, DESK_ES).ended()
    await twilio.call("+34600000002", DESK_ES).ended()
    began = twilio.pace.now().replace(microsecond=0)

    everything = await rest(client.calls.list, page_size=3)
    of_carmen = await rest(client.calls.list, from_=CARMEN, start_time_after=began.replace(year=began.year - 1))
    later = await rest(client.calls.list, start_time_after=began.replace(year=began.year + 1))
    page = await rest(client.calls.page, page_size=3)
    following = await rest(client.calls.get_page, page.next_page_url)

    assert [each.sid for each in everything] == list(reversed(twilio.exchange.calls))
    assert (len(of_carmen), later) == (7, [])
    assert [each.sid for each in page] + [each.sid for each in following] == [each.sid for each in everything[:6]]
    assert await rest(client.calls.list, status="busy") == []
    with pytest.raises(TwilioException, match="20007"):
        await rest(client.calls.list, page_size=2_000, limit=5_000)


async def test_only_the_account_may_ask(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    with pytest.raises(TwilioRestException) as stranger:
        await rest(client_for(twilio, "wrong").calls("CA" + "0" * 32).fetch)
    with pytest.raises(TwilioRestException) as missing:
        await rest(client.calls("CA" + "0" * 32).fetch)

    assert (stranger.value.status, stranger.value.code) == (401, 20003)
    assert (missing.value.status, missing.value.code) == (404, 20404)


async def test_a_suspended_account_costs_nothing_and_serves_nobody(
    twilio: LocalTwilio, desk: Desk, client: Client
) -> None:
    twilio.run_out_of_money()

    with pytest.raises(TwilioRestException) as refused:
        await call_eva(desk, client)
    assert (await rest(client.api.accounts(twilio.account.sid).fetch)).status == "suspended"
    assert float((await rest(client.balance.fetch)).balance) < 0
    assert await twilio.call(CARMEN, DESK_ES).ended() == "failed"

    assert (refused.value.status, refused.value.code) == (403, 20005)
    assert twilio.exchange.codes() == [10003]
    twilio.reactivate()
    assert (await call_eva(desk, client)).status == "queued"


async def test_numbers_are_listed_and_led_elsewhere(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    desk.replies["/new"] = "<Say>nuevo</Say>"
    (number,) = await rest(client.incoming_phone_numbers.list, phone_number=DESK_ES)

    await rest(client.incoming_phone_numbers(number.sid).update, voice_url=f"{desk.url}/new")

    await twilio.call(CARMEN, DESK_ES).hear("nuevo")
    assert number.capabilities["voice"] is True
