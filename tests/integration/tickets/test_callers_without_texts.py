"""Whoever called from where no text arrives, a landline or a withheld number: nothing is sent that cannot arrive."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import items, routed, settle
from ventanilla_runtime.delivery import Delivery

DESK, LANDLINE, MOBILE, WITHHELD = "+34910000000", "+34930000077", "+34600111222", "withheld/CA1"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


def call(sequence: int, sender: str, conversation: str | None = None, **more: Any) -> Delivery:
    threading = {"message_id": f"AC/CA{sequence}", "conversation": conversation}
    fields = {"decision": {"team": "first-line"}, "channel": "voice", "account": DESK, **more}
    return routed(sequence, sender=sender, threading=threading, **fields)


@pytest.mark.parametrize("sender", [LANDLINE, WITHHELD])
async def test_they_are_told_nothing_and_nothing_fails_while_a_mobile_number_gets_its_text(
    api: ApiDesk, ana: httpx.AsyncClient, sender: str
) -> None:
    await settle(api, call(1, sender), call(2, MOBILE, f"sms/{DESK}/{MOBILE}"))

    [told] = await api.leaving("notification.requested")
    assert (told["ticket_number"], told["medium"]) == (2, "sms")
    assert [one["kind"] for one in await items(ana, "/tickets/1/messages")] == ["customer"]
    assert [one["action"] for one in await history(ana, 1)] == ["ticket.created"]


async def test_no_news_of_the_ticket_or_of_a_callback_goes_to_them(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, call(1, LANDLINE))
    soon = (datetime.now(UTC) + timedelta(hours=5)).isoformat()

    answers = [
        await ana.post("/api/v1/tickets/1/claim"),
        await ana.post("/api/v1/tickets/1/promise", json={"until": soon, "why": "waiting"}),
        await ana.post("/api/v1/tickets/1/callbacks", json={}),
        await ana.patch("/api/v1/tickets/1", json={"status": "pending"}),
        await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "new cable"}),
        await ana.patch("/api/v1/tickets/1", json={"status": "open"}),
    ]

    assert [one.is_success for one in answers] == [True] * len(answers), [one.text for one in answers]
    assert await api.leaving("notification.requested") == []
    assert [one["kind"] for one in await items(ana, "/tickets/1/messages")] == ["customer"]


@pytest.mark.parametrize(
    ("sender", "why"),
    [
        (LANDLINE, "no text arrives at the number that called; call the customer back, or write an internal note"),
        (WITHHELD, "whoever called showed no number, so nobody can write to them; write an internal note"),
    ],
)
async def test_an_answer_by_hand_is_refused_with_what_to_do_before_anything_is_written(
    api: ApiDesk, ana: httpx.AsyncClient, sender: str, why: str
) -> None:
    await settle(api, call(1, sender))
    before = len(await history(ana, 1))

    place = await ana.get("/api/v1/tickets/1/replies/place")
    preview = await ana.post("/api/v1/tickets/1/replies/preview", json={"text": "Ya está."})
    held = await ana.post("/api/v1/tickets/1/replies", json={"text": "Ya está.", "hold_seconds": 10})
    reply = await ana.post("/api/v1/tickets/1/replies", json={"text": "Ya está."})
    note = await ana.post("/api/v1/tickets/1/replies", json={"text": "Llamada.", "internal": True})

    refused = [(one.status_code, one.json()["detail"]) for one in (place, preview, held, reply)]
    assert refused == [(409, why)] * 4
    assert note.status_code == 201
    assert len(await history(ana, 1)) == before + 1
