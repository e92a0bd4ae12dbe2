"""A ticket that nobody takes, whole: a signed webhook arrives, an agent is paged, opens the link and takes it."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.integration.tickets.webhook_receiver import SECRET, Receiver, receiving, verified
from tests.support.commands import run_beside
from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAM = "technical"
"""Where the rules that are shipped send the letter. Somebody is there at any hour: else the page would wait for day."""
PEOPLE = f"""\
teams:
  - {{name: {TEAM}, title: {{es: Técnicos, en: Technical}}, calendar: always}}
agents:
  - {{handle: eva, name: Eva Ruiz, email: eva@desk.example, teams: [{TEAM}]}}
"""
DOCUMENTS = {
    "rotas/nights": {"zone": "UTC", "layers": [{"members": ["eva"], "first_day": "2026-01-05"}]},
    "ladders/default": {
        "starts": [{"on": "arrival"}],
        "steps": [
            {"after_minutes": 0, "do": "webhook", "webhook": "status"},
            {"after_minutes": 0, "do": "page", "rota": "nights", "answer_within_minutes": 60},
        ],
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        found.answers = ["500"]
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers_folder: Path, receiver: Receiver) -> AsyncIterator[RunningDesk]:
    """A desk whose ladder calls a webhook and then pages Eva, at any hour."""
    webhooks = {"status": {"url": receiver.url, "secret": SECRET}}
    running = RunningDesk(servers_folder / "paged", {"TICKETS_WEBHOOKS": json.dumps(webhooks)})
    try:
        async with running.running():
            await running.add_portal()
            (running.folder / "desk.yaml").write_text(PEOPLE)
            await tickets(running, "import-desk", str(running.folder / "desk.yaml"))
            for path, content in DOCUMENTS.items():
                await running.api("PUT", f"/desk/{path}", json=content)
            await running.services["tickets"].restart()  # so that it knows the documents from the first mail on
            yield running
    finally:
        shutil.rmtree(running.folder, ignore_errors=True)


async def tickets(desk: RunningDesk, *arguments: str) -> str:
    """What a command of the service says."""
    said = await run_beside("tickets", *arguments, environment=desk.services["tickets"].environment)
    assert said.code == 0, said.err
    return said.out.strip()


async def climbed(desk: RunningDesk, number: int) -> list[dict[str, Any]]:
    """Lines of the history about the ladder, pages and webhooks."""
    lines = (await desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    return [line for line in lines if line["action"].partition(".")[0] in ("ladder", "page", "webhook")]


async def test_a_ticket_that_nobody_takes_calls_out_and_its_page_is_taken_by_the_link(
    desk: RunningDesk, receiver: Receiver
) -> None:
    letter = mail("Todo parado", "No funciona nada desde hace una hora.", message_id="<parado@cliente.example>")
    await desk.send_later(letter)

    await eventually(lambda: len(receiver.calls) >= 2, 30)
    first, second = receiver.calls[:2]
    assert first.id == second.id
    assert first.body == second.body
    assert verified(first)
    assert verified(second)
    number = first.data["ticket"]["number"]
    assert first.data["id"] == first.id

    [page] = await desk.sent_to("eva@desk.example")
    body = page.get_body(("plain",))
    assert body is not None
    path = re.search(r"/p/\S+", body.get_content())
    assert path
    async with httpx.AsyncClient(base_url=desk.services["portal"].url, headers={"accept-language": "en"}) as browser:
        opened = [(await browser.get(path[0])).text for _ in range(2)]
        pressed = await browser.post(path[0], headers={"sec-fetch-site": "same-origin"})
        taken = (await browser.get(pressed.headers["location"])).text
        again = await browser.post(path[0])
        forged = await browser.get(path[0][:-1] + ("a" if path[0][-1] != "a" else "b"))

    assert all("Nobody yet." in text and "Todo parado" in text for text in opened)
    assert (pressed.status_code, again.status_code, forged.status_code) == (303, 303, 404)
    assert "Eva Ruiz has it." in taken
    actions = [line["action"] for line in await climbed(desk, number)]
    assert actions.count("webhook.delivered") == 1
    assert actions.count("page.acknowledged") == 1
    for service in desk.services.values():
        text = service.log.read_text()
        assert SECRET.removeprefix("whsec_") not in text
        assert "of-the-address" not in text
