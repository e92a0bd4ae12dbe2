"""Who was verified is so while they ask; a code is good while the way that it went to is on file."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.merging_desk import ticket
from tests.integration.tickets.routed_mails import ANA, settle
from tests.integration.tickets.slack_messages import CUSTOMER, TEAM, acting, said, service
from tests.integration.tickets.verifying_desk import (
    DESK,
    MOBILE,
    check,
    known,
    minutes_pass,
    on_file,
    send,
    standing,
    told,
    why,
)
from tickets.domain.verifying.codes import CodeRules

OTHER = "+34600333444"
RULES = CodeRules(countries=frozenset({"ES"}), number=DESK)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database, codes=RULES) as desk:
        await people(desk)
        yield desk


async def asks_now(client: httpx.AsyncClient, *addresses: str) -> None:
    """These become whoever asks in ticket 1, one after the other."""
    for address in addresses:
        wish = {"address": address, "name": "Luis", "reason": "somebody chose the wrong one"}
        answer = await client.post("/api/v1/tickets/1/requester", json=wish)
        assert answer.status_code == 200, answer.text


async def test_it_is_over_for_whoever_comes_back_after_somebody_else_asked(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)
    assert (await check(client, await told(api))).json()["verified"] is not None

    await asks_now(client, "luis@cliente.example", ANA)

    found = await standing(client)
    assert (found["grade"], found["verified"]) == ("claimed", None)
    assert (await ticket(client, 1))["requester"]["grade"] == "claimed"

    await minutes_pass(api, 1)
    await send(client)
    again = (await check(client, await told(api))).json()
    assert (again["grade"], again["verified"]["shown"]) == ("verified", "+34 *** *** 22")


async def test_in_a_chat_that_proves_who_writes_no_code_of_before_is_said_to_have_done_it(api: ApiDesk) -> None:
    await on_file(api, MOBILE, who=f"slack/{CUSTOMER}")
    await settle(api, said(1), said(2, f"{TEAM}/U0LUIS"))
    await api.database.execute("update ticket set created_at = clock_timestamp()")
    client = acting(await service(api), "ana")
    await send(client)
    assert (await check(client, await told(api))).json()["verified"] is not None

    await asks_now(client, f"{TEAM}/U0LUIS", CUSTOMER)

    found = await standing(client)
    assert (found["grade"], found["verified"]) == ("verified", None)


@pytest.mark.parametrize("put_back", [False, True])
async def test_a_code_to_a_way_that_was_taken_off_file_opens_nothing(api: ApiDesk, put_back: bool) -> None:
    client = await known(api, MOBILE, OTHER)
    await send(client)
    code = await told(api)
    await on_file(api, OTHER)
    if put_back:
        await on_file(api, MOBILE, OTHER, minutes_ago=0)

    left, answer = (await standing(client))["code"], await check(client, code)

    assert (left["state"], left["tries_left"]) == ("withdrawn", 0)
    assert "not on file any more" in why(answer)
    assert (await ticket(client, 1))["requester"]["grade"] == "claimed"


async def test_a_code_stays_good_when_another_way_is_taken_off_file(api: ApiDesk) -> None:
    client = await known(api, MOBILE, "ana@home.example")
    await send(client)
    await on_file(api, MOBILE)

    assert (await standing(client))["code"]["state"] == "open"
    assert (await check(client, await told(api))).status_code == 200


async def test_a_code_to_whoever_asked_before_is_not_shown_as_one_to_try(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)

    await asks_now(await agent(api, "ana"), "luis@cliente.example")

    assert (await standing(client))["code"]["state"] == "withdrawn"
