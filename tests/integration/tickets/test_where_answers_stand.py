"""Where an answer will stand and who reads it, as whoever writes one is told before; what the customer's page says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.merging_desk import merge, unmerge
from tests.integration.tickets.routed_mails import ANA, routed, settle
from tests.integration.tickets.slack_messages import ACCOUNT, CUSTOMER, TEAM, message_id, said
from ventanilla_runtime.delivery import Delivery

Json = dict[str, Any]
DIRECT = f"{TEAM}/D0CUST"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def boss(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("admin", name="boss")


def direct(sequence: int) -> Delivery:
    """A line in the customer's direct messages that begins a conversation."""
    threading = {"message_id": there(sequence), "conversation": there(sequence)}
    return said(sequence, account=DIRECT, threading=threading)


def there(sequence: int) -> str:
    return f"{DIRECT}/1795.{sequence:06}"


async def place(client: httpx.AsyncClient, number: int) -> Json:
    answer = await client.get(f"/api/v1/tickets/{number}/replies/place")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def previewed(client: httpx.AsyncClient, number: int, **more: Any) -> Json:
    body = {"text": "Ya está.", **more}
    answer = await client.post(f"/api/v1/tickets/{number}/replies/preview", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["place"])


async def sent(api: ApiDesk, client: httpx.AsyncClient, number: int) -> Json:
    """The notification that a reply asked for."""
    answer = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": "Ya está."})
    assert answer.status_code == 201, answer.text
    return dict((await api.leaving("notification.requested"))[-1])


async def quoted(api: ApiDesk, number: int) -> str | None:
    """Where the customer's page says that it is quoted."""
    row = await api.database.fetchrow("select page_epoch from ticket where number = $1", number)
    portal = await api.client("portal", name=f"portal {number}")
    page = await portal.get(f"/api/v1/status/{api.desk.signer.status_token(number, row['page_epoch'])}")
    assert page.status_code == 200, page.text
    found: str | None = page.json()["quoted"]
    return found


async def test_an_answer_by_mail_says_to_whom_it_goes_and_who_gets_it_besides(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    await boss.post("/api/v1/tickets/1/participants", json={"address": "luis@cliente.example", "name": "Luis"})

    shown = await place(boss, 1)

    assert (shown["medium"], shown["kind"], shown["account"]) == ("email", "mail", MAILBOX)
    assert shown["to"] == {"address": ANA, "name": "Ana"}
    assert [one["address"] for one in shown["cc"]] == ["luis@cliente.example"]
    assert await previewed(boss, 1) == shown
    alone = await previewed(boss, 1, cc=[])
    assert alone["cc"] == [], "the preview goes by what is written, not by what is usual"
    assert await quoted(api, 1) is None


async def test_a_ticket_of_a_channel_is_answered_before_everybody_there_and_its_page_says_so(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, said(1))

    shown = await place(boss, 1)

    assert (shown["medium"], shown["kind"], shown["account"]) == ("slack", "channel", ACCOUNT)
    assert (shown["conversation"], shown["to"]["address"]) == (message_id(1), CUSTOMER)
    assert await previewed(boss, 1) == shown
    assert await quoted(api, 1) == "channel"


@pytest.mark.parametrize(("number", "into"), [(1, 2), (2, 1)])
async def test_after_a_merge_the_place_is_that_of_the_notification_which_is_really_made(
    api: ApiDesk, boss: httpx.AsyncClient, number: int, into: int
) -> None:
    await settle(api, said(1), direct(2))
    assert (await merge(boss, number, into)).status_code == 200
    private = await place(boss, into)
    private_page = await quoted(api, into)
    really_private = (await sent(api, boss, into))["chat"]

    await settle(api, said(3))
    public = await place(boss, into)
    public_page = await quoted(api, into)
    really_public = (await sent(api, boss, into))["chat"]

    assert (private["kind"], private["account"]) == ("direct", really_private["account"]) == ("direct", DIRECT)
    assert (public["kind"], public["account"]) == ("channel", really_public["account"]) == ("channel", ACCOUNT)
    assert public["conversation"] == really_public["conversation"]
    assert (private_page, public_page) == ("direct", "channel")
    await unmerge(boss, number)
    assert [(await place(boss, one))["kind"] for one in (1, 2)] == ["channel", "direct"]


async def test_the_page_of_a_closed_request_says_where_what_goes_on_from_it_is_quoted(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, said(1), routed(2))
    for number in (1, 2):
        await boss.patch(f"/api/v1/tickets/{number}", json={"status": "closed", "resolution": "new cable"})

    assert [await quoted(api, number) for number in (1, 2)] == ["channel", None]


async def test_where_no_answer_can_be_sent_there_is_no_place_and_nothing_is_written(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, said(1), direct(2), said(3, f"{TEAM}/U0OTHER", thread=3))
    await merge(boss, 2, 1)
    await boss.patch("/api/v1/tickets/3", json={"status": "closed", "resolution": "new cable"})
    before = [len(await history(boss, number)) for number in (1, 2, 3)]

    answers = [await boss.get(f"/api/v1/tickets/{number}/replies/place") for number in (2, 3, 99)]

    assert [one.status_code for one in answers] == [409, 409, 404]
    assert [len(await history(boss, number)) for number in (1, 2, 3)] == before


async def test_the_same_promise_is_told_once_and_stands_twice_in_the_history(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await settle(api, said(1))
    until = (datetime.now(UTC) + timedelta(hours=5)).replace(second=7, microsecond=345_678)

    async def told(at: datetime) -> int:
        answer = await boss.post("/api/v1/tickets/1/promise", json={"until": at.isoformat(), "why": "waiting"})
        assert answer.status_code == 200, answer.text
        lines = [one for one in await history(boss, 1) if one["action"] == "status.told"]
        return len([one for one in lines if one["detail"]["status"] == "promised"])

    assert [await told(until), await told(until), await told(until + timedelta(seconds=20))] == [1, 1, 1]
    assert await told(until + timedelta(minutes=30)) == 2, "another time is news"
    assert await told(until) == 3, "and so is the first one again"
    promised = [one for one in await history(boss, 1) if one["action"] == "update.promised"]
    assert len(promised) == 5

    await sent(api, boss, 1)
    assert await told(until) == 4, "the answer was the word that had been promised: this is another"
