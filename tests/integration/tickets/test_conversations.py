"""Tickets that are talked about in a chat: what the desk says to their customers goes there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.routed_mails import answered, items, routed, settle
from tests.integration.tickets.slack_messages import ACCOUNT, CUSTOMER, TEAM, message_id, said

COLLEAGUE = f"{TEAM}/U0COLLEAGUE"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def asked_for(api: ApiDesk) -> list[dict[str, Any]]:
    """What was asked to be said to customers, in its order."""
    return [one for one in await api.leaving("notification.requested") if one["ticket_number"]]


async def test_the_acknowledgement_and_the_answer_go_into_the_conversation(api: ApiDesk) -> None:
    await settle(api, said(1))
    client = await api.client("read", "write", name="Eva")
    [ticket] = await items(client, "/tickets")

    made = await answered(client, ticket["number"], text="Ya está <arreglado>.")

    acknowledgement, answer = await asked_for(api)
    where = {"account": ACCOUNT, "conversation": message_id(1)}
    for one in (acknowledgement, answer):
        assert (one["medium"], one["mail"], one["chat"]) == ("slack", None, where)
        assert one["to"]["address"] == CUSTOMER
    assert acknowledgement["automatic"]
    assert f"número {ticket['number']}" in acknowledgement["text"]
    assert (answer["text"], answer["automatic"]) == ("Ya está <arreglado>.", False)
    assert (made["kind"], made["delivery"]["state"]) == ("agent", "queued")


async def test_a_reply_in_the_thread_joins_the_ticket_whoever_writes_it(api: ApiDesk) -> None:
    await settle(api, said(1))
    await settle(api, said(2, COLLEAGUE))
    client = await api.client("read")

    [ticket] = await items(client, "/tickets")
    messages = await items(client, f"/tickets/{ticket['number']}/messages")

    assert [one["author"]["address"] for one in messages if one["kind"] == "customer"] == [CUSTOMER, COLLEAGUE]


async def test_nobody_is_put_in_copy_of_a_conversation(api: ApiDesk) -> None:
    await settle(api, said(1))
    client = await api.client("read", "write", name="Eva")
    [ticket] = await items(client, "/tickets")

    refused = await client.post(
        f"/api/v1/tickets/{ticket['number']}/replies", json={"text": "hola", "cc": ["ana@cliente.example"]}
    )

    assert refused.status_code == 409
    assert "slack" in refused.json()["detail"]


async def test_files_are_refused_and_not_left_out(api: ApiDesk) -> None:
    await settle(api, said(1))
    client = await api.client("read", "write", name="Eva")
    file = "5e5c6b6e-0000-4000-8000-000000000001"

    refused = await client.post("/api/v1/tickets/1/replies", json={"text": "aquí", "attachments": [file]})

    assert refused.status_code == 409
    assert "files do not go into slack" in refused.json()["detail"]


async def test_a_mail_never_joins_a_conversation_that_it_names(api: ApiDesk) -> None:
    await settle(api, said(1))
    await settle(api, routed(2, sender="eve@strange.example", threading={"in_reply_to": message_id(1)}))
    client = await api.client("read")

    assert len(await items(client, "/tickets")) == 2
    assert await history(client, 1)
