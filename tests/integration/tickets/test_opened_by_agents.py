"""Tickets that an agent opens to write to a customer: what stands there first is the desk's own, and nobody else's."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.routed_mails import items
from tests.integration.tickets.slack_messages import CUSTOMER, TEAM, acting, service

CONVERSATION = f"{TEAM}/D0ANA/1795.000001"
CHAT = {"channel": "slack", "account": f"{TEAM}/D0ANA", "conversation": CONVERSATION}
OPENED_BY = "Bob abre esta petición y escribe al cliente."


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def opened(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = new_ticket(subject="Contrato", text=OPENED_BY, internal=True, team="first-line", assignee="bob", **fields)
    answer = await client.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def reply(client: httpx.AsyncClient, text: str) -> dict[str, Any]:
    answer = await client.post("/api/v1/tickets/1/replies", json={"text": text})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_the_first_mail_answers_nothing_and_quotes_nothing(api: ApiDesk) -> None:
    bob = await agent(api, "bob", "read", "write")
    await opened(bob)

    await reply(bob, "Hola, aquí va el contrato.")
    await reply(bob, "Y un anexo.")

    first, second = await api.leaving("notification.requested")
    assert first["subject"] == "Contrato [#1]"
    assert first["mail"]["in_reply_to"] is None
    assert OPENED_BY not in first["text"] + (first["html"] or "")
    assert "escribió:" not in first["text"]
    assert second["subject"] == "Re: Contrato [#1]"
    assert "> Hola, aquí va el contrato." in second["text"]
    assert OPENED_BY not in second["text"]


async def test_the_status_page_and_the_desk_say_who_wrote(api: ApiDesk) -> None:
    bob = await agent(api, "bob", "read", "write")
    await opened(bob)
    await reply(bob, "Hola, aquí va el contrato.")

    [note, answer] = await items(bob, "/tickets/1/messages")
    portal = await api.client("portal", name="portal")
    public = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert (note["kind"], note["author"]["handle"], note["author"]["name"]) == ("note", "bob", answer["author"]["name"])
    assert [(one["from"], one["text"]) for one in public["messages"]] == [("desk", "Hola, aquí va el contrato.")]


async def test_nobody_waits_for_an_answer_in_it(api: ApiDesk) -> None:
    bob = await agent(api, "bob", "read", "write")
    await opened(bob)

    [queued] = await items(bob, "/agents/bob/queue?view=mine")
    assert await items(bob, "/agents/bob/queue?view=waiting") == []
    assert (queued["waiting_since"], queued["last_message"]) == (None, None)
    assert await items(bob, "/agents/bob/queue?view=mine&channel=email") == []
    assert len(await items(bob, "/agents/bob/queue?view=mine&channel=email,portal,api")) == 1


async def test_a_conversation_that_the_desk_begins_in_a_chat_has_no_word_of_the_customer_either(api: ApiDesk) -> None:
    slack = acting(await service(api, "read", "write", "act"), "bob")
    await opened(slack, chat=CHAT, requester={"address": CUSTOMER, "name": "Ana"})
    await reply(slack, "Hola, Ana.")

    [note, answer] = await items(slack, "/tickets/1/messages")
    [asked] = await api.leaving("notification.requested")
    assert (note["kind"], answer["kind"]) == ("note", "agent")
    assert asked["chat"]["conversation"] == CONVERSATION


async def test_what_a_customer_said_to_whoever_opens_it_stays_theirs(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="ana")
    await client.post("/api/v1/tickets", json=new_ticket())
    await reply(client, "Vamos.")

    [asked, _] = await items(client, "/tickets/1/messages")
    [mail] = await api.leaving("notification.requested")
    assert asked["kind"] == "customer"
    assert mail["subject"] == "Re: La impresora no responde [#1]"
    assert "> Desde esta mañana" in mail["text"]


async def test_a_customer_who_has_written_nothing_is_told_of_no_receipt(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="ana")

    answer = await client.post("/api/v1/tickets", json=new_ticket(internal=True, notify=True))

    assert answer.status_code == 422
    assert "notify" in answer.text


@pytest.mark.parametrize("address", [MAILBOX, MAILBOX.upper(), MAILBOX.replace("@", "+t.1-abc@")])
async def test_the_desk_asks_nothing_of_itself(api: ApiDesk, address: str) -> None:
    client = await api.client("read", "write", name="ana")

    answer = await client.post("/api/v1/tickets", json=new_ticket(requester={"address": address}))

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["detail"]) == ("/requester/address", "mail cannot go there: it is the desk's own")
