"""An agent looks at a ticket in the browser: a customer writes in Slack, the agent signs in with Slack and reads."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.chat_desk import HELP
from tests.support.desk import RunningDesk
from tests.support.desk_page import SEED, browser_of, page_desk
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")
Looking = tuple[RunningDesk, LocalSlack]
SUBJECT = "No imprime la impresora de la planta baja"
PDF = b"%PDF-1.4 a file of the customer"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def looking(servers_folder: Path) -> AsyncIterator[Looking]:
    folder = servers_folder / "desk-page"
    try:
        async with LocalSlack(seed=SEED) as slack, page_desk(folder, slack) as desk:
            yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def number(looking: Looking) -> int:
    """A ticket of a customer in Slack, with a file, an answer and a note."""
    desk, slack = looking
    first = slack.hands.write("carmen", HELP, SUBJECT)
    slack.hands.upload("carmen", HELP, "factura.pdf", PDF, text="Sale esto:", thread_ts=first.ts)

    async def arrived() -> dict[str, Any]:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == SUBJECT), {})

    found: int = (await eventually(arrived, 20))["number"]

    async def with_file() -> bool:
        said = (await desk.api("GET", f"/tickets/{found}/messages"))["items"]
        return any(message["attachments"] for message in said)

    await eventually(with_file, 20)
    await desk.api("POST", f"/tickets/{found}/replies", json={"text": "Lo miramos ahora."})
    await desk.api("POST", f"/tickets/{found}/replies", json={"text": "Es el tóner.", "internal": True})
    return found


async def test_an_agent_signs_in_and_sees_everything_of_a_ticket(looking: Looking, number: int) -> None:
    desk, slack = looking
    browser = browser_of(desk)
    assert (await browser.get(f"/desk/{number}")).status_code == 401

    back = await browser.sign_in(slack, "ana", f"/desk/{number}")
    page = (await browser.get(back.headers["location"])).text
    history = (await browser.get(f"/desk/{number}/history")).text
    routing = (await browser.get(f"/desk/{number}/routing")).text
    arithmetic = (await browser.get(f"/desk/{number}/service-level")).text
    link = re.search(rf'href="(/desk/{number}/files/[^"]+)"', page)
    assert link
    file = await browser.get(link[1])
    await browser.client.aclose()

    for words in (SUBJECT, "Sale esto:", "factura.pdf", "Lo miramos ahora.", "Es el tóner.", "Nota interna"):
        assert words in page, words
    assert "la abrió, por" in history
    assert '<pre class="lines"' in routing
    assert "Primera respuesta" in arithmetic
    assert file.content == PDF
    assert file.headers["content-disposition"].startswith("attachment;")
    viewed = [line for line in desk.services["portal"].events() if line["event"] == "ticket.viewed"]
    assert {(line["ticket"], line["agent"]) for line in viewed} == {(number, "ana")}
    log = desk.services["portal"].log.read_text()
    for secret in (slack.app.client_secret, slack.app.bot_token, SUBJECT, "ana@desk.example"):
        assert secret not in log


@pytest.mark.parametrize("handle", ["carmen", "zoe", ""])
async def test_customers_and_guests_are_not_let_in(looking: Looking, number: int, handle: str) -> None:
    desk, slack = looking
    browser = browser_of(desk)

    refused = await browser.sign_in(slack, handle, f"/desk/{number}")
    page = await browser.get(f"/desk/{number}")
    await browser.client.aclose()

    assert (refused.status_code, page.status_code) == (403, 401)
    assert SUBJECT not in refused.text + page.text


async def test_a_session_outlives_the_portal_and_ends_with_the_agent(looking: Looking, number: int) -> None:
    desk, slack = looking
    browser = browser_of(desk)
    await browser.sign_in(slack, "bob")
    await desk.services["portal"].restart()

    after_restart = await browser.get(f"/desk/{number}")
    await desk.api("DELETE", "/agents/bob")
    retired = await browser.get(f"/desk/{number}")
    nobody = await browser.get(f"/desk/{number}")
    await browser.client.aclose()

    assert [answer.status_code for answer in (after_restart, retired, nobody)] == [200, 403, 401]


async def test_while_tickets_is_away_the_page_says_so_and_the_session_stays(looking: Looking, number: int) -> None:
    desk, slack = looking
    browser = browser_of(desk)
    await browser.sign_in(slack, "ana")
    await desk.services["tickets"].kill()

    away = await browser.get(f"/desk/{number}")
    await desk.services["tickets"].start()
    back = await browser.get(f"/desk/{number}")
    await browser.client.aclose()

    assert (away.status_code, back.status_code) == (503, 200)
