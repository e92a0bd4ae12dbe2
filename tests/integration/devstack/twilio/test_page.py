"""The page, and the command that serves it."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.integration.devstack.twilio.desk import Desk
from tests.support.chromium import PROGRAM, chromium
from tests.support.polling import eventually
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


async def test_texts_have_names_by_which_new_ones_are_read_out_once_and_their_files_stand_apart(
    twilio: LocalTwilio, desk: Desk
) -> None:
    message = await twilio.text(CARMEN, DESK_ES, "Hola", media=[("image/png", b"png")])

    parts = json.loads(await page(twilio, "en", "/_page/parts"))

    assert "Hola</span> <i>1 file(s)</i></li>" in parts["texts"]
    assert f'data-sid="{message.sid}"' in parts["texts"]


async def test_choosing_who_one_is_leads_nowhere_until_the_button_is_pressed(twilio: LocalTwilio) -> None:
    found = await page(twilio, "en")

    assert '<form data-do="be"><label for="who">Who are you?</label><select id="who" name="as">' in found
    assert "Be this person</button></form>" in found


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


@pytest.mark.skipif(not PROGRAM, reason="there is no Chromium here")
async def test_new_words_are_read_out_once_and_nothing_is_lost_at_the_edge_of_a_narrow_screen(
    twilio: LocalTwilio, desk: Desk, tmp_path: Path
) -> None:
    desk.replies["/voice"] = '<Say language="es-ES">Bienvenida</Say>'
    desk.replies["/messages"] = "<Message>Recibido</Message>"
    await twilio.call(CARMEN, DESK_ES).ended()
    twilio.site.exchange.alert(11200, detail=f"{desk.url}/{'a' * 200}")
    async with chromium(tmp_path) as tab:
        await tab.size(390)
        await tab.open(f"{twilio.url}/?as={CARMEN}")

        async def drawn() -> bool:
            return bool(await tab.run("document.getElementById('calls').dataset.drawn !== undefined"))

        await eventually(drawn, 10)
        assert "Bienvenida" in await tab.run("document.getElementById('calls').textContent")
        assert await tab.run("document.getElementById('live').textContent") == "", "it was heard before"
        assert await tab.run("document.documentElement.scrollWidth") <= 390

        await twilio.text(CARMEN, DESK_ES, "Hola")
        await twilio.hands.receive(CARMEN)

        async def read_out() -> bool:
            return "Recibido" in await tab.run("document.getElementById('live').textContent")

        await eventually(read_out, 10)
        assert "Hola" not in await tab.run("document.getElementById('live').textContent")
        await tab.run("who.selectedIndex = 1; who.dispatchEvent(new Event('change', {bubbles: true}))")
        assert CARMEN[1:] in await tab.run("location.search")
        await tab.click("document.querySelector('[data-do=be] button')")
        assert CARMEN[1:] not in await tab.run("location.search")
        assert tab.problems == []
