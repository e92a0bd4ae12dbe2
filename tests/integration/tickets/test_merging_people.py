"""Whose conversations are joined when tickets become one: who hears what, on which page, and nothing of before."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history
from tests.integration.tickets.merging_desk import ANA, PIA, mails, merge, participants, ticket, two_tickets, unmerge
from tests.integration.tickets.routed_mails import answered, routed, settle


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def test_two_customers_are_joined_only_if_somebody_says_so(api: ApiDesk) -> None:
    ana = await two_tickets(api, PIA)

    alone = await merge(ana, 1, 2)
    shared = await merge(ana, 1, 2, share=True)

    assert alone.status_code == 409
    assert '"share": true' in alone.json()["detail"]
    assert shared.status_code == 200
    assert await participants(ana, 2) == {PIA: "requester", ANA: "cc"}
    lines = [one["action"] for one in await history(ana, 2)]
    assert lines[1:4] == ["ticket.merged_in", "participants.added", "merging.told"]


async def test_each_of_two_customers_is_told_what_is_theirs_to_know(api: ApiDesk) -> None:
    ana = await two_tickets(api, PIA)

    await merge(ana, 1, 2, share=True)

    [to_ana], [to_pia] = await mails(api, ANA), await mails(api, PIA)
    assert (to_ana["ticket_number"], to_pia["ticket_number"]) == (1, 2)
    assert api.desk.status_link(1) in to_ana["text"]
    assert api.desk.status_link(2) not in str(to_ana)
    assert api.desk.status_link(2) in to_pia["text"]
    assert api.desk.status_link(1) not in str(to_pia)
    assert PIA not in str(to_ana)
    assert ANA not in str(to_pia)


async def test_who_was_joined_hears_from_now_on_and_reads_nothing_of_before(api: ApiDesk) -> None:
    ana = await two_tickets(api, PIA)
    await answered(ana, 2, text="El código secreto es 4711.")

    await merge(ana, 1, 2, share=True)
    await answered(ana, 2, text="Ya hemos cambiado el tóner.")

    mail = (await api.leaving("notification.requested"))[-1]
    assert (mail["to"]["address"], [one["address"] for one in mail["cc"]]) == (PIA, [ANA])
    assert "tóner" in mail["text"]
    assert "4711" not in str(mail)
    assert "/s/" not in mail["text"]
    page = (await (await api.client("portal")).get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert (page["merged_into"], page["goes_on_token"]) == (2, None)
    assert "4711" not in str(page)
    assert "tóner" not in str(page)


async def test_whom_one_customer_had_in_copy_goes_along_only_if_shared(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    leo = "leo@cliente.example"
    await ana.post("/api/v1/tickets/1/participants", json={"address": leo})

    await merge(ana, 1, 2)
    alone = await participants(ana, 2)
    line = next(one for one in await history(ana, 1) if one["action"] == "ticket.merged")
    await unmerge(ana, 1)
    await merge(ana, 1, 2, share=True)

    assert alone == {ANA: "requester"}
    assert line["detail"]["left_out"] == [leo]
    assert await participants(ana, 2) == {ANA: "requester", leo: "cc"}


async def test_the_page_of_a_merged_ticket_leads_its_own_customer_on(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)
    portal = await api.client("portal")

    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()

    assert (page["number"], page["merged_into"]) == (1, 2)
    assert page["goes_on_token"] == api.desk.signer.status_token(2)
    assert (page["can_reply"], page["reply_opens_new"]) == (True, False)


async def test_a_line_on_the_page_of_a_merged_ticket_lands_where_it_goes_on_once(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 2, 1)  # into the lower number: both are locked in their order
    await ana.patch("/api/v1/tickets/1", json={"status": "pending"})
    portal = await api.client("portal")
    path = f"/api/v1/status/{api.desk.signer.status_token(2)}/replies"

    answers = [await portal.post(path, json={"text": "¿Hay novedades?", "key": "k" * 22}) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert [one.json()["ticket_number"] for one in answers] == [1, 1]
    messages = (await ana.get("/api/v1/tickets/1/messages")).json()["items"]
    assert [(one["text"], one["came_by"]) for one in messages if one["channel"] == "portal"] == [("¿Hay novedades?", 2)]
    assert (await ticket(ana, 1))["status"] == "open"


async def test_a_line_of_somebody_else_is_seen_on_their_own_page_and_leads_nowhere_else(api: ApiDesk) -> None:
    ana = await two_tickets(api, PIA)
    await merge(ana, 1, 2, share=True)
    portal = await api.client("portal")
    token = api.desk.signer.status_token(1)

    answer = await portal.post(f"/api/v1/status/{token}/replies", json={"text": "También a mí.", "key": "k" * 22})

    assert (answer.json()["ticket_number"], answer.json()["status_token"]) == (2, token)
    page = (await portal.get(f"/api/v1/status/{token}")).json()
    assert [one["text"] for one in page["messages"]][-1] == "También a mí."
    message = (await ana.get("/api/v1/tickets/2/messages")).json()["items"][-1]
    assert (message["author"]["address"], message["came_by"]) == (ANA, 1)


async def test_whoever_came_only_through_the_merging_leaves_with_it(api: ApiDesk) -> None:
    ana = await two_tickets(api, PIA)
    await settle(api, routed(3))
    await merge(ana, 1, 2, share=True)
    await merge(ana, 3, 2, share=True)

    await unmerge(ana, 1)
    first = await participants(ana, 2)
    await unmerge(ana, 3)

    assert first == {PIA: "requester", ANA: "cc"}  # 3 is hers too
    assert await participants(ana, 2) == {PIA: "requester"}
    assert (await merge(ana, 1, 2, share=True)).status_code == 200
    assert await participants(ana, 2) == {PIA: "requester", ANA: "cc"}
