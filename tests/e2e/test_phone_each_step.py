"""A call that ends at each step of a flow, in both languages: hung up, gone silent, or cut off without our answer."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOW = Path(__file__).parents[1] / "data" / "phone" / "every-node.yaml"
CARD = "4111111111111111"
STEPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "language": (),
    "menu": (),
    "collect": (("Elija", "Choose", "1"),),
    "sensitive": (("Elija", "Choose", "1"), ("contrato", "contract", "4711#")),
    "after-collect": (("Elija", "Choose", "1"), ("contrato", "contract", "4711#"), ("tarjeta", "card", f"{CARD}#")),
    "transfer": (("Elija", "Choose", "2"),),
    "text": (("Elija", "Choose", "3"),),
    "team": (("Elija", "Choose", "4"),),
    "callback": (("Elija", "Choose", "5"),),
    "record": (("Elija", "Choose", "6"),),
    "voicemail": (("Elija", "Choose", "7"),),
    "hang_up": (("Elija", "Choose", "9"),),
}
"""Step → what is heard in each language, and pressed, on the way there; the language comes before all of it."""
AT_ONCE = 8


class Way:
    """Brings Twilio's requests to intake-phone, and cuts off those of some callers."""

    def __init__(self, target: str, session: aiohttp.ClientSession) -> None:
        self.failing: set[str] = set()
        self._target = target
        self._session = session

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        caller = dict(parse_qsl(body.decode())).get("From", "")
        if caller in self.failing and request.path != "/twilio/status/call":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {name: request.headers[name] for name in ("Content-Type", "X-Twilio-Signature")}
        url = URL(f"{self._target}{request.raw_path}", encoded=True)  # what is signed must arrive as it is
        async with self._session.post(url, data=body, headers=headers) as answer:
            return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)


Phoning = tuple[RunningDesk, LocalTwilio, Way]


@asynccontextmanager
async def way_to(target: str) -> AsyncIterator[tuple[str, Way]]:
    async with aiohttp.ClientSession() as session:
        way = Way(target, session)
        application = web.Application()
        application.router.add_post("/{path:.*}", way.serve)
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, 0)
            await site.start()
            yield f"http://{HOST}:{runner.addresses[0][1]}", way
        finally:
            await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phoning(servers_folder: Path) -> AsyncIterator[Phoning]:
    folder = servers_folder / "phone-steps"
    settings = {"INTAKE_PHONE_FLOWS": str(FLOW)}
    try:
        async with (
            LocalTwilio(pace=0.001) as twilio,
            phone_desk(folder, twilio, settings) as desk,
            way_to(desk.services["intake-phone"].url) as (url, way),
        ):
            twilio.webhooks.routes[PUBLIC] = url
            await desk.api("PUT", "/teams/first-line", json={"tier": "1"})
            yield desk, twilio, way
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def goes_to(call: Line, step: str, language: str) -> None:
    """The way to a step."""
    english = language == "en"
    await call.hear("Bienvenido", timeout_seconds=20)
    if step == "language":
        return
    call.press("2" if english else "1")
    for spanish, words, keys in STEPS[step] or (("Elija", "Choose", ""),):
        await call.hear(words if english else spanish, timeout_seconds=20)
        call.press(keys)


def number_of(step: str, language: str, ending: str) -> str:
    place = list(STEPS).index(step) * 10 + ("hung up", "silent", "cut off").index(ending) * 2 + (language == "en")
    return f"+34600005{place:03}"


async def ends(phoning: Phoning, step: str, language: str, ending: str) -> str:
    """One call; its number."""
    _, twilio, way = phoning
    number = number_of(step, language, ending)
    twilio.person(number)
    call = twilio.call(number, DESK_ES)
    await goes_to(call, step, language)
    if ending == "hung up":
        await call.taken()
        call.hang_up()
    elif ending == "cut off":
        await call.taken()
        way.failing.add(number)
        call.press("1#")
    else:
        for _ in range(30):
            if call.over:
                break
            await call.wait(120)
    await call.ended(30)
    return number


async def one_ticket(desk: RunningDesk, number: str) -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        items = (await desk.api("GET", "/tickets", params={"requester": number}))["items"]
        assert len(items) == 1, (number, items)
        return dict(items[0])

    return await eventually(found, 30)


@pytest.mark.parametrize("ending", ["hung up", "silent", "cut off"])
async def test_a_call_that_ends_anywhere_is_one_ticket_in_the_callers_language(phoning: Phoning, ending: str) -> None:
    desk, _, _ = phoning
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(step: str, language: str) -> str:
        async with turns:
            number = await ends(phoning, step, language, ending)
        ticket = await one_ticket(desk, number)
        chosen = "es" if step == "language" else language
        if (ticket["channel"], ticket["language"]) != ("voice", chosen):
            return f"{step} {language}: {ticket['subject']} in {ticket['language']}"
        if ticket["subject"].startswith(("Mensaje de voz", "Voicemail")):
            return f"{step} {language}: nobody said a word, but: {ticket['subject']}"
        messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        if any(CARD in part["text"] for part in messages):
            return f"{step} {language}: the card's number is on the ticket"
        return ""

    found = await asyncio.gather(*(one(step, language) for step in STEPS for language in ("es", "en")))
    assert [fault for fault in found if fault] == []


async def calls_for_the_link(phoning: Phoning, number: str) -> tuple[str, str]:
    """What the ticket of somebody's call for the link says, and what was texted to them."""
    desk, twilio, _ = phoning
    call = twilio.call(number, DESK_ES)
    await goes_to(call, "text", "es")
    await call.ended(30)
    ticket = await one_ticket(desk, number)
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    texts = [one.body for one in twilio.hands.texts(number) if "desk.example/ayuda" in one.body]
    return " ".join(part["text"] for part in messages if part["kind"] == "customer"), " ".join(texts)


async def test_a_link_is_texted_to_who_wants_texts_and_its_ticket_says_what_became_of_it(phoning: Phoning) -> None:
    _, twilio, _ = phoning
    wanted, refused, stopped = "+34600005801", "+34600005802", "+34600005803"
    for number in (wanted, refused, stopped):
        twilio.person(number)
    twilio.exchange.opted_out.add((DESK_ES, refused))
    await twilio.text(stopped, DESK_ES, "Baja")
    await twilio.hands.receive(stopped, "no le enviaremos más mensajes", timeout_seconds=20)

    twilio.faults.add("unavailable", "/Messages", calls=1)
    told, texts = await calls_for_the_link(phoning, wanted)
    assert "Se le envió un enlace" in told
    assert texts == "Su enlace: https://desk.example/ayuda"
    told, texts = await calls_for_the_link(phoning, refused)
    assert "No se le pudo enviar el enlace por mensaje de texto: el cliente no quiere mensajes" in told
    assert texts == ""
    for again in (refused, stopped):
        call = twilio.call(again, DESK_ES)
        await goes_to(call, "text", "es")
        await call.ended(30)
        assert "enviando" not in " ".join(one.text for one in call.heard), "it is not offered to who wants none"
