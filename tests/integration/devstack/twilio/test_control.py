"""Hands, faults and state for other processes."""

from typing import Any

import aiohttp

from tests.integration.devstack.twilio.desk import Desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES, JOHN
from ventanilla_devstack.twilio.server import LocalTwilio


async def post(twilio: LocalTwilio, path: str, **given: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.post(f"{twilio.url}/_local/{path}", json=given) as answer:
        return dict(await answer.json())


async def get(twilio: LocalTwilio, path: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{twilio.url}/_local/{path}") as answer:
        return dict(await answer.json())


async def test_a_call_is_made_and_heard_from_another_process(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Gather numDigits="1" action="/got"><Say>Pulse</Say></Gather>'
    desk.replies["/got"] = "<Say>Bien</Say>"

    made = await post(twilio, "call", **{"from": CARMEN, "to": DESK_ES})
    await post(twilio, f"calls/{made['sid']}/press", keys="1")
    await twilio.site.lines[made["sid"]].ended()

    heard = await get(twilio, f"calls/{made['sid']}")
    assert (heard["status"], [each["text"] for each in heard["heard"]][-1]) == ("completed", "Bien")
    assert await post(twilio, f"calls/{made['sid']}/press", keys="1") == {"ok": False, "error": "call_is_over"}
    assert (await get(twilio, "webhooks"))["webhooks"][0]["kind"] == "voice"


async def test_a_scripted_caller_does_everything_by_themselves(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Gather numDigits="1" action="/got"><Say>Pulse</Say></Gather>'
    desk.replies["/got"] = '<Record action="/done"/>'

    script = ["hear:Pulse", "press:3", "speak:Se ha ido la luz", "wait:1", "hang up"]
    made = await post(twilio, "call", **{"from": CARMEN, "to": DESK_ES, "script": script})
    await twilio.site.lines[made["sid"]].ended()

    await eventually(lambda: bool(desk.at("/done")))
    assert desk.at("/got")[0]["Digits"] == "3"
    assert desk.at("/done")[0]["Digits"] == "hangup"
    bad = await post(twilio, "call", **{"from": CARMEN, "to": DESK_ES, "script": ["dance"]})
    assert "dance" in bad["error"]


async def test_texts_people_numbers_account_and_faults(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/messages"] = "<Message>Sí</Message>"
    state = await get(twilio, "state")
    assert state["account"]["auth_token"] == twilio.account.auth_token

    assert (await post(twilio, "text", **{"from": CARMEN, "to": DESK_ES, "body": "¿?"}))["ok"]
    await twilio.hands.receive(CARMEN, "Sí")
    assert [each["body"] for each in (await get(twilio, f"texts?to=%2B{CARMEN[1:]}"))["texts"]] == ["Sí"]
    assert not (await post(twilio, "text", **{"from": CARMEN, "to": "+1", "body": "x"}))["ok"]
    assert (await post(twilio, "people", number=JOHN, answers="busy"))["person"]["answers"] == "busy"
    assert not (await post(twilio, "people", number=JOHN, answers="sometimes"))["ok"]
    assert (await post(twilio, "numbers", number=DESK_ES, sms_url=""))["ok"]
    assert (await post(twilio, "account", status="suspended"))["status"] == "suspended"
    assert (await post(twilio, "faults", kind="too_many", callbacks={"lost": 2}))["in_force"][0]["kind"] == "too_many"
    assert twilio.faults.callbacks.lost == 2
    assert (await post(twilio, "faults", clear=True))["in_force"] == []
    assert (await post(twilio, "settle"))["ok"]


async def test_other_pages_and_forms_are_turned_away(twilio: LocalTwilio) -> None:
    async with aiohttp.ClientSession(headers={"Origin": "http://evil.example"}) as session:
        assert (await session.get(f"{twilio.url}/_local/state")).status == 403
        assert (await session.get(f"{twilio.url}/")).status == 403
    async with aiohttp.ClientSession() as session:
        assert (await session.post(f"{twilio.url}/_local/call", data={"from": CARMEN})).status == 415
