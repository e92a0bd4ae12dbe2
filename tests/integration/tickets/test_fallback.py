"""A text that does not arrive goes out again by another way of the same contact: once, and never in circles."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import answered, items, message, routed, settle
from tests.integration.tickets.texts import CARMEN, DESK, texted
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_reports
from ventanilla_contracts.events import Undelivered
from ventanilla_contracts.history_text import said_of

CARMEN_MAIL = "carmen@cliente.example"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="Eva")


async def on_file(api: ApiDesk, address: str = CARMEN_MAIL, *, since: str = "2026-01-01", kind: str = "email") -> None:
    """The desk keeps an address of whoever has Carmen's number."""
    customer = f"phone/{CARMEN}"
    await api.database.execute("insert into customer_mark (name) values ($1) on conflict do nothing", customer)
    await api.database.execute(
        "insert into customer_way (customer, kind, address, added_at) values ($1, $2, $3, $4::text::timestamptz)",
        customer, kind, address, since,
    )  # fmt: skip


async def proven(api: ApiDesk, grade: str) -> None:
    """Carmen has another address, and has proven it or not."""
    await api.database.execute(
        "insert into identity (kind, address, contact_id, grade) select 'email', $1, contact_id, $2 from identity"
        " where kind = 'phone' and address = $3",
        CARMEN_MAIL, grade, CARMEN,
    )  # fmt: skip


async def failed(api: ApiDesk, detail: str = "unreachable: 30003", notification: str = "") -> str:
    """The phone or mail service says that the last answer failed; returns its notification."""
    if not notification:
        [row] = await api.database.fetch(
            "select notification_id from message where kind = 'agent' order by accepted_at desc limit 1"
        )
        notification = row["notification_id"]
    await note_reports([Report(notification, "failed", detail)], OutboundStore(api.database), api.deps)
    return notification


async def asked_for(api: ApiDesk, medium: str) -> list[dict[str, Any]]:
    asked = await api.leaving("notification.requested")
    return [one for one in asked if one["medium"] == medium and not one["automatic"]]


async def lines(agent: httpx.AsyncClient, action: str) -> list[dict[str, Any]]:
    return [one for one in await items(agent, "/tickets/1/history") if one["action"] == action]


async def test_the_same_words_go_by_mail_to_an_address_that_was_on_file(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, texted(1))
    await on_file(api)
    answer = await answered(agent, 1, text="Reinicie la impresora.", status="pending")

    await failed(api)

    [mail] = await asked_for(api, "email")
    assert mail["to"]["address"] == CARMEN_MAIL
    assert "Reinicie la impresora." in mail["text"]
    assert "No imprime" not in mail["text"], "nothing else is told"
    assert mail["mail"]["from_address"] == MAILBOX
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "queued"
    assert (await agent.get("/api/v1/tickets/1")).json()["status"] == "pending", "nobody has to do anything"
    [line] = await lines(agent, "notification.fallback")
    assert line["why"] == "unreachable: 30003"
    assert (line["detail"]["failed"], line["detail"]["medium"]) == ("sms", "email")
    assert line["detail"]["masked"] == "c***@cliente.example"
    assert CARMEN_MAIL not in (await agent.get("/api/v1/tickets/1/messages")).text, "it is not everybody's to read"
    assert await lines(agent, "notification.failed") == []
    [event] = await api.leaving("ticket.message_changed")
    assert event["message_id"] == answer["id"]


async def test_what_an_operator_dropped_goes_by_no_other_way_and_the_ticket_says_why(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, texted(1))
    await on_file(api)
    await answered(agent, 1)

    await failed(api, "dropped: an operator (eva) dropped it while everything that goes out was held")

    assert await asked_for(api, "email") == []
    [line] = await lines(agent, "notification.failed")
    assert said_of(line, "en").why == "Whoever runs the desk dropped it before it was sent."
    assert said_of(line, "es").why == "La administración de la mesa decidió no enviarlo."


async def test_however_often_it_is_told_it_goes_once(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, texted(1))
    await on_file(api)
    await answered(agent, 1)

    first = await failed(api)
    await asyncio.gather(*(failed(api, notification=first) for _ in range(5)))

    assert len(await asked_for(api, "email")) == 1
    assert len(await lines(agent, "notification.fallback")) == 1


