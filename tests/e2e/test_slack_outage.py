"""What customers say while nobody listens is all there afterwards, once, over both doors."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.card_desk import FIRST, NETWORK, REST, SEED, CardDesk, card_desk
from tests.support.chat_desk import HELP, chat_desk
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from tests.support.slack import BOTH_DOORS
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")
Talking = tuple[RunningDesk, LocalSlack]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BOTH_DOORS)
async def talking(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Talking]:
    folder = servers_folder / f"outage-{request.param_index}"
    try:
        async with LocalSlack() as slack, chat_desk(folder, slack, http=request.param == "http") as desk:
            slack.limits.mode = "real"
            # From the next start on: over HTTP every second, over a socket, which is more certain, every 15 seconds.
            desk.services["intake-chat"].environment["INTAKE_CHAT_SLACK_CATCH_UP_MINUTES"] = "0.01"
            yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def tickets_of(desk: RunningDesk) -> list[dict[str, Any]]:
    return list((await desk.api("GET", "/tickets", params={"limit": 200}))["items"])


async def ticket_with(desk: RunningDesk, subject: str, within_seconds: float = 40) -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        return next((ticket for ticket in await tickets_of(desk) if ticket["subject"] == subject), {})

    return await eventually(found, within_seconds)


async def words_of(desk: RunningDesk, ticket: dict[str, Any]) -> list[str]:
    said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    return [one["text"] for one in said if one["kind"] == "customer"]


async def lost(slack: LocalSlack) -> None:
    """Every event has come to nothing: nobody was there, and Slack does not try again."""
    await slack.courier.stop()


async def test_what_was_said_during_an_outage_is_there_afterwards_once(talking: Talking) -> None:
    desk, slack = talking
    chat = desk.services["intake-chat"]
    direct = slack.hands.dm("carmen")
    before = slack.hands.write("carmen", HELP, "La impresora no imprime")
    edited = slack.hands.write("carmen", direct, "El portal no abre")
    gone = slack.hands.write("john", HELP, "my password is 1234")
    slack.hands.write("carmen", HELP, "have you tried", thread_ts=gone.ts)
    cafe = slack.hands.create_channel("carmen", f"cafe-{slack.workspace.now()}").id
    slack.hands.invite("carmen", cafe, slack.app.bot_user)
    handed_in = slack.hands.write("carmen", cafe, "La cafetera gotea")
    slack.hands.react("carmen", cafe, handed_in.ts, "ticket")
    coffee = await ticket_with(desk, "La cafetera gotea")
    printer, portal = [await ticket_with(desk, one) for one in ("La impresora no imprime", "El portal no abre")]
    password = await ticket_with(desk, "my password is 1234")

    await chat.stop()
    slack.hands.write("carmen", direct, "Y ahora tampoco la intranet")  # soon enough to be the same conversation
    slack.hands.write("john", slack.hands.dm("john"), "Necesito acceso a la carpeta de ventas")
    slack.hands.write("john", HELP, "The scanner is broken")
    slack.hands.write("john", HELP, "la de la segunda planta", thread_ts=before.ts)
    slack.hands.write("carmen", HELP, "y ahora tampoco escanea", thread_ts=before.ts)
    slack.hands.write("carmen", cafe, "y ahora no calienta", thread_ts=handed_in.ts)
    slack.hands.edit("carmen", direct, edited.ts, "El portal del cliente no abre")
    slack.hands.delete("john", HELP, gone.ts)
    await lost(slack)
    await chat.start()

    await ticket_with(desk, "Necesito acceso a la carpeta de ventas")
    await ticket_with(desk, "The scanner is broken")

    async def all_there() -> bool:
        assert await words_of(desk, printer) == [
            "La impresora no imprime", "la de la segunda planta", "y ahora tampoco escanea",
        ]  # fmt: skip
        assert await words_of(desk, portal) == ["El portal del cliente no abre", "Y ahora tampoco la intranet"]
        assert (await words_of(desk, password))[0] == ""
        assert await words_of(desk, coffee) == ["La cafetera gotea", "y ahora no calienta"]
        return True

    assert await eventually(all_there, 40)

    await chat.restart()
    slack.hands.write("invitada", slack.hands.dm("invitada"), "and one more")
    await ticket_with(desk, "and one more")
    subjects = sorted(ticket["subject"] for ticket in await tickets_of(desk))
    assert len(subjects) == len(set(subjects)) == 7, subjects
    assert not (await desk.api("GET", "/intake/ledger"))["channels"]["slack"]["settled"].get("duplicate")


async def test_an_event_that_slack_has_lost_is_found_some_day(talking: Talking) -> None:
    desk, slack = talking
    slack.faults.dropped_events = 2
    slack.hands.write("carmen", HELP, "Se ha perdido")
    slack.hands.write("john", slack.hands.dm("john"), "lost")
    assert slack.faults.dropped_events == 0

    await ticket_with(desk, "Se ha perdido", 60)
    slack.hands.write("carmen", HELP, "No se ha perdido")
    await ticket_with(desk, "No se ha perdido")


async def test_a_note_that_was_written_below_a_card_meanwhile_is_in_the_ticket(servers_folder: Path) -> None:
    folder = servers_folder / "outage-notes"
    try:
        async with LocalSlack(seed=SEED) as slack, card_desk(folder, slack) as at:
            chat = await at.add_chat()
            slack.hands.write("carmen", HELP, "El servidor no responde")
            ticket = await ticket_with(at.desk, "El servidor no responde")
            channel, card = await eventually(lambda: _card(at, ticket["number"]), 30)
            if channel != FIRST:
                slack.hands.invite(_SOMEBODY[channel], channel, slack.workspace.person("eva").id)
            await chat.stop()
            slack.hands.write("eva", channel, "ya lo miro yo", thread_ts=card["ts"])
            await lost(slack)
            await chat.start()

            async def noted() -> list[str]:
                said = (await at.desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
                return [one["text"] for one in said if one["kind"] == "note"]

            assert await eventually(noted, 30) == ["ya lo miro yo"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_SOMEBODY = {FIRST: "eva", NETWORK: "nora", REST: "raul"}


def _card(at: CardDesk, number: int) -> tuple[str, dict[str, Any]] | None:
    return next(((channel, card) for channel in _SOMEBODY for card in at.cards(channel, number)), None)


@pytest.mark.long
@pytest.mark.timeout(700)
async def test_with_one_call_of_history_a_minute_all_comes_in_the_background(servers_folder: Path) -> None:
    folder = servers_folder / "outage-small"
    try:
        async with LocalSlack(history="small") as slack, chat_desk(folder, slack) as desk:
            slack.limits.mode = "real"
            await desk.services["intake-chat"].stop()
            chat = desk.services["intake-chat"]
            chat.environment["INTAKE_CHAT_SLACK_SMALL_HISTORY"] = "true"
            first = slack.hands.write("carmen", HELP, "asunto 0")
            for number in range(1, 20):
                slack.hands.write("carmen", HELP, f"asunto {number}")
            slack.hands.write("john", HELP, "me too", thread_ts=first.ts)
            for number in range(17):  # more than a page; they are one matter, and begin with the first
                slack.hands.write("carmen", slack.hands.dm("carmen"), f"directo {number}")
            await lost(slack)
            await chat.start()

            # What is said now is not held up by what was said then.
            slack.hands.write("john", slack.hands.dm("john"), "live")
            await ticket_with(desk, "live", 10)
            wanted = {f"asunto {number}" for number in range(20)} | {"directo 0", "live"}
            behind = {ticket["subject"] for ticket in await tickets_of(desk)}
            assert behind < wanted

            async def all_there() -> bool:
                subjects = [ticket["subject"] for ticket in await tickets_of(desk)]
                assert set(subjects) == wanted
                assert len(subjects) == len(wanted)
                return True

            assert await eventually(all_there, 560, every_seconds=2)
            ticket = await ticket_with(desk, "asunto 0")
            assert await words_of(desk, ticket) == ["asunto 0", "me too"]
            ticket = await ticket_with(desk, "directo 0")
            assert await words_of(desk, ticket) == [f"directo {number}" for number in range(17)]
            # One call that Slack refuses tells how long to wait, because the one before us used up the budget.
            assert slack.limits.refused.get("conversations.history", 0) <= 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
