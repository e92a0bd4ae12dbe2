"""Mails of ours that the relay does not take: who was refused, what the agent is told, what the relay cannot say."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import ANA, answered, items, message, routed, settle
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_reports
from ventanilla_contracts.events import Undelivered

LUIS = "luis@cliente.example"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


def refused(recipient: str = ANA, reason: str = "user_unknown", words: str = "550 5.1.1 No such user") -> Undelivered:
    return Undelivered(recipient=recipient, status="5.1.1", reason=reason, diagnostic=words, action="refused")


async def report(api: ApiDesk, state: str, detail: str, *undelivered: Undelivered) -> None:
    """What the mail service says of the last answer."""
    [answer] = await api.database.fetch(
        "select notification_id from message where kind = 'agent' order by accepted_at desc limit 1"
    )
    reported = Report(answer["notification_id"], state, detail, undelivered)
    await note_reports([reported], OutboundStore(api.database), api.deps)


async def actions(agent: httpx.AsyncClient) -> list[str]:
    return [entry["action"] for entry in await items(agent, "/tickets/1/history")]


async def test_a_customer_whom_the_relay_does_not_know_is_written_to_no_more(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1, status="solved", resolution="answered")

    await report(api, "failed", "rejected: 550 5.1.1 No such user", refused())

    delivery = (await message(agent, 1, answer["id"]))["delivery"]
    assert (delivery["state"], delivery["detail"]) == ("failed", "rejected: 550 5.1.1 No such user")
    assert delivery["recipients"][ANA]["state"] == "bounced"
    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["tags"]) == ("open", ["undeliverable"])
    assert {"mail.bounced", "address.stopped", "ticket.changed", "notification.failed"} <= set(await actions(agent))
    assert [found["address"] for found in await items(agent, "/undeliverable")] == [ANA]
    told = await api.database.fetch("select body from outbox where subject like '%.ticket.message_changed.v1'")
    assert [json.loads(row["body"])["kind"] for row in told] == ["undelivered"]
    again = await agent.post("/api/v1/tickets/1/replies", json={"text": "¿Lo ves?"})
    assert again.status_code == 409, again.text
    [changed] = await api.leaving("ticket.changed")
    assert {item["field"] for item in changed["changes"]} == {"status", "tags"}


async def test_a_copy_that_is_refused_leaves_the_answer_delivered_to_the_customer(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1, cc=[{"address": LUIS}], status="solved", resolution="answered")

    await report(api, "delivered", "250 queued", refused(LUIS))

    states = (await message(agent, 1, answer["id"]))["delivery"]["recipients"]
    assert set(states) == {LUIS}
    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert ticket["status"] == "solved"
    assert [found["address"] for found in await items(agent, "/undeliverable")] == [LUIS]


async def test_a_relay_that_does_not_want_to_says_nothing_about_the_address(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    for _ in range(4):
        await answered(agent, 1, status="pending")
        await report(api, "failed", "rejected: 554 Relay access denied", refused(reason="policy", words="554 Relay"))

        ticket = (await agent.get("/api/v1/tickets/1")).json()
        assert (ticket["status"], ticket["tags"]) == ("open", ["undeliverable"])
    assert not await items(agent, "/undeliverable")


async def test_any_failure_of_an_answer_wakes_the_ticket(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1, status="pending")

    await report(api, "failed", "expired: nobody could deliver it in time")

    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["tags"]) == ("open", ["undeliverable"])
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "failed"
    assert not await items(agent, "/undeliverable")


async def test_the_same_report_again_changes_nothing(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    await answered(agent, 1)
    await report(api, "failed", "rejected: 550", refused(reason="mailbox_full"))
    before: list[Any] = await items(agent, "/tickets/1/history")
    pending = {"status": "pending", "why": "called instead"}
    version = (await agent.get("/api/v1/tickets/1")).json()["version"]
    answer = await agent.patch("/api/v1/tickets/1", json=pending, headers={"if-match": f'"{version}"'})
    assert answer.status_code == 200, answer.text

    await report(api, "failed", "rejected: 550", refused(reason="mailbox_full"))

    assert (await agent.get("/api/v1/tickets/1")).json()["status"] == "pending"
    assert len(await items(agent, "/tickets/1/history")) == len(before) + 1


async def test_a_report_about_nothing_we_know_is_passed_over(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    stranger = Report("n:of-another-desk", "failed", "rejected: 550", (refused(),))

    await note_reports([stranger], OutboundStore(api.database), api.deps)

    assert not await items(agent, "/undeliverable")
