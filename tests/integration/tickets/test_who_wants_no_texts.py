"""Whoever wants no texts is told nothing unasked, unless the words reach them by mail; answers are another matter."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import answered, items, routed, settle
from tests.integration.tickets.texts import CARMEN, DESK, texted
from tickets.adapters.postgres.due_store import DueStore
from tickets.domain.timers.lifecycle_timers import KIND, fire_step
from tickets.handlers.timers.fire_due import DueWorker
from ventanilla_runtime.delivery import Delivery

NOW = datetime.now(UTC)
WHY = "the customer wants no texts from this number of the desk"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


def call(sequence: int, **more: Any) -> Delivery:
    """Carmen calls; her ticket is `sequence`, if each delivery opens one."""
    threading = {"message_id": f"AC/CA{sequence}", "conversation": f"sms/{DESK}/{CARMEN}", "opens": True}
    fields = {"decision": {"team": "first-line"}, "channel": "voice", "account": DESK, **more}
    return routed(sequence, sender=CARMEN, threading=threading, at=NOW, **fields)


def wish(sequence: int, said: str, *, seconds: int = 0, channel: str = "sms") -> Delivery:
    at = NOW + timedelta(seconds=seconds)
    return texted(sequence, channel, at=at, disposition="opt_out", disposition_reason=said)


async def asked_for(api: ApiDesk) -> list[str]:
    return [one["medium"] for one in await api.leaving("notification.requested")]


async def proven_mail(api: ApiDesk) -> None:
    await api.database.execute(
        "insert into identity (kind, address, contact_id, grade) select 'email', 'carmen@cliente.example',"
        " contact_id, 'verified' from identity where kind = 'phone' and address = $1",
        CARMEN,
    )


@pytest.mark.parametrize("together", [True, False])
async def test_they_are_told_nothing_and_nothing_fails_until_they_want_texts_again(
    api: ApiDesk, ana: httpx.AsyncClient, together: bool
) -> None:
    if together:
        await settle(api, wish(1, "stop"), call(2))
    else:
        await settle(api, wish(1, "stop"))
        await settle(api, call(2))
    assert await asked_for(api) == []
    assert [one["kind"] for one in await items(ana, "/tickets/1/messages")] == ["customer"]
    assert [one["action"] for one in await history(ana, 1)] == ["ticket.created"]

    await settle(api, wish(3, "start", seconds=1), call(4))
    assert await asked_for(api) == ["sms"]


async def test_no_news_of_the_ticket_or_of_a_callback_goes_to_them(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, wish(1, "stop"), call(2))
    soon = (datetime.now(UTC) + timedelta(hours=5)).isoformat()

    answers = [
        await ana.post("/api/v1/tickets/1/claim"),
        await ana.post("/api/v1/tickets/1/promise", json={"until": soon, "why": "waiting"}),
        await ana.post("/api/v1/tickets/1/callbacks", json={"at": soon, "agent": "ana"}),
        await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "new cable"}),
    ]

    assert [one.is_success for one in answers] == [True] * len(answers), [one.text for one in answers]
    assert await asked_for(api) == []
    assert [one["kind"] for one in await items(ana, "/tickets/1/messages")] == ["customer"]
    [untold] = [one for one in await history(ana, 1) if one["action"] == "callback.untold"]
    assert untold["why"] == WHY


async def test_neither_a_handover_nor_a_merging_is_told_to_them(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, wish(1, "stop"), call(2), call(3))
    up = {"tier": "2", "reason": "The switch needs somebody of networks", "note": "Looked at the port: no light."}

    handed = await ana.post("/api/v1/tickets/1/escalate", json=up)
    boss = await agent(api, "eva", "read", "write", "admin")
    into = {"into": 1, "reason": "The same fault", "tell_customer": True}
    merged = await boss.post("/api/v1/tickets/2/merge", json=into)

    assert (handed.status_code, merged.status_code) == (200, 200), (handed.text, merged.text)
    assert await asked_for(api) == ["email"], "the agent who follows the ticket is told, and nobody else"
    for number in (1, 2):
        assert [one["why"] for one in await history(ana, number) if one["action"] == "notice.withheld"] == [WHY]


async def test_what_an_agent_writes_goes_out_and_may_fail(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, wish(1, "stop"), call(2))
    await ana.post("/api/v1/tickets/1/claim")

    await answered(ana, 1, text="Ya está.")

    assert await asked_for(api) == ["sms"]


async def test_who_has_proven_a_mail_address_is_told_all_the_same_so_that_it_goes_there(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await settle(api, texted(1, at=NOW))
    await proven_mail(api)
    await settle(api, wish(2, "stop", seconds=1), call(3))

    assert await asked_for(api) == ["sms", "sms"], "the second one is refused by the channel, and goes by mail"

    await api.database.execute("update identity set undeliverable_since = now() where kind = 'email'")
    await settle(api, call(4))
    assert await asked_for(api) == ["sms", "sms"]


async def test_a_wish_about_sms_says_nothing_about_whatsapp(api: ApiDesk) -> None:
    await settle(api, wish(1, "stop"), texted(2, "whatsapp", at=NOW))
    assert await asked_for(api) == ["whatsapp"]
    somebody = texted(4, "whatsapp", at=NOW, customer="+34600000002")
    await settle(api, wish(3, "stop", seconds=1, channel="whatsapp"), somebody)
    assert await asked_for(api) == ["whatsapp", "whatsapp"], "nor about anybody else"


async def test_a_reminder_is_withheld_with_the_reason(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, wish(1, "stop"), call(2))
    await ana.patch("/api/v1/tickets/1", json={"status": "pending"})
    await api.database.execute("update due set due_at = due_at - interval '4 days'")

    await DueWorker(DueStore(api.database, api.desk.signer), api.deps, {KIND: fire_step}).fire_once()

    assert await asked_for(api) == []
    assert [(one["action"], one["why"]) for one in await history(ana, 1)][-1] == ("reminder.withheld", WHY)
