"""A ticket that an agent opens for somebody in Slack, in the conversation that the desk has begun there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.routed_mails import items, settle
from tests.integration.tickets.slack_messages import ACCOUNT, CUSTOMER, acting, message_id, said, service

CHAT = {"channel": "slack", "account": ACCOUNT, "conversation": message_id(1)}
TICKET = {
    "subject": "Tu portátil",
    "text": "Eva escribe al cliente.",
    "requester": {"address": CUSTOMER, "name": "Carmen"},
    "chat": CHAT,
}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def test_it_goes_on_in_that_conversation_and_is_opened_once(api: ApiDesk) -> None:
    client = acting(await service(api), "ana")
    answers = [
        await client.post("/api/v1/tickets", json=TICKET, headers={"idempotency-key": "V1/open"}) for _ in range(2)
    ]
    reply = await client.post("/api/v1/tickets/1/replies", json={"text": "Ya está listo."})
    await settle(api, said(2))

    ticket = answers[0].json()
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert reply.is_success, reply.text
    assert (ticket["channel"], ticket["account"], ticket["requester"]["grade"]) == ("slack", ACCOUNT, "verified")
    assert ticket["requester"]["identities"] == [{"kind": "slack", "address": CUSTOMER}]
    messages = await items(client, "/tickets/1/messages")
    assert sorted(one["kind"] for one in messages) == ["agent", "customer", "customer"]
    assert len(await items(client, "/tickets")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"chat": None},
        {"requester": {"address": "ana@example.com"}},
        {"chat": {**CHAT, "conversation": "T1/C1"}},
        {"chat": {**CHAT, "channel": "pigeon"}},
        {"notify": True},
    ],
)
async def test_what_fits_no_chat_is_refused(api: ApiDesk, changes: dict[str, Any]) -> None:
    client = acting(await service(api), "ana")
    answer = await client.post("/api/v1/tickets", json={**TICKET, **changes})

    assert answer.status_code == 422
    assert await items(client, "/tickets") == []


async def test_only_the_service_of_the_chat_opens_tickets_in_it(api: ApiDesk) -> None:
    client = await api.client("read", "write", name="console")
    answer = await client.post("/api/v1/tickets", json=TICKET)

    assert (answer.status_code, answer.json()["missing_scope"]) == (403, "act")


async def test_who_brought_a_message_is_in_the_history(api: ApiDesk) -> None:
    client = await service(api)
    await settle(api, said(1, brought_by="T0DESK/U0EVA"))

    [created, *_] = await history(client, 1)
    assert (created["action"], created["detail"]["brought_by"]) == ("ticket.created", "T0DESK/U0EVA")
