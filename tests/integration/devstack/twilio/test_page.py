"""The page, and the command that serves it."""

import asyncio
import json
import sys

import aiohttp
import pytest

from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio


async def page(twilio: LocalTwilio, language: str, path: str = "/") -> str:
    headers = {"Accept-Language": language}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(twilio.url + path, params={"as": CARMEN}) as answer,
    ):
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return await answer.text()


@pytest.mark.parametrize(("language", "word"), [("es-ES", "Teléfono de prueba"), ("en", "Test telephone")])
async def test_the_page_speaks_the_language_of_the_browser_and_loads_nothing_from_elsewhere(
    twilio: LocalTwilio, language: str, word: str
) -> None:
    found = await page(twilio, language)

    assert f"<h1>{word}</h1>" in found
    assert f'lang="{language[:2]}"' in found
    assert "https://" not in found


async def test_what_is_heard_and_written_stands_on_the_page_as_text(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Gather action="/x"><Say language="es-ES">Pulse &lt;uno&gt;</Say></Gather>'
    desk.replies["/messages"] = "<Message>&lt;script&gt;</Message>"
    caller = twilio.call(CARMEN, DESK_ES)
    await caller.hear("Pulse")
    caller.speak("¿Qué?")
    await twilio.text(CARMEN, DESK_ES, "Hola")
    await twilio.hands.receive(CARMEN)

    parts = json.loads(await page(twilio, "es", "/_page/parts"))

    assert '<span lang="es">Pulse &lt;uno&gt;</span>' in parts["calls"]
    assert "¿Qué?" in parts["calls"]
    assert 'data-key="#"' in parts["calls"]
    assert "&lt;script&gt;" in parts["texts"]


async def test_news_come_when_something_happens(twilio: LocalTwilio, desk: Desk) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{twilio.url}/_page/news") as stream:
        assert await stream.content.readline() == b": hello\n"
        await twilio.text(CARMEN, DESK_ES, "Hola")
        await stream.content.readline()
        assert await asyncio.wait_for(stream.content.readline(), 5) == b"data: changed\n"


async def test_a_caller_may_withhold_their_number(twilio: LocalTwilio, desk: Desk) -> None:
    await twilio.hands.call(CARMEN, DESK_ES, withheld=True).ended()

    assert desk.at("/voice")[0]["From"] == "+266696687"
    assert DESK_ES in json.loads(await page(twilio, "es", "/_page/parts"))["calls"]


async def test_the_command_says_where_it_is_and_ends_in_order() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventanilla_devstack.twilio", "--desk", "http://127.0.0.1:9/",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 15))
    async with aiohttp.ClientSession() as session, session.get(f"{ready['url']}/_local/state") as answer:
        state = await answer.json()
    process.terminate()

    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert state["account"]["sid"] == ready["account_sid"]
    assert state["numbers"][0]["voice_url"] == "http://127.0.0.1:9/twilio/voice"
