"""Calls and texts while the broker is away: answered, and tickets once it is there again."""

import asyncio
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.desk import RunningDesk
from tests.support.phone_desk import phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

TEXTS, VOICEMAILS, MISSED = 50, 10, 20
TEAMS = str(Path(__file__).parents[1] / "data" / "phone" / "teams.yaml")


async def voicemail(twilio: LocalTwilio, number: str) -> None:
    call = twilio.call(number, DESK_ES)
    await call.hear("pulse uno", timeout_seconds=30)
    call.press("1")
    await call.hear("dejar un mensaje", timeout_seconds=30)
    call.press("3")
    await call.hear("señal", timeout_seconds=30)
    call.speak(f"No funciona nada en {number}", seconds=4)
    call.press("#")
    await call.ended(30)


async def missed(twilio: LocalTwilio, number: str) -> None:
    call = twilio.call(number, DESK_ES)
    await call.hear("Bienvenido", timeout_seconds=30)
    call.hang_up()
    await call.ended(30)


async def later(one: Coroutine[Any, Any, Any], seconds: float) -> None:
    await asyncio.sleep(seconds)
    await one


async def slowest_answers(url: str) -> float:
    """How many documents of calls took longer than a second."""
    async with httpx.AsyncClient() as client:
        families = text_string_to_metric_families((await client.get(f"{url}/metrics")).text)
    samples = [one for family in families for one in family.samples if one.labels.get("door") in ("voice", "step")]
    counted = sum(one.value for one in samples if one.name.endswith("_count"))
    in_time = sum(one.value for one in samples if one.name.endswith("_bucket") and one.labels["le"] == "1.0")
    assert counted >= VOICEMAILS + MISSED
    return counted - in_time


@pytest.mark.parametrize("seconds", [0, pytest.param(600, marks=(pytest.mark.long, pytest.mark.timeout(1_000)))])
async def test_what_came_while_the_broker_was_away_is_tickets_once(servers_folder: Path, seconds: int) -> None:
    """`seconds`: over which what comes is spread; 0: as fast as it goes."""
    folder = servers_folder / "phone-outage"
    try:
        async with LocalTwilio(pace=0.001) as twilio, phone_desk(folder, twilio) as desk:
            desk.nats.kill()
            begun = time.monotonic()
            comes = [
                *(missed(twilio, f"+346001{place:05}") for place in range(MISSED)),
                *(voicemail(twilio, f"+346002{place:05}") for place in range(VOICEMAILS)),
                *(twilio.text(f"+346003{place:05}", DESK_ES, f"Texto {place}") for place in range(TEXTS)),
            ]
            random.Random(20261128).shuffle(comes)
            await asyncio.gather(*(later(one, seconds * place / len(comes)) for place, one in enumerate(comes)))
            await asyncio.sleep(max(begun + seconds - time.monotonic(), 0))
            await twilio.callbacks.settle()
            assert seconds <= time.monotonic() - begun < seconds + 120
            statuses = Counter((one.kind, one.status) for one in twilio.webhooks.sent)
            assert {status for (kind, status), _ in statuses.items() if kind == "message"} == {503}
            assert {status for (kind, status), _ in statuses.items() if kind != "message"} <= {200, 503}
            assert await slowest_answers(desk.services["intake-phone"].url) == 0, "every call is answered in a second"
            await asyncio.to_thread(desk.nats.start)

            async def all_there() -> Counter[str]:
                tickets = []
                cursor: dict[str, str] = {}
                while True:
                    page = await desk.api("GET", "/tickets", params={"limit": 100, **cursor})
                    tickets += page["items"]
                    if not page["next"]:
                        break
                    cursor = {"cursor": page["next"]}
                found = Counter(one["subject"].partition(" de ")[0] for one in tickets)
                assert sum(found.values()) >= TEXTS + VOICEMAILS + MISSED, found
                return found

            found = await eventually(all_there, 60)
            assert (found["Mensaje"], found["Llamada perdida"]) == (VOICEMAILS, MISSED), found  # Mensaje de voz de +34…
            assert sum(found.values()) == TEXTS + VOICEMAILS + MISSED, found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


AGENTS = {"+34600000031": "luis", "+34600000032": "ines"}
CALLER = "+34600000066"
MOST_TRIES = 5
"""In INTAKE_PHONE_ACCEPT_SECONDS of these tests."""


