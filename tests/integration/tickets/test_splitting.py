"""Messages that become a ticket of their own: what goes along, where answers lead, what is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.merging_desk import merge, ticket, unmerge
from tests.integration.tickets.routed_mails import ANA, answered, items, ledger, routed, settle
from tests.integration.tickets.slack_messages import BOB, CUSTOMER, TEAM, message_id, said

PIA = "pia@otra.example"
WRITTEN = ("Mensaje 2", "Mensaje 3")
REASON = "an invoice, not the printer"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


def follows(sequence: int, to: int = 1, **received: Any) -> Any:
    return routed(sequence, threading={"in_reply_to": f"{to}@cliente.example"}, **received)


async def ids(client: httpx.AsyncClient, number: int, kind: str = "customer") -> dict[str, str]:
    """Subject → id of messages."""
    found = await items(client, f"/tickets/{number}/messages?limit=200")
    return {one["subject"] or one["text"]: one["id"] for one in found if one["kind"] == kind}


async def split(client: httpx.AsyncClient, number: int, *messages: str, key: str = "", **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    wish = {"messages": list(messages), "reason": REASON, **body}
    return await client.post(f"/api/v1/tickets/{number}/split", json=wish, headers=headers)


async def three(api: ApiDesk) -> tuple[httpx.AsyncClient, dict[str, str]]:
    """Ticket 1 with three mails of Ana's."""
    await settle(api, routed(1), follows(2, subject="La factura"), follows(3))
    ana = await agent(api, "ana")
    return ana, await ids(ana, 1)


async def test_messages_become_a_ticket_of_their_author_and_both_histories_say_so(api: ApiDesk) -> None:
    ana, found = await three(api)

    answer = await split(ana, 1, found["La factura"], found["Asunto 3"], team="network")

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["number"], made["subject"], made["status"], made["team"]) == (2, "La factura", "new", "network")
    assert (made["tier"], made["related_to"], answer.headers["location"]) == ("2", 1, "/api/v1/tickets/2")
    assert made["requester"]["identities"] == [{"kind": "email", "address": ANA}]
    assert made["created_at"] == "2026-11-02T09:00:02Z"
    assert set(await ids(ana, 1)) == {"Asunto 1"}
    assert set(await ids(ana, 2)) == {"La factura", "Asunto 3"}
    lines = [(one["action"], one["actor"], one["why"]) for one in await history(ana, 2)]
    assert lines == [
        ("ticket.created", "customer", ""),
        ("message.added", "customer", ""),
        ("ticket.split_off", "agent:ana", REASON),
    ]
    left = (await history(ana, 1))[-1]
    assert (left["action"], left["why"]) == ("ticket.split", REASON)
    assert left["detail"] == {"to": 2, "messages": [found["La factura"], found["Asunto 3"]]}
    linked = await items(ana, "/tickets/1/links")
    assert [(one["number"], one["kind"], one["direction"]) for one in linked] == [(2, "follow_up", "in")]
    assert [one["ticket"]["number"] for one in await api.leaving("ticket.created")] == [1, 2]
    assert [number for *_, number in await ledger(api)] == [1, 2, 2]
    assert [one["number"] for one in await items(ana, "/tickets?q=factura&team=network")] == [2]


async def test_answers_to_what_left_lead_to_the_new_ticket(api: ApiDesk) -> None:
    ana, found = await three(api)
    await split(ana, 1, found["La factura"])

    await settle(api, follows(4, to=2), follows(5, to=3), follows(6, to=1))

    assert set(await ids(ana, 2)) == {"La factura", "Asunto 4"}
    assert {"Asunto 5", "Asunto 6"} <= set(await ids(ana, 1))


async def test_the_new_clocks_start_when_the_first_message_was_accepted(api: ApiDesk) -> None:
    admin = await api.client("admin", name="root")
    targets = {"first_response": {"normal": {"minutes": 60, "calendar": "always"}}}
    assert (await admin.put("/api/v1/desk/policies/standard", json={"targets": targets})).status_code == 201
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=40)
    await settle(api, routed(1, at=began), follows(2, at=began + timedelta(minutes=30)))
    ana = await agent(api, "ana")
    await answered(ana, 1)

    await split(ana, 1, (await ids(ana, 1))["Asunto 2"])

    level = (await ticket(ana, 2))["service_level"]["first_response"]
    assert datetime.fromisoformat(level["due_at"]) == began + timedelta(minutes=90)
    assert level["state"] == "running"


async def test_in_slack_the_new_ticket_goes_on_in_the_same_thread(api: ApiDesk) -> None:
    await settle(api, said(1), said(2))
    ana = await agent(api, "ana")
    messages = await ids(ana, 1)

    answer = await split(ana, 1, messages["Mensaje 2"], subject="Otra cosa")

    assert answer.status_code == 201, answer.text
    assert answer.json()["requester"]["identities"] == [{"kind": "slack", "address": CUSTOMER}]
    await answered(ana, 2)
    sent = [one for one in await api.leaving("notification.requested") if not one["automatic"]]
    assert [(one["medium"], one["chat"]["conversation"]) for one in sent] == [("slack", message_id(1))]


