"""A caller who would rather be called back: an agent first, then the customer, and the ticket says what came of it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.desk import RunningDesk
from tests.support.phone_desk import phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")
Phoning = tuple[RunningDesk, LocalTwilio]

FLOW = Path(__file__).parents[1] / "data" / "phone" / "callback.yaml"
EVA, TOM = "+34600000011", "+16175550012"
CUSTOMER = "+34600000071"
AGENTS = {"eva": ("Eva Ruiz", EVA, ["es"]), "tom": ("Tom Baker", TOM, ["en"])}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phoning(servers_folder: Path) -> AsyncIterator[Phoning]:
    folder = servers_folder / "phone-callbacks"
    try:
        async with (
            LocalTwilio(pace=0.001) as twilio,
            phone_desk(folder, twilio, {"INTAKE_PHONE_FLOWS": str(FLOW)}) as desk,
        ):
            await desk.api("PUT", "/teams/first-line", json={"tier": "1"})
            for handle, (name, phone, languages) in AGENTS.items():
                twilio.person(phone, name=name)
                body = {"name": name, "email": f"{handle}@desk.example", "phone": phone, "languages": languages}
                await desk.api("PUT", f"/agents/{handle}", json={**body, "teams": [{"team": "first-line"}]})
            yield desk, twilio
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def ticket_of(desk: RunningDesk, number: str) -> int:
    async def found() -> Any:
        items = (await desk.api("GET", "/tickets", params={"requester": number}))["items"]
        assert len(items) == 1, items
        return items[0]["number"]

    return int(await eventually(found, 20))


async def callbacks_of(desk: RunningDesk, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.api("GET", f"/tickets/{number}/callbacks"))["items"]
    return found


async def state_of(desk: RunningDesk, number: int, state: str) -> dict[str, Any]:
    async def found() -> Any:
        [one] = await callbacks_of(desk, number)
        assert one["state"] == state, one
        return one

    return dict(await eventually(found, 20))


async def test_from_a_key_in_the_queue_to_the_talk_agents_first_then_the_customer(phoning: Phoning) -> None:
    desk, twilio = phoning
    twilio.person(CUSTOMER)
    call = twilio.call(CUSTOMER, DESK_ES)
    waited = await twilio.hands.ringing(EVA, timeout_seconds=20)
    await call.hear("que le llamemos", timeout_seconds=20)
    call.press("1")
    await call.ended()
    await waited.ended()
    number = await ticket_of(desk, CUSTOMER)

    eva = await twilio.hands.ringing(EVA, timeout_seconds=20)
    eva.refuse()
    tom = await twilio.hands.ringing(TOM, timeout_seconds=20)
    tom.answer()
    await tom.hear("A callback for ticket")
    tom.press("1")
    customer = await twilio.hands.ringing(CUSTOMER, timeout_seconds=20)
    assert customer.call.from_ == DESK_ES
    await state_of(desk, number, "talking")
    customer.answer()
    tom.speak("Good morning, this is Tom.")
    await customer.hear("this is Tom")
    customer.hang_up()
    await tom.ended()

    [attempt] = (await state_of(desk, number, "done"))["attempts"]
    assert (attempt["outcome"], attempt["agent"]) == ("talked", "tom")
    assert attempt["call"] == customer.call.sid
    items = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
    assert any(one["kind"] == "note" and "Tom Baker" in one["text"] for one in items)
    lines = (await desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    assert [one["actor"] for one in lines if one["action"] == "callback.talked"] == ["agent:tom"]


async def test_an_agent_who_hangs_up_while_it_rings_has_given_up(phoning: Phoning) -> None:
    desk, twilio = phoning
    number = await ticket_of(desk, CUSTOMER)
    made = await desk.api("POST", f"/tickets/{number}/callbacks", json={})
    eva = await twilio.hands.ringing(EVA, timeout_seconds=20)
    eva.answer()
    await eva.hear("Una llamada que devolver")
    eva.press("1")
    customer = await twilio.hands.ringing(CUSTOMER, timeout_seconds=20)
    eva.hang_up()
    await customer.ended()

    async def given_up() -> Any:
        [one] = [one for one in await callbacks_of(desk, number) if one["id"] == made["id"]]
        assert one["outcome"] == "agent_gave_up", one
        return one

    [attempt] = (await eventually(given_up, 20))["attempts"]
    assert (attempt["outcome"], attempt["agent"]) == ("agent_gave_up", "eva")
    await desk.api("DELETE", f"/tickets/{number}/callbacks/{made['id']}")


async def test_what_is_called_off_stops_ringing(phoning: Phoning) -> None:
    desk, twilio = phoning
    number = await ticket_of(desk, CUSTOMER)
    made = await desk.api("POST", f"/tickets/{number}/callbacks", json={})
    eva = await twilio.hands.ringing(EVA, timeout_seconds=20)
    await desk.api("DELETE", f"/tickets/{number}/callbacks/{made['id']}")

    await eva.ended()
    assert not [one for one in twilio.exchange.calls.values() if one.to == CUSTOMER and one.status == "ringing"]