@asynccontextmanager
async def rung_in_turn(folder: Path) -> AsyncIterator[tuple[RunningDesk, LocalTwilio, Line, Line, str]]:
    """Somebody waits for a team of two; gives desk, Twilio, the caller, the telephone that rings, and whose is next."""
    try:
        async with LocalTwilio(pace=0.02) as twilio, phone_desk(folder, twilio, {"INTAKE_PHONE_FLOWS": TEAMS}) as desk:
            for team in ("first-line", "billing"):
                await desk.api("PUT", f"/teams/{team}", json={"tier": "1", "calendar": "always"})
            for phone, handle in AGENTS.items():
                twilio.person(phone)
                about = {"name": handle.title(), "email": f"{handle}@desk.example", "phone": phone}
                await desk.api("PUT", f"/agents/{handle}", json={**about, "teams": [{"team": "billing"}]})
            twilio.person(CALLER)
            caller = twilio.call(CALLER, DESK_ES)
            await caller.hear("Bienvenido", timeout_seconds=20)
            caller.press("1")
            await caller.hear("Averías", timeout_seconds=20)
            caller.press("2")
            rings = [asyncio.create_task(twilio.hands.ringing(one, timeout_seconds=60)) for one in AGENTS]
            [first], [other] = await asyncio.wait(rings, return_when=asyncio.FIRST_COMPLETED)
            other.cancel()
            line = first.result()
            await caller.hear("puesto", timeout_seconds=20)
            yield desk, twilio, caller, line, next(phone for phone in AGENTS if phone != line.call.to)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def comes_back(desk: RunningDesk, lost: str) -> None:
    """The broker was away for longer than anybody waits for it; `kill`: what the phone service still knew is lost."""
    phone = desk.services["intake-phone"]
    await eventually(lambda: sum(one["event"] == "accept.waits" for one in phone.events()) > MOST_TRIES, 20)
    if lost == "kill":
        await phone.kill()
    await asyncio.to_thread(desk.nats.start)
    if lost == "kill":
        await phone.start()

    async def ready() -> bool:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{phone.url}/readyz")).status_code == 200

    await eventually(ready, 20)


async def the_ticket(desk: RunningDesk) -> tuple[dict[str, Any], list[str]]:
    """The one ticket of the caller, and the names of its files."""

    async def found() -> dict[str, Any]:
        items = (await desk.api("GET", "/tickets", params={"requester": CALLER}))["items"]
        assert len(items) == 1, items
        return dict(items[0])

    ticket = await eventually(found, 40)
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    return ticket, [file["filename"] for one in messages for file in one["attachments"]]


def calls_to(twilio: LocalTwilio, phone: str) -> int:
    return sum(call.to == phone for call in twilio.exchange.calls.values())


async def test_the_end_of_a_leg_that_nobody_could_keep_is_found_and_the_next_one_rings(servers_folder: Path) -> None:
    async with rung_in_turn(servers_folder / "phone-leg-outage") as (desk, twilio, caller, line, other):
        desk.nats.kill()
        line.refuse()
        await line.ended()
        await twilio.callbacks.settle()
        await asyncio.to_thread(desk.nats.start)
        line = await twilio.hands.ringing(other, timeout_seconds=60)
        line.answer()
        await line.hear("Llamada de", timeout_seconds=20)
        line.press("1")
        await line.hear("Le pasamos", timeout_seconds=20)
        caller.hang_up()
        await caller.ended(20)


@pytest.mark.parametrize("lost", ["outage", "kill"])
async def test_who_took_a_caller_while_the_broker_was_away_has_the_ticket_with_the_talk(
    servers_folder: Path, lost: str
) -> None:
    async with rung_in_turn(servers_folder / f"phone-taken-{lost}") as (desk, twilio, caller, line, other):
        line.answer()
        await line.hear("Llamada de", timeout_seconds=20)
        desk.nats.kill()
        line.press("1")
        await line.hear("Le pasamos", timeout_seconds=20)
        line.speak("Dígame su número de factura.")
        await comes_back(desk, lost)
        await line.wait(60)
        line.hang_up()
        await caller.ended(20)

        ticket, files = await the_ticket(desk)
        assert (ticket["assignee"], files) == (AGENTS[line.call.to], ["conversacion-1.mp3"])
        await twilio.callbacks.settle()
        assert calls_to(twilio, other) == 0, "nobody is rung for whoever was served"


@pytest.mark.parametrize("lost", ["outage", "kill"])
async def test_who_hung_up_while_the_broker_was_away_is_rung_for_no_longer(servers_folder: Path, lost: str) -> None:
    async with rung_in_turn(servers_folder / f"phone-gone-{lost}") as (desk, twilio, caller, line, other):
        desk.nats.kill()
        caller.hang_up()
        await caller.ended(20)
        await comes_back(desk, lost)

        ticket, _ = await the_ticket(desk)
        assert "colgó en la cola" in ticket["subject"]
        if not line.over:
            line.refuse()
        await line.ended(20)
        await twilio.callbacks.settle()
        assert calls_to(twilio, other) == 0
