"""What goes wrong while somebody comes in by a command or a reaction: nothing is lost, nothing is there twice."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_desk import chat_desk
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack

Talking = tuple[RunningDesk, LocalSlack]


@pytest.fixture
async def talking(servers_folder: Path) -> AsyncIterator[Talking]:
    folder = servers_folder / "ways-in"
    try:
        async with LocalSlack() as slack, chat_desk(folder, slack) as desk:
            yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def tickets(desk: RunningDesk, subject: str, count: int = 1) -> list[dict[str, Any]]:
    async def found() -> list[dict[str, Any]]:
        items = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        named = [one for one in items if one["subject"] == subject]
        assert len(named) == count, [one["subject"] for one in items]
        return named

    return await eventually(found, 60)


def roots(slack: LocalSlack, who: str, words: str) -> int:
    """How often the app has begun a conversation with these words."""
    return sum(words in one["text"] for one in slack.hands.messages(who, slack.hands.dm(who)))


async def test_a_first_message_that_was_cut_off_is_found_again_and_written_once(talking: Talking) -> None:
    desk, slack = talking
    slack.faults.add("cut_after", "chat.postMessage")
    await slack.hands.command("carmen", "general", "/ticket El ascensor no baja")
    await tickets(desk, "El ascensor no baja")

    slack.faults.add("internal_error", "conversations.open")
    slack.faults.add("cut_before", "chat.postMessage")
    await slack.hands.command("carmen", "general", "/ticket El ascensor no sube")
    await tickets(desk, "El ascensor no sube")

    assert (roots(slack, "carmen", "no baja"), roots(slack, "carmen", "no sube")) == (1, 1)


async def test_who_is_killed_before_the_first_message_was_remembered_writes_it_once(talking: Talking) -> None:
    desk, slack = talking
    slack.faults.add("cut_after", "chat.postMessage")
    await slack.hands.command("carmen", "general", "/ticket Se ha ido la luz")
    await eventually(lambda: roots(slack, "carmen", "la luz") == 1, 20)
    await desk.services["intake-chat"].kill()
    await desk.services["intake-chat"].start()

    await tickets(desk, "Se ha ido la luz")
    assert roots(slack, "carmen", "la luz") == 1


async def test_customers_are_taken_in_while_the_ticket_service_is_away(talking: Talking) -> None:
    desk, slack = talking
    await desk.api("PUT", "/teams/soporte", json={"tier": "1"})
    person = {"name": "Eva Ruiz", "email": "eva@soporte.example", "teams": [{"team": "soporte"}]}
    await desk.api("PUT", "/agents/eva", json=person)
    message = slack.hands.write("carmen", "general", "La puerta chirría")
    await desk.services["tickets"].kill()

    seen = await slack.hands.command("carmen", "general", "/ticket La ventana también")
    slack.hands.react("soporte-eva", "general", message.ts, "ticket")
    slack.hands.open_home("soporte-eva")
    await eventually(lambda: "tarda en contestar" in repr(slack.hands.home("soporte-eva")), 20)
    await desk.services["tickets"].start()

    assert seen.answered
    await tickets(desk, "La ventana también")
    await tickets(desk, "La puerta chirría")