async def test_what_fails_on_the_other_way_too_has_failed_and_wakes_the_ticket(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, texted(1, "whatsapp"))
    await on_file(api)
    answer = await answered(agent, 1, status="pending")
    await failed(api)

    [mail] = await asked_for(api, "email")
    refused = Undelivered(recipient=CARMEN_MAIL, status="5.1.1", reason="user_unknown", action="refused")
    report = Report(mail["id"], "failed", "rejected: 550 5.1.1 No such user", (refused,))
    await note_reports([report], OutboundStore(api.database), api.deps)

    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "failed"
    assert await asked_for(api, "sms") == [], "it goes no third way"
    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["tags"]) == ("open", ["undeliverable"])
    assert [one["address"] for one in await items(agent, "/undeliverable")] == [CARMEN_MAIL]
    assert len(await lines(agent, "notification.failed")) == 1


async def test_an_address_that_the_contact_has_proven_gets_it(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, texted(1))
    await proven(api, "verified")
    await answered(agent, 1)

    await failed(api)

    [mail] = await asked_for(api, "email")
    assert mail["to"]["address"] == CARMEN_MAIL


@pytest.mark.parametrize("how", ["claimed", "put on file in this very conversation"])
async def test_a_claimed_address_gets_nothing_and_the_answer_has_failed(
    api: ApiDesk, agent: httpx.AsyncClient, how: str
) -> None:
    await settle(api, texted(1))
    await (proven(api, how) if how == "claimed" else on_file(api, since="2099-01-01"))
    answer = await answered(agent, 1)

    await failed(api)

    assert await asked_for(api, "email") == []
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "failed"
    assert len(await lines(agent, "notification.failed")) == 1


async def test_whatsapp_goes_on_as_sms_to_the_number_that_wrote(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, texted(1, "whatsapp"))
    answer = await answered(agent, 1, text="Ya está.")

    await failed(api, "window_closed: 63016")

    [text] = await asked_for(api, "sms")
    assert (text["to"]["address"], text["text"], text["chat"]["account"]) == (CARMEN, "Ya está.", DESK)
    note = Report(text["id"], "delivered", "SM1")
    await note_reports([note], OutboundStore(api.database), api.deps)
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "delivered"


async def test_an_opt_out_ends_in_a_mail_or_nowhere(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, texted(1, "whatsapp"))
    await settle(api, texted(2, "sms"))
    await answered(agent, 1)

    await failed(api, "opted_out: the customer wants no texts from this number")

    assert await asked_for(api, "sms") == []
    assert await asked_for(api, "email") == []


async def test_what_was_said_to_somebody_else_does_not_follow_the_ticket(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, texted(1))
    await on_file(api)
    await answered(agent, 1)
    await api.database.execute("update ticket set requester_since = clock_timestamp()")

    await failed(api)

    assert await asked_for(api, "email") == []


async def test_a_mail_that_fails_goes_no_other_way(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    await answered(agent, 1)

    await failed(api, "rejected: 550")

    assert len(await lines(agent, "notification.failed")) == 1
    assert await asked_for(api, "sms") == []


async def test_what_the_desk_says_by_itself_goes_another_way_too(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await on_file(api)
    await settle(api, texted(1))
    [row] = await api.database.fetch("select notification_id from message where kind = 'automatic'")

    await failed(api, "no_address: 21614", row["notification_id"])

    [mail] = [one for one in await api.leaving("notification.requested") if one["medium"] == "email"]
    assert (mail["to"]["address"], mail["automatic"], mail["mail"]["return_path"]) == (CARMEN_MAIL, True, "")
    assert "número 1" in mail["text"]
    assert mail["subject"] == "Petición 1"


async def test_the_answer_to_the_mail_joins_the_ticket_and_the_next_one_is_a_text_again(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await on_file(api)
    await settle(api, texted(1))
    await answered(agent, 1)
    await failed(api)
    [mail] = await asked_for(api, "email")
    token = mail["mail"]["reply_to"].partition("+t.")[2].partition("@")[0]
    threading = {"in_reply_to": mail["mail"]["message_id"], "reply_token": token}

    await settle(api, routed(2, sender=CARMEN_MAIL, text="Ya imprime.", threading=threading))
    await answered(agent, 1, text="Me alegro.")

    messages = await items(agent, "/tickets/1/messages")
    said = [(one["channel"], one["text"]) for one in messages if one["kind"] == "customer"]
    assert said == [("sms", "No imprime."), ("email", "Ya imprime.")]
    assert [one["text"] for one in await asked_for(api, "sms")][-1] == "Me alegro."