async def test_asking_again_with_the_same_key_splits_once(api: ApiDesk) -> None:
    ana, found = await three(api)

    answers = [await split(ana, 1, found["La factura"], key="s-1") for _ in range(2)]

    assert [answer.json()["number"] for answer in answers] == [2, 2]
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_merging_puts_it_back_together(api: ApiDesk) -> None:
    ana, found = await three(api)
    await split(ana, 1, found["La factura"])

    merged = await merge(ana, 2, 1)
    await settle(api, follows(4, to=2))

    assert merged.status_code == 200, merged.text
    assert "Asunto 4" in await ids(ana, 1)
    assert (await unmerge(ana, 2)).status_code == 200
    assert set(await ids(ana, 2)) == {"La factura", "Asunto 4"}


async def test_what_cannot_leave_is_refused_with_words(api: ApiDesk) -> None:
    ana, found = await three(api)
    await settle(api, routed(8, sender=PIA))
    said_by_us = (await answered(ana, 1))["id"]
    foreign = next(iter((await ids(ana, 2)).values()))
    everything = list(found.values())

    refused = {
        "all of it": await split(ana, 1, *everything),
        "another ticket's": await split(ana, 1, foreign),
        "our own": await split(ana, 1, said_by_us),
        "none": await split(ana, 1),
        "twice": await split(ana, 1, everything[0], everything[0]),
        "no team": await split(ana, 1, everything[1], team="nobody"),
        "no reason": await split(ana, 1, everything[1], reason="no"),
        "no ticket": await split(ana, 99, everything[1]),
        "not theirs": await split(await agent(api, "eva"), 1, everything[1]),
    }

    assert {name: answer.status_code for name, answer in refused.items()} == {
        "all of it": 409,
        "another ticket's": 422,
        "our own": 422,
        "none": 422,
        "twice": 422,
        "no team": 422,
        "no reason": 422,
        "no ticket": 404,
        "not theirs": 403,
    }
    assert refused["another ticket's"].json()["errors"][0]["pointer"] == "/messages/0"
    assert "no message of ticket 1" in refused["another ticket's"].json()["detail"]
    assert set(await ids(ana, 1)) == set(found)


async def test_messages_of_two_people_are_split_one_by_one(api: ApiDesk) -> None:
    ana, found = await three(api)
    added = await ana.post("/api/v1/tickets/1/participants", json={"address": PIA})
    assert added.is_success
    await settle(api, follows(4, sender=PIA))
    messages = await ids(ana, 1)

    both = await split(ana, 1, messages["Asunto 4"], found["La factura"])
    hers = await split(ana, 1, messages["Asunto 4"])

    assert (both.status_code, hers.status_code) == (409, 201)
    assert hers.json()["requester"]["identities"][0]["address"] == PIA


async def test_in_slack_whoever_else_wrote_is_as_sure_in_their_own_ticket_as_slack_says(api: ApiDesk) -> None:
    signed = {"grade": "verified", "detail": "signed by Slack", "member_mail": "nadie@desk.example"}
    await settle(api, said(1), said(2, BOB, authentication=signed), said(3, f"{TEAM}/U9", authentication={}))
    ana = await agent(api, "ana")
    found = await items(ana, "/tickets/1/messages")

    made = [(await split(ana, 1, one["id"])).json()["requester"] for one in found if one["text"] in WRITTEN]

    assert [(one["identities"][0]["address"], one["grade"]) for one in made] == [
        (BOB, "verified"), (f"{TEAM}/U9", "claimed"),
    ]  # fmt: skip
    told = {one["text"]: one["authentication"] for one in found}
    assert told["Mensaje 2"] == {"grade": "verified", "detail": "signed by Slack"}


async def test_what_came_by_a_merged_ticket_goes_back_by_unmerging(api: ApiDesk) -> None:
    ana, _ = await three(api)
    await settle(api, routed(8))
    await merge(ana, 2, 1)
    await settle(api, follows(9, to=8))

    answer = await split(ana, 1, (await ids(ana, 1))["Asunto 9"])
    merged = await split(ana, 2, (await ids(ana, 2))["Asunto 8"])

    assert (answer.status_code, merged.status_code) == (422, 409)
    assert "un-merge" in answer.json()["detail"]


async def test_why_a_ticket_is_here_says_first_who_made_it_and_out_of_which(api: ApiDesk) -> None:
    ana, found = await three(api)
    assert (await split(ana, 1, found["La factura"], team="network")).status_code == 201

    told = (await ana.get("/api/v1/tickets/2/routing")).json()

    assert told["split_off"] == {"number": 1, "by": "ana", "why": REASON}
    assert told["names"]["agents"] == {"ana": "Ana Gil"}
    assert told["sentence"]["es"].startswith(
        f"De la #1: la separó Ana Gil («{REASON}»). De su primer mensaje se había "
    )
    assert told["sentence"]["en"].startswith(
        f"Out of #1: split off by Ana Gil (“{REASON}”). What had been decided there"
    )
    read = await ana.get("/api/v1/tickets/2/routing?format=text&language=es")
    assert read.text.startswith("De la #1: la separó Ana")
    assert "split_off" not in (await ana.get("/api/v1/tickets/1/routing")).json()
    message = await ana.get(f"/api/v1/tickets/2/routing?message={found['La factura']}")
    assert not message.json()["sentence"]["es"].startswith("De la #1")
