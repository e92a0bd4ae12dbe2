"""Callers who ask for a team: whose telephones ring, who gets the caller, and what the ticket says of it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.desk import RunningDesk
from tests.support.phone_desk import phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")
Phoning = tuple[RunningDesk, LocalTwilio]

FLOW = Path(__file__).parents[1] / "data" / "phone" / "teams.yaml"
SETTINGS = {
    "INTAKE_PHONE_FLOWS": str(FLOW),
    "INTAKE_PHONE_DESK_NUMBER": DESK_ES,
    "INTAKE_PHONE_PAGE_CALL_SECONDS": "0.2",
}
EVA, TOM, LUIS = "+34600000011", "+16175550012", "+34600000031"
AGENTS = {"eva": ("Eva Ruiz", EVA, "first-line"), "tom": ("Tom Baker", TOM, "first-line")}
BILLING = {"luis": ("Luis Gil", LUIS, "billing"), "ines": ("Inés Mas", "+34600000032", "billing")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phoning(servers_folder: Path) -> AsyncIterator[Phoning]:
    folder = servers_folder / "phone-team"
    try:
        async with (
            LocalTwilio(pace=0.001) as twilio,
            phone_desk(folder, twilio, SETTINGS) as desk,
        ):
            for team, title in (("first-line", "Primera línea"), ("billing", "Facturas")):
                body = {"tier": "1", "calendar": "always", "title": {"es": title}}
                await desk.api("PUT", f"/teams/{team}", json=body)
            for handle, (name, phone, team) in (AGENTS | BILLING).items():
                twilio.person(phone, name=name)
                body = {"name": name, "email": f"{handle}@desk.example", "phone": phone, "teams": [{"team": team}]}
                await desk.api("PUT", f"/agents/{handle}", json=body)
            yield desk, twilio
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def asks_for(twilio: LocalTwilio, number: str, key: str) -> Line:
    """Somebody calls and chooses a team."""
    twilio.person(number)
    call = twilio.call(number, DESK_ES)
    await call.hear("Bienvenido", timeout_seconds=20)
    call.press("1")
    await call.hear("Averías")
    call.press(key)
    return call


async def ticket_of(desk: RunningDesk, number: str) -> dict[str, Any]:
    async def found() -> Any:
        items = (await desk.api("GET", "/tickets", params={"requester": number}))["items"]
        assert len(items) == 1, items
        return items[0]

    return await eventually(found, 20)


async def customers_words(desk: RunningDesk, number: int) -> dict[str, Any]:
    items = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
    [message] = [one for one in items if one["kind"] == "customer"]
    return dict(message)


async def test_all_of_a_team_ring_and_whoever_presses_the_key_has_the_caller(phoning: Phoning) -> None:
    desk, twilio = phoning
    caller = await asks_for(twilio, "+34600000061", "1")
    eva, tom = [await twilio.hands.ringing(number, timeout_seconds=10) for number in (EVA, TOM)]
    eva.answer()
    whisper = await eva.hear("Llamada de tres, cuatro, seis")
    assert "para Primera línea" in whisper.text
    eva.press("1")
    await eva.hear("Le pasamos la llamada")
    assert await tom.ended() in ("canceled", "completed", "no-answer")
    eva.speak("Buenos días, soy Eva.")
    await caller.hear("soy Eva")
    caller.hang_up()
    await caller.ended()
    await eva.ended()

    ticket = await ticket_of(desk, "+34600000061")
    assert (ticket["team"], ticket["assignee"]) == ("first-line", "eva")
    assert "Eva Ruiz" in (await customers_words(desk, ticket["number"]))["text"]


async def test_in_turn_one_rings_after_the_other_and_a_private_voicemail_takes_nobody(phoning: Phoning) -> None:
    desk, twilio = phoning
    twilio.person(BILLING["ines"][1], name="Inés Mas", answers="voicemail")
    caller = await asks_for(twilio, "+34600000062", "2")
    await caller.hear("se graba")
    luis = await twilio.hands.ringing(LUIS, timeout_seconds=10)
    luis.answer()
    await luis.hear("Llamada de")
    luis.press("1")
    await luis.hear("Le pasamos")
    luis.speak("Dígame su número de factura.")
    await caller.hear("número de factura")
    luis.hang_up()
    await caller.ended()

    ticket = await ticket_of(desk, "+34600000062")
    assert (ticket["team"], ticket["assignee"]) == ("billing", "luis")
    message = await customers_words(desk, ticket["number"])
    assert [file["filename"] for file in message["attachments"]] == ["conversacion-1.mp3"]


async def test_who_hangs_up_waiting_is_a_missed_call_and_the_phones_stop(phoning: Phoning) -> None:
    desk, twilio = phoning
    caller = await asks_for(twilio, "+34600000063", "1")
    eva, tom = [await twilio.hands.ringing(number, timeout_seconds=10) for number in (EVA, TOM)]
    eva.answer()
    await eva.hear("Llamada de")
    caller.hang_up()
    await caller.ended()
    await tom.ended()
    eva.press("1")
    await eva.hear("Ya no hace falta")
    await eva.ended()

    ticket = await ticket_of(desk, "+34600000063")
    assert "colgó" in ticket["subject"]
    assert ticket["assignee"] is None


async def test_when_nobody_takes_the_call_it_goes_on_to_voicemail(phoning: Phoning) -> None:
    _, twilio = phoning
    caller = await asks_for(twilio, "+34600000064", "1")
    for number in (EVA, TOM):
        line = await twilio.hands.ringing(number, timeout_seconds=10)
        line.answer()
        await line.hear("Llamada de")
        line.hang_up()
    await caller.wait(120)  # silent: whoever does not press the key that is offered is not called back
    await caller.hear("Deje su mensaje", timeout_seconds=20)
    caller.hang_up()
    await caller.ended()


async def test_whoever_is_on_call_is_texted_then_rung_and_takes_the_page_with_a_key(phoning: Phoning) -> None:
    desk, twilio = phoning
    rota = {"zone": "UTC", "layers": [{"members": ["eva"], "first_day": "2026-01-05"}]}
    page = {"after_minutes": 0, "do": "page", "rota": "nights", "answer_within_minutes": 60}
    await desk.api("PUT", "/desk/rotas/nights", json=rota)
    await desk.api("PUT", "/desk/ladders/default", json={"starts": [{"on": "arrival"}], "steps": [page]})
    await desk.services["tickets"].restart()
    await twilio.text("+34600000065", DESK_ES, "Todo parado.")

    text = await twilio.hands.receive(EVA, "Guardia", timeout_seconds=20)
    number = (await ticket_of(desk, "+34600000065"))["number"]
    assert f"#{number} (prioridad normal, Primera línea)" in text.body
    eva = await twilio.hands.ringing(EVA, timeout_seconds=10)
    eva.answer()
    await eva.hear("le necesita")
    eva.press("1")
    await eva.hear("queda anotado")
    await eva.ended()

    lines = (await desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    [line] = [one for one in lines if one["action"] == "page.acknowledged"]
    assert line["actor"] == "agent:eva"
