"""Whoever called from where no text arrives, a landline or a withheld number: nothing is sent that cannot arrive."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import answered, items, message, routed, settle
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_reports
from ventanilla_runtime.delivery import Delivery

DESK, LANDLINE, MOBILE, WITHHELD = "+34910000000", "+34930000077", "+34600111222", "withheld/CA1"
MAIL = "carmen@cliente.example"


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


@pytest.mark.parametrize(("channel", "sender"), [("sms", "withheld/SM1"), ("whatsapp", "malformed/SM1")])
async def test_whoever_texts_without_a_number_is_told_nothing_and_an_answer_is_refused(
    api: ApiDesk, ana: httpx.AsyncClient, channel: str, sender: str
) -> None:
    await settle(api, call(1, sender, channel=channel))

    reply = await ana.post("/api/v1/tickets/1/replies", json={"text": "Ya está."})

    assert await api.leaving("notification.requested") == []
    assert [one["kind"] for one in await items(ana, "/tickets/1/messages")] == ["customer"]
    assert [one["action"] for one in await history(ana, 1)] == ["ticket.created"]
    assert (reply.status_code, reply.json()["detail"]) == (
        409,
        "whoever texted showed no number to answer at; write an internal note",
    )


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
        (MOBILE, "no text arrives at the number that called; call the customer back, or write an internal note"),
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


async def on_file(api: ApiDesk, kind: str, address: str, *, caller: str = LANDLINE, since: str = "2026-01-01") -> None:
    """The desk keeps an address of whoever has a number."""
    customer = f"phone/{caller}"
    await api.database.execute("insert into customer_mark (name) values ($1) on conflict do nothing", customer)
    await api.database.execute(
        "insert into customer_way (customer, kind, address, added_at) values ($1, $2, $3, $4::text::timestamptz)",
        customer, kind, address, since,
    )  # fmt: skip


async def asked_for(api: ApiDesk) -> list[tuple[str, str]]:
    return [(one["medium"], one["to"]["address"]) for one in await api.leaving("notification.requested")]


async def test_whoever_has_a_mail_address_on_file_is_answered_and_told_all_there(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await on_file(api, "phone", MOBILE)
    await on_file(api, "email", MAIL)
    await settle(api, call(1, LANDLINE, subject="Mensaje de voz"))
    soon = (datetime.now(UTC) + timedelta(hours=5)).isoformat()
    assert await asked_for(api) == [("email", MAIL)], "the acknowledgement"

    place = await ana.get("/api/v1/tickets/1/replies/place")
    preview = await ana.post("/api/v1/tickets/1/replies/preview", json={"text": "Ya está."})
    answer = await answered(ana, 1, text="Ya está.")
    await ana.post("/api/v1/tickets/1/callbacks", json={"at": soon, "agent": "ana"})
    await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "new cable"})

    for shown in (place.json(), preview.json(), preview.json()["place"]):
        assert (shown["medium"], shown["to"]["address"]) == ("email", "c***@cliente.example")
    assert await asked_for(api) == [("email", MAIL)] * 4
    mail = next(one for one in await api.leaving("notification.requested") if not one["automatic"])
    assert "Ya está." in mail["text"]
    assert mail["mail"]["references"] == [], "nothing was mailed before"
    assert all(one["subject"] for one in await api.leaving("notification.requested"))
    gone = [one for one in await history(ana, 1) if one["action"] == "notification.fallback"]
    assert [one["detail"]["masked"] for one in gone] == ["c***@cliente.example"] * 4
    assert gone[1]["detail"] == {
        "message": answer["id"], "kind": "agent", "failed": "sms", "medium": "email", "masked": "c***@cliente.example",
    }  # fmt: skip
    assert MAIL not in (await ana.get("/api/v1/tickets/1/messages")).text, "it is not everybody's to read"

    await note_reports([Report(mail["id"], "failed", "rejected: 550")], OutboundStore(api.database), api.deps)
    assert (await message(ana, 1, answer["id"]))["delivery"]["state"] == "failed"
    assert {medium for medium, _ in await asked_for(api)} == {"email"}, "there is no third way"


async def test_a_mobile_number_on_file_is_texted_where_there_is_no_mail(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await on_file(api, "phone", MOBILE)
    await settle(api, call(1, LANDLINE))
    await answered(ana, 1, text="Ya está.")

    told = await api.leaving("notification.requested")
    place = (await ana.get("/api/v1/tickets/1/replies/place")).json()
    assert (place["to"]["address"], place["conversation"], MOBILE in str(place)) == ("+34 *** *** 22", None, False)
    assert await asked_for(api) == [("sms", MOBILE)] * 2
    assert {one["chat"]["account"] for one in told} == {DESK}
    assert told[1]["text"] == "Ya está."


@pytest.mark.parametrize(
    ("caller", "kind", "address", "since"),
    [
        (LANDLINE, "email", "carmen@cliente.example", "2099-01-01"),
        (LANDLINE, "phone", "+34930000078", "2026-01-01"),
        (MOBILE, "phone", "+34600111223", "2026-01-01"),
    ],
)
async def test_nothing_goes_to_what_came_on_file_since_nor_where_no_text_arrives_or_from_where_none_leaves(
    api: ApiDesk, ana: httpx.AsyncClient, caller: str, kind: str, address: str, since: str
) -> None:
    await on_file(api, kind, address, caller=caller, since=since)
    await settle(api, call(1, caller))

    assert (await ana.post("/api/v1/tickets/1/replies", json={"text": "Ya está."})).status_code == 409
    assert await asked_for(api) == []


async def test_a_number_on_file_whose_owner_wants_no_texts_gets_none(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await on_file(api, "phone", MOBILE)
    wish = {"channel": "sms", "disposition": "opt_out", "disposition_reason": "stop"}
    await settle(api, call(1, MOBILE, f"sms/{DESK}/{MOBILE}", **wish), call(2, LANDLINE))

    assert (await ana.post("/api/v1/tickets/1/replies", json={"text": "Ya está."})).status_code == 409
    assert await asked_for(api) == []
