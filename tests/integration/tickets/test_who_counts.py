"""Whose words stop and start the clocks and ladders of a ticket: the customer's and a person's, nobody else's."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.climbing_desk import NOTIFY, arrive, climbing, told
from tests.integration.tickets.desk_people import history
from tests.integration.tickets.routed_mails import answered, settle
from tests.integration.tickets.test_clocks import STANDARD, document, last_mail, new
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.handlers.timers.recompute import differences

SUPPLIER = "ventas@proveedor.example"
ASIDE: dict[str, Any] = {"to": [SUPPLIER], "cc": [], "text": "¿Cuándo llega la pieza?"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await document(desk, "policy", "standard", 1, STANDARD)
        yield desk


@pytest.fixture
async def eva(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


async def bot(api: ApiDesk, name: str = "chatbot") -> httpx.AsyncClient:
    token, _ = await api.tokens.create(name, ["read", "write"], None, bot=True)
    return api.client_with(token)


async def differing(api: ApiDesk) -> list[Any]:
    """What recomputing would change."""
    clocks = ClockReads(api.database, api.levels)
    return [one async for _, found in differences(clocks) for one in found]


async def ticket(client: httpx.AsyncClient, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/api/v1/tickets/{number}")).json()
    return found


async def test_asking_a_supplier_is_no_answer_to_the_customer(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await settle(api, new(1))

    await answered(eva, 1, **ASIDE)

    level = (await ticket(eva))["service_level"]
    assert (level["first_response"]["state"], level["first_response"]["met_at"]) == ("running", None)
    assert await differing(api) == []


async def test_what_a_supplier_answers_is_looked_at_and_starts_no_clock(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await answered(eva, 1)
    await answered(eva, 1, **ASIDE, status="on_hold")

    await settle(api, new(2, sender=SUPPLIER, threading={"in_reply_to": await last_mail(api)}))

    found = await ticket(eva)
    assert found["status"] == "open"
    assert found["service_level"]["next_response"]["state"] == "none"
    assert [line["actor"] for line in await history(eva, 1) if line["action"] == "message.added"] == ["aside"]
    assert await differing(api) == []


async def test_the_customer_who_answers_after_the_supplier_starts_the_clock(
    api: ApiDesk, eva: httpx.AsyncClient
) -> None:
    await settle(api, new(1))
    await answered(eva, 1)
    mail = await last_mail(api)
    await answered(eva, 1, **ASIDE)

    await settle(api, new(2, threading={"in_reply_to": mail}))

    assert (await ticket(eva))["service_level"]["next_response"]["state"] == "running"


async def test_a_supplier_who_is_asked_stops_no_ladder_and_the_customer_who_is_answered_does(api: ApiDesk) -> None:
    boss = await climbing(api, NOTIFY, stops=["answered"])
    await arrive(api)

    await answered(boss, 1, **ASIDE)
    before = await told(api)
    await answered(boss, 1)

    assert before == [("started", "arrival")]
    assert (await told(api))[-1] == ("stopped", "answered")


async def test_what_a_bot_writes_reaches_the_customer_and_answers_nobody(api: ApiDesk) -> None:
    await climbing(api, NOTIFY, stops=["answered"])
    await settle(api, new(1))
    client = await bot(api)

    made = await answered(client, 1, text="Soy un programa. He recibido su mensaje.")

    (mail,) = [one for one in await api.leaving("notification.requested") if "Soy un programa" in one["text"]]
    assert mail["automatic"] is True
    assert made["kind"] == "automatic"
    assert (await ticket(client))["service_level"]["first_response"]["state"] == "running"
    (line,) = [one for one in await history(client, 1) if one["action"] == "reply.sent"]
    assert line["actor"] == "bot:chatbot"
    assert await told(api) == [("started", "arrival")]
    row = await api.database.fetchrow("select first_response_at from ticket")
    assert row["first_response_at"] is None
    assert await differing(api) == []


async def test_a_token_without_an_agent_counts_as_a_persons(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await settle(api, new(1))

    await answered(eva, 1)

    assert (await ticket(eva))["service_level"]["first_response"]["state"] == "met"


async def test_a_ticket_that_a_web_form_opens_has_a_customer_who_waits(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    form = await bot(api, "web form")

    by_form = (await form.post("/api/v1/tickets", json=new_ticket())).json()
    by_hand = (await eva.post("/api/v1/tickets", json=new_ticket())).json()

    assert by_form["service_level"]["first_response"]["state"] == "running"
    assert by_hand["service_level"]["first_response"]["state"] != "running"
    assert await differing(api) == []
