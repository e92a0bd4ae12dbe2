"""The images together are a desk: what comes in becomes tickets, answers leave, and each stops when it is told."""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.faults.traffic import Sender, stream
from tests.support.chat_desk import HELP, chat_settings
from tests.support.desk import mail
from tests.support.image_desk import GRACE_SECONDS, ImageDesk
from tests.support.images import DESK, Images
from tests.support.phone_desk import FLOW, PUBLIC, phone_settings
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.asyncio(loop_scope="module")]
MAILS_EACH = 60
"""While one service is stopped and started again."""
PAUSE_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Whole:
    """A desk with its customers' Slack and telephones."""

    desk: ImageDesk
    slack: LocalSlack
    twilio: LocalTwilio


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(servers_folder: Path, images: Images) -> AsyncIterator[Whole]:
    folder = servers_folder / "images"
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        slack = await stack.enter_async_context(LocalSlack())
        twilio = await stack.enter_async_context(LocalTwilio(pace=0.001))
        page = free_port()
        settings = {"PORTAL_HTTP_PORT": str(page), "TICKETS_STATUS_URL": f"http://{HOST}:{page}/s"}
        settings |= {**chat_settings(slack), **phone_settings(twilio)}
        desk = ImageDesk(folder, images, settings, {FLOW.parent: "ro"})
        stack.push_async_callback(desk.end)
        await desk.start(("tickets", "router", "intake-email"))
        acts = await desk.token("read", "write", "act")
        for name in ("intake-chat", "intake-phone"):
            prefix = name.upper().replace("-", "_")
            peers = {f"{prefix}_TICKETS_URL": desk.services["tickets"].url, f"{prefix}_TICKETS_TOKEN": acts}
            await desk.add(name, environment=peers)
        await desk.add_portal()
        twilio.webhooks.routes[PUBLIC] = desk.services["intake-phone"].url
        twilio.number(
            DESK_ES,
            voice_url=f"{PUBLIC}/twilio/voice",
            sms_url=f"{PUBLIC}/twilio/messages",
            status_callback=f"{PUBLIC}/twilio/status/call",
        )
        yield Whole(desk, slack, twilio)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body
    text: str = body.get_content()
    return text


async def ticket_about(desk: ImageDesk, words: str) -> dict[str, Any]:
    async def found() -> Any:
        items = (await desk.api("GET", "/tickets", params={"q": words}))["items"]
        assert len(items) == 1, items
        return items[0]

    return await eventually(found, 30)


async def test_a_mail_is_a_ticket_its_answer_leaves_and_its_page_shows_it(whole: Whole) -> None:
    desk = whole.desk
    await desk.send_later(
        mail("La caldera gotea", "Gotea desde anoche. ¿Pueden venir?", message_id="<c@cliente.example>")
    )
    ticket = await ticket_about(desk, "caldera")
    assert (ticket["channel"], ticket["language"]) == ("email", "es")

    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Va un técnico a las once."})
    acknowledgement, answer = await desk.sent_to("ana@cliente.example", 2)
    assert "Va un técnico a las once." in text_of(answer)

    link = re.search(r"http://\S+/s/\S+", text_of(acknowledgement))
    assert link
    async with httpx.AsyncClient(timeout=20) as client:
        page = await client.get(link[0])
    assert page.status_code == 200
    assert "Va un técnico a las once." in page.text


async def test_a_line_in_slack_and_a_text_are_tickets_too(whole: Whole) -> None:
    whole.slack.hands.write("carmen", HELP, "El proyector de la sala azul no arranca")
    await whole.twilio.text(CARMEN, DESK_ES, "La impresora del almacén no imprime.")
    assert (await ticket_about(whole.desk, "proyector"))["channel"] == "slack"
    assert (await ticket_about(whole.desk, "almacén"))["channel"] == "sms"


async def test_each_service_stops_in_time_and_under_load_nothing_is_lost(
    whole: Whole, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = whole.desk
    before = (await desk.settled(1))["accepted"]
    sender = Sender(desk.smtp_port)
    lines, keys = [], []
    for number, name in enumerate(DESK):
        traffic = asyncio.create_task(stream(sender, f"parada {name}", MAILS_EACH, number, PAUSE_SECONDS))
        await eventually(lambda name=name: [key for key in sender.accepted if name in key], 30)
        stopped = await desk.stop_container(name)
        began = asyncio.get_running_loop().time()
        await desk.services[name].start(ready_within_seconds=60)
        took = asyncio.get_running_loop().time() - began
        keys += await traffic
        lines.append(f"{name:13} stops in {stopped.seconds:4.1f} s, starts in {took:4.1f} s, status {stopped.status}")
        assert stopped.status == 0, lines
        assert stopped.seconds < GRACE_SECONDS / 2, lines
    ledger = await desk.settled(before + len(keys), 120)
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert ledger["missing"] == 0
    assert await tickets_per_subject(desk, keys) == Counter(keys)


async def tickets_per_subject(desk: ImageDesk, keys: list[str]) -> Counter[str]:
    rows = await desk.query("SELECT subject FROM ticket WHERE subject = ANY($1)", keys)
    return Counter(row["subject"] for row in rows)


async def test_who_is_in_the_middle_of_a_session_hears_421(whole: Whole) -> None:
    desk = whole.desk
    reader, writer = await asyncio.open_connection(HOST, desk.smtp_port)
    try:
        assert (await reader.readline()).startswith(b"220")
        writer.write(b"EHLO sender.example\r\n")
        assert (await reader.readline()).startswith(b"250")
        stopping = asyncio.create_task(desk.stop_container("intake-email"))
        lines = [line async for line in reader]
        assert lines[-1].startswith(b"421"), lines
        assert (await stopping).status == 0
    finally:
        writer.close()
    await desk.services["intake-email"].start(ready_within_seconds=60)
