"""Merged tickets of one person in a chat: what they write comes to one, answers go where they last wrote."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.late_timers import worker
from tests.integration.tickets.merging_desk import merge, ticket, unmerge
from tests.integration.tickets.routed_mails import items, settle
from tests.integration.tickets.slack_messages import CUSTOMER, EVA, TEAM, acting, linked, said, service
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_reports
from ventanilla_runtime.delivery import Delivery

Json = dict[str, Any]
DIRECT = f"{TEAM}/D0CUST"


def direct(sequence: int, *, thread: int, sender: str = CUSTOMER) -> Delivery:
    """A line in the direct messages, in the conversation that line `thread` began."""
    threading = {"message_id": place(sequence), "conversation": place(thread)}
    return said(sequence, sender, account=DIRECT, threading=threading)


def place(sequence: int) -> str:
    return f"{DIRECT}/1795.{sequence:06}"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def boss(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("admin", name="boss")


async def answered(client: httpx.AsyncClient, number: int) -> Json:
    answer = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": "Ya está."})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def answered_in(api: ApiDesk) -> tuple[str, str]:
    """(account, conversation) in which the last thing is said to the customer."""
    chat = (await api.leaving("notification.requested"))[-1]["chat"]
    return chat["account"], chat["conversation"]


async def texts(client: httpx.AsyncClient, number: int) -> list[tuple[str, int | None]]:
    found = await items(client, f"/tickets/{number}/messages")
    return [(one["text"], one["came_by"]) for one in found if one["kind"] == "customer"]


@pytest.mark.parametrize(("number", "into"), [(1, 2), (2, 1)])
async def test_a_line_after_a_merge_goes_to_the_surviving_ticket_and_its_answer_where_it_was_written(
    api: ApiDesk, boss: httpx.AsyncClient, number: int, into: int
) -> None:
    await settle(api, direct(1, thread=1), direct(2, thread=2))
    assert (await merge(boss, number, into)).status_code == 200

    await answered(boss, into)
    latest = await answered_in(api)
    await settle(api, direct(3, thread=1))
    await answered(boss, into)
    first = await answered_in(api)
    await settle(api, direct(4, thread=2))
    await answered(boss, into)
    second = await answered_in(api)

    assert [latest, first, second] == [(DIRECT, place(2)), (DIRECT, place(1)), (DIRECT, place(2))]
    lines = {"Mensaje 3": 1, "Mensaje 4": 2}
    came_by = {text: None if own == into else own for text, own in lines.items()}
    found = await texts(boss, into)
    assert dict(found[1:]) == came_by
    assert len(await items(boss, "/tickets")) == 2


async def test_what_was_written_in_direct_messages_is_not_answered_before_a_channel(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, said(1), direct(2, thread=2))
    assert (await merge(boss, 2, 1)).status_code == 200
    await settle(api, said(3, f"{TEAM}/U0COLLEAGUE"))

    await answered(boss, 1)

    assert await answered_in(api) == (DIRECT, place(2)), "a colleague in the thread is not who asks"


@pytest.mark.parametrize(("number", "into"), [(1, 2), (2, 1)])
async def test_no_link_that_a_channel_may_have_read_leads_to_what_is_said_in_direct_messages(
    api: ApiDesk, boss: httpx.AsyncClient, number: int, into: int
) -> None:
    await settle(api, said(1), direct(2, thread=2))
    portal = await api.client("portal", name="portal")
    before = [api.desk.signer.status_token(one) for one in (1, 2)]

    assert (await merge(boss, number, into, tell_customer=True)).status_code == 200
    await unmerge(boss, number)

    assert [(await portal.get(f"/api/v1/status/{one}")).status_code for one in before] == [404, 200]
    now = (await ticket(boss, 1))["links"]["status_page"]
    assert (await portal.get(f"/api/v1/status/{now.rpartition('/')[2]}")).status_code == 200
    for one in await api.leaving("notification.requested"):
        alone = one["chat"]["account"] == DIRECT
        assert ("http" in one["text"]) == alone, one["text"]


@pytest.mark.parametrize("status", ["pending", "solved"])
async def test_a_line_of_a_merged_ticket_wakes_the_surviving_one(
    api: ApiDesk, boss: httpx.AsyncClient, status: str
) -> None:
    await settle(api, direct(1, thread=1), direct(2, thread=2))
    await merge(boss, 2, 1)
    await boss.patch("/api/v1/tickets/1", json={"status": status, "resolution": "new cable"})

    await settle(api, direct(3, thread=2))

    assert (await ticket(boss, 1))["status"] == "open"
    assert len(await items(boss, "/tickets")) == 2


async def test_a_line_after_the_surviving_ticket_was_closed_opens_one_that_points_at_it(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, direct(1, thread=1), direct(2, thread=2))
    await merge(boss, 2, 1)
    await boss.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "new cable"})

    await settle(api, direct(3, thread=2))

    fresh = await ticket(boss, 3)
    assert (fresh["status"], fresh["related_to"]) == ("new", 1)
    await answered(boss, 3)
    assert await answered_in(api) == (DIRECT, place(2))


async def test_un_merging_gives_the_lines_back_and_keeps_the_answers(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await settle(api, direct(1, thread=1), direct(2, thread=2))
    await merge(boss, 2, 1)
    await settle(api, direct(3, thread=2))
    answer = await answered(boss, 1)

    assert (await unmerge(boss, 2)).status_code == 200

    assert answer["came_by"] == 2
    assert await texts(boss, 2) == [("Mensaje 2", None), ("Mensaje 3", None)]
    kept = [one["id"] for one in await items(boss, "/tickets/1/messages") if one["kind"] == "agent"]
    assert kept == [answer["id"]]
    await answered(boss, 1)
    first = await answered_in(api)
    await settle(api, direct(4, thread=2))
    await answered(boss, 2)
    assert [first, await answered_in(api)] == [(DIRECT, place(1)), (DIRECT, place(2))]


async def test_an_answer_of_the_thread_comes_back_with_it_and_counts_as_one(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, said(1), said(2, thread=2))
    await linked(await service(api), "eva", EVA)
    await boss.patch("/api/v1/tickets/2", json={"status": "pending"})
    await merge(boss, 2, 1)
    await settle(api, said(3, thread=2))
    await settle(api, said(4, EVA, thread=2))

    await unmerge(boss, 2)

    by_people = [one["kind"] for one in await items(boss, "/tickets/2/messages") if one["kind"] != "automatic"]
    assert by_people == ["customer", "customer", "agent"]
    assert (await ticket(boss, 2))["status"] == "pending", "nobody waits: it was answered where it was written"


async def test_an_answer_is_edited_where_it_was_said_even_after_un_merging(api: ApiDesk) -> None:
    await settle(api, direct(1, thread=1), direct(2, thread=2))
    eva = acting(await service(api), "ana")
    assert (await merge(eva, 2, 1)).status_code == 200
    answer = await answered(eva, 1)
    asked = (await api.leaving("notification.requested"))[-1]
    await note_reports([Report(asked["id"], "delivered", "1.2")], OutboundStore(api.database), api.deps)

    path = f"/api/v1/tickets/1/messages/{answer['id']}"
    before = await eva.patch(path, json={"text": "Ya está todo."})
    await unmerge(eva, 2)
    after = await eva.patch(path, json={"text": "Ya está todo, de verdad."})

    assert (before.status_code, after.status_code) == (200, 200), (before.text, after.text)
    revised = await api.leaving("notification.revised")
    assert [one["chat"]["conversation"] for one in revised] == [place(2), place(2)]


async def test_what_the_desk_says_by_itself_goes_where_the_customer_last_wrote(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, direct(1, thread=1), direct(2, thread=2))
    chat = acting(await service(api), "ana")
    await merge(boss, 2, 1)

    assert (await chat.post("/api/v1/tickets/1/claim")).status_code == 200
    taken = await answered_in(api)
    up = {"tier": "2", "reason": "needs the network team", "note": "The link drops."}
    assert (await chat.post("/api/v1/tickets/1/escalate", json=up)).status_code == 200
    handed_over = await answered_in(api)

    await boss.patch("/api/v1/tickets/1", json={"status": "pending"})
    await api.database.execute("update due set due_at = due_at - interval '30 days' where key = 'pending/0'")
    await worker(api).fire_once()

    assert [one["action"] for one in await history(boss, 1)][-1] == "reminder.sent"
    assert [taken, handed_over, await answered_in(api)] == [(DIRECT, place(2))] * 3
