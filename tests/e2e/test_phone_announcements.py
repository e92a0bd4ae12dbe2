"""A known outage: callers hear of it, one wants to be told when it is solved, and is told once."""

import shutil
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.line import Line, NotHeard
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")
Phoning = tuple[RunningDesk, LocalTwilio]

TEXTLESS, MOBILE = "+34930000100", "+34600000991"
TEXTS = {"es": "No hay internet en Málaga.", "en": "There is no internet in Málaga."}
WORKS = {"es": "Ya funciona todo.", "en": "Everything works."}
SOLVED = {"status": "solved", "resolution": "a new router"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phoning(servers_folder: Path) -> AsyncIterator[Phoning]:
    folder = servers_folder / "phone-news"
    try:
        # The flow that comes with the service: it tells the news before everything else.
        async with LocalTwilio(pace=0.001) as twilio:
            twilio.number(
                TEXTLESS, sms=False, voice_url=f"{PUBLIC}/twilio/voice", status_callback=f"{PUBLIC}/twilio/status/call"
            )
            async with phone_desk(folder, twilio, {"INTAKE_PHONE_FLOWS": ""}) as desk:
                yield desk, twilio
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def calls_until_it_is_said(twilio: LocalTwilio) -> tuple[str, Line]:
    """Somebody who hears of the outage: the service asks the desk for its news every few seconds."""
    for place in count(70):
        number = f"+346000000{place}"
        twilio.person(number)
        call = twilio.call(number, DESK_ES)
        await call.hear("Para español", timeout_seconds=20)
        call.press("1")
        try:
            await call.hear("No hay internet", timeout_seconds=1)
        except NotHeard:
            assert place < 90, "nobody hears of it"
            call.hang_up()
            continue
        return number, call
    raise AssertionError


async def calls_where_no_text_can_leave(desk: RunningDesk, twilio: LocalTwilio) -> None:
    """Somebody who calls a number that cannot text: they hear of the outage, and are promised and told nothing."""
    twilio.person(MOBILE)
    call = twilio.call(MOBILE, TEXTLESS)
    await call.hear("Para español", timeout_seconds=20)
    call.press("1")
    await call.hear("No hay internet")
    assert "avisemos" not in (await call.hear()).text
    call.hang_up()
    await call.ended()

    async def ticket() -> Any:
        return (await desk.api("GET", "/tickets", params={"requester": MOBILE}))["items"]

    [found] = await eventually(ticket, 20)
    answer = await desk.call("POST", f"/tickets/{found['number']}/replies", json={"text": "Ya funciona."})
    assert (answer.status_code, "call the customer back" in answer.text) == (409, True)
    messages = (await desk.api("GET", f"/tickets/{found['number']}/messages"))["items"]
    assert [one["kind"] for one in messages] == ["customer"]


async def test_a_caller_hears_of_an_outage_and_is_told_once_when_it_is_solved(phoning: Phoning) -> None:
    desk, twilio = phoning
    body = {"subject": "Internet", "text": "Málaga", "requester": {"address": "noc@desk.example"}, "type": "problem"}
    problem = (await desk.api("POST", "/tickets", json=body))["number"]
    await desk.api("PUT", "/announcements/outage", json={"texts": TEXTS, "problem": problem})

    number, call = await calls_until_it_is_said(twilio)
    await calls_where_no_text_can_leave(desk, twilio)
    call.press("1")
    await call.hear("Le avisaremos")
    call.hang_up()
    await call.ended()

    async def joined() -> bool:
        return bool((await desk.api("GET", f"/tickets/{problem}/links"))["items"])

    await eventually(joined, 20)
    await twilio.hands.receive(number, "número", timeout_seconds=20)

    await desk.api("POST", f"/tickets/{problem}/update-all", json={"texts": WORKS, **SOLVED})
    await desk.api("PATCH", f"/tickets/{problem}", json=SOLVED)
    await twilio.hands.receive(number, WORKS["es"], timeout_seconds=20)

    async def has(state: str) -> bool:
        return bool(await desk.query("select 1 from announcement_wish where state = $1", state))

    await eventually(lambda: has("due"), 20)
    # The time that the desk leaves to people before it speaks itself is over.
    await desk.query("update due set due_at = clock_timestamp() where kind = 'announcement_over' returning 1")
    await eventually(lambda: has("skipped"), 20)
    assert [text.body for text in twilio.hands.texts(number)][1:] == [WORKS["es"]]
    assert (await desk.api("GET", "/announcements"))["items"] == []
