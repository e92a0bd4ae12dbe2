"""Who may block a sender for the whole desk, what is said of it, and how what was closed as spam is taken back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import PEOPLE, agent, history, people
from tests.integration.tickets.routed_mails import routed, settle
from tests.integration.tickets.slack_messages import said

TICKET, SENDERS = "/api/v1/tickets/1", "/api/v1/sender-list"
SENDER = "ofertas@ventas.example"
LEADS = PEOPLE.replace(
    "email: bob@desk.example, languages: [en], teams: [first-line]",
    "email: bob@desk.example, languages: [en], teams: [{team: first-line, role: lead}]",
)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, LEADS)
        await settle(desk, routed(1))
        yield desk


def entry(sender: str = SENDER, days: float | None = 30, **more: Any) -> dict[str, Any]:
    until = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
    return {"kind": "deny", "sender": sender, "note": "sends offers", "expires_at": until, **more}


def words(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.json().get('detail', '')}"


@pytest.mark.parametrize(
    ("who", "asked", "why"),
    [
        ("zoe", entry(ticket=1), "neither has nor follows ticket 1"),
        ("ana", entry(), "name the ticket that it is about"),
        ("ana", entry("ventas.example", ticket=1), "a whole domain is for those who do"),
        ("ana", entry(days=None, ticket=1), "more than 90 days are for those who do"),
        ("ana", entry(days=91, ticket=1), "more than 90 days are for those who do"),
    ],
)
async def test_who_leads_no_team_blocks_one_address_of_their_ticket_for_a_while(
    api: ApiDesk, who: str, asked: dict[str, Any], why: str
) -> None:
    client = await agent(api, who)

    refused = await client.post(SENDERS, json=asked)

    assert refused.status_code == 403
    assert why in words(refused)
    assert (await client.get(SENDERS)).json()["items"] == []


async def test_a_block_and_its_end_are_in_the_history_of_the_ticket(api: ApiDesk) -> None:
    ana, zoe = await agent(api, "ana"), await agent(api, "zoe")

    listed = (await ana.post(SENDERS, json=entry(ticket=1))).json()
    foreign = await zoe.delete(f"{SENDERS}/{listed['id']}?ticket=1")
    gone = await ana.delete(f"{SENDERS}/{listed['id']}?ticket=1")

    assert (foreign.status_code, gone.status_code) == (403, 204)
    told = [one for one in await history(ana, 1) if one["action"].startswith("sender.")]
    assert [(one["action"], one["actor"], one["detail"]["sender"], one["why"]) for one in told] == [
        ("sender.listed", "agent:ana", SENDER, "sends offers"),
        ("sender.unlisted", "agent:ana", SENDER, ""),
    ]
    events = [one for one in await api.leaving("ticket.changed") if one["changes"][0]["field"] == "sender"]
    assert [one["changes"] for one in events] == [
        [{"field": "sender", "old": None, "new": "deny"}],
        [{"field": "sender", "old": "deny", "new": None}],
    ], "whoever shows the ticket hears of it, without the address"
    assert len({one["id"] for one in events}) == 2
    assert {one["actor"] for one in events} == {"agent:ana"}


async def test_whoever_leads_blocks_a_domain_for_good_and_the_list_says_it_of_its_addresses(api: ApiDesk) -> None:
    bob = await agent(api, "bob")

    listed = await bob.post(SENDERS, json=entry("ventas.example", None, ticket=1))

    assert listed.status_code == 201, listed.text
    of_it = (await bob.get(SENDERS, params={"sender": f"x@sub.{SENDER.partition('@')[2]}"})).json()["items"]
    of_another = (await bob.get(SENDERS, params={"sender": "x@otras.example"})).json()["items"]
    assert ([one["sender"] for one in of_it], of_another) == (["ventas.example"], [])


async def test_whoever_writes_in_slack_is_blocked_as_slack_names_them_and_waits_in_quarantine(api: ApiDesk) -> None:
    ana, stranger = await agent(api, "ana"), "T9/U0STRANGER"
    await settle(api, said(21, stranger, thread=21))
    number = (await ana.get("/api/v1/tickets", params={"requester": stranger})).json()["items"][0]["number"]
    listed = await ana.post(SENDERS, json=entry(stranger, ticket=number))
    assert listed.status_code == 201, listed.text
    of_them = (await ana.get(SENDERS, params={"kind": "deny", "sender": stranger})).json()["items"]
    assert [one["sender"] for one in of_them] == [stranger], "the dialog shows whom it lets through again"

    await settle(api, said(22, stranger, thread=21), said(23, stranger, thread=23), said(24, thread=24))

    held = (await ana.get("/api/v1/quarantine")).json()["items"]
    assert {(one["sender"]["address"], one["reason"]) for one in held} == {(stranger, "denied")}
    assert len(held) == 2
    assert len((await ana.get("/api/v1/tickets", params={"requester": stranger})).json()["items"]) == 1

    opened = next(one for one in held if one["text"] == "Mensaje 23")
    released = await ana.post(f"/api/v1/quarantine/{opened['id']}/release", json={})
    assert released.status_code == 200, released.text
    number = released.json()["ticket_number"]
    said_to = [one for one in await api.leaving("notification.requested") if one["ticket_number"] == number]
    assert [(one["to"]["address"], one["medium"]) for one in said_to] == [(stranger, "slack")], "they are told"


async def test_a_ticket_closed_as_spam_is_taken_back_with_its_history(api: ApiDesk) -> None:
    ana, zoe = await agent(api, "ana"), await agent(api, "zoe")
    spam = {"status": "closed", "tags": ["spam"], "resolution": "Spam", "cause": "Spam"}
    assert (await ana.patch(TICKET, json=spam)).status_code == 200
    back = {"status": "open", "tags": [], "resolution": None, "cause": None}

    by_a_stranger = await zoe.patch(TICKET, json=back)
    plainly = await ana.patch(TICKET, json={"status": "open"})
    taken_back = await ana.patch(TICKET, json=back)

    assert (by_a_stranger.status_code, plainly.status_code) == (403, 409)
    found = taken_back.json()
    assert [found[name] for name in ("status", "tags", "resolution", "closed_at", "solved_at")] == [
        "open", [], None, None, None,
    ]  # fmt: skip
    changes = [one["detail"] for one in await history(ana, 1) if one["action"] == "ticket.changed"]
    assert {"field": "status", "old": "closed", "new": "open"} in changes
    assert {"field": "tags", "old": ["spam"], "new": []} in changes


async def test_what_a_ticket_is_is_said_by_those_who_take_part_in_it(api: ApiDesk) -> None:
    ana, zoe = await agent(api, "ana"), await agent(api, "zoe")

    refused = await zoe.patch(TICKET, json={"type": "problem"})
    named = await ana.patch(TICKET, json={"type": "problem"})

    assert (refused.status_code, named.status_code) == (403, 200)
