"""Mails of ours that come back: attached to the message, told to the agent, and nothing more is sent there."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import (
    ANA,
    answered,
    bounce,
    items,
    ledger,
    message,
    return_path,
    routed,
    settle,
)
from tickets.adapters.postgres.outbound import OutboundStore, Report


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


async def test_a_bounce_to_the_return_path_marks_the_very_answer_and_reopens_the_ticket(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    first = await answered(agent, 1)
    second = await answered(agent, 1, status="solved", resolution="answered")

    await settle(api, bounce(2, threading={"bounce_token": await return_path(api)}))

    assert (await ledger(api))[1] == ("appended", "bounce_token", 1)
    delivery = (await message(agent, 1, second["id"]))["delivery"]
    assert delivery["state"] == "bounced"
    assert delivery["detail"] == f"{ANA}: user_unknown (5.1.1) 550 no such user here"
    assert delivery["recipients"][ANA]["reason"] == "user_unknown"
    assert (await message(agent, 1, first["id"]))["delivery"]["state"] == "queued"
    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["tags"]) == ("open", ["undeliverable"])
    history = await items(agent, "/tickets/1/history")
    bounced = next(entry for entry in history if entry["action"] == "mail.bounced")
    assert (bounced["why"], bounced["detail"]["recipient"], bounced["detail"]["message"]) == (
        "user_unknown",
        ANA,
        second["id"],
    )
    assert "address.stopped" in [entry["action"] for entry in history]
    changed = await api.leaving("ticket.changed")
    assert {change["field"] for change in changed[-1]["changes"]} == {"status", "tags"}
    assert changed[-1]["ticket"]["version"] == ticket["version"]
    kinds = [item["kind"] for item in await items(agent, "/tickets/1/messages")]
    assert kinds.count("automatic") == 2, "the acknowledgement and the bounce"


async def test_a_bounce_that_names_our_message_id_proves_as_much(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)

    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))

    assert (await ledger(api))[1] == ("appended", "bounced_message_id", 1)
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "bounced"


async def test_a_bounce_to_a_closed_ticket_is_noted_there_and_does_not_wake_it(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1, status="closed", resolution="told them")

    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))

    assert (await agent.get("/api/v1/tickets/1")).json()["status"] == "closed"
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "bounced"


async def test_a_forged_bounce_changes_nothing(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    forged = {"bounced_message_id": answer["message_id"].replace("1.", "9.", 1), "bounce_token": "1-" + "a" * 29}
    held = {"quarantine": "bounce_unproven"}

    await settle(api, bounce(2, threading=forged, decision=held), bounce(3, decision=held))

    assert [row[:2] for row in (await ledger(api))[1:]] == [("quarantined", "bounce_unproven")] * 2
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "queued"
    assert await items(agent, "/undeliverable") == []
    await answered(agent, 1)


async def test_a_proven_bounce_says_nothing_about_anybody_else(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1), routed(2, sender="victima@otra.example"))
    answer = await answered(agent, 1, cc=["bob@cliente.example"])

    forged = bounce(3, "victima@otra.example", threading={"bounced_message_id": answer["message_id"]})
    await settle(api, forged)

    assert await items(agent, "/undeliverable") == []
    await answered(agent, 2)


async def test_an_answer_to_an_address_that_bounces_is_refused_and_an_agent_may_insist(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))
    mails = len(await api.leaving("notification.requested"))

    refused = await agent.post("/api/v1/tickets/1/replies", json={"text": "¿Hola?"})

    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "urn:ventanilla:problem:undeliverable"
    assert problem["addresses"] == [ANA]
    assert '"force": true' in problem["detail"]
    assert len(await api.leaving("notification.requested")) == mails
    assert (await agent.post("/api/v1/tickets/1/replies", json={"text": "Nota", "internal": True})).status_code == 201
    await answered(agent, 1, force=True)
    assert len(await api.leaving("notification.requested")) == mails + 1


async def test_a_copy_that_bounces_is_named_and_does_not_wake_the_ticket(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1, cc=["bob@cliente.example"], status="pending")

    await settle(api, bounce(2, "bob@cliente.example", threading={"bounced_message_id": answer["message_id"]}))

    delivery = (await message(agent, 1, answer["id"]))["delivery"]
    assert delivery["detail"].startswith("bob@cliente.example: user_unknown")
    assert (await agent.get("/api/v1/tickets/1")).json()["status"] == "pending"
    [stopped] = await items(agent, "/undeliverable")
    assert (stopped["address"], stopped["reason"], stopped["message_id"]) == (
        "bob@cliente.example",
        "user_unknown",
        answer["id"],
    )
    await answered(agent, 1, cc=[])


async def test_a_mail_from_the_address_lifts_it_and_takes_the_mark_off(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))

    await settle(api, routed(3, threading={"in_reply_to": answer["message_id"]}))

    assert await items(agent, "/undeliverable") == []
    assert (await agent.get("/api/v1/tickets/1")).json()["tags"] == []
    assert "address.reached" in [entry["action"] for entry in await items(agent, "/tickets/1/history")]
    await answered(agent, 1)


async def test_a_forged_mail_from_the_address_does_not_lift_it_and_gets_no_acknowledgement(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))
    mails = len(await api.leaving("notification.requested"))

    await settle(api, routed(3, authentication={"dmarc": "fail"}))

    assert [item["address"] for item in await items(agent, "/undeliverable")] == [ANA]
    assert len(await api.leaving("notification.requested")) == mails
    withheld = next(
        entry for entry in await items(agent, "/tickets/2/history") if entry["action"] == "acknowledgement.withheld"
    )
    assert withheld["why"] == "mail to this address comes back"


async def test_a_ticket_that_is_opened_by_hand_asks_for_no_acknowledgement_to_such_an_address(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))
    mails = len(await api.leaving("notification.requested"))

    body = {"subject": "Ha llamado", "text": "Por teléfono.", "requester": {"address": ANA}, "notify": True}
    opened = await agent.post("/api/v1/tickets", json=body)

    assert opened.status_code == 201
    assert len(await api.leaving("notification.requested")) == mails


async def test_an_agent_lifts_it_with_a_reason_and_older_bounces_say_nothing_then(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer, other = await answered(agent, 1), await answered(agent, 1)
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))

    lifted = await agent.post("/api/v1/undeliverable/lift", json={"address": ANA, "why": "they called"})
    again = await agent.post("/api/v1/undeliverable/lift", json={"address": ANA})
    await settle(api, bounce(3, threading={"bounced_message_id": other["message_id"]}))

    assert lifted.status_code == again.status_code == 200
    assert lifted.json()["since"] is None
    assert (await message(agent, 1, other["id"]))["delivery"]["state"] == "bounced"
    assert await items(agent, "/undeliverable") == []
    [decision] = await items(agent, "/decisions?action=address.reached")
    assert (decision["actor"], decision["why"], decision["detail"]["address"]) == ("agent:eva", "they called", ANA)
    newer = await answered(agent, 1)
    await settle(api, bounce(4, threading={"bounced_message_id": newer["message_id"]}))
    assert [item["address"] for item in await items(agent, "/undeliverable")] == [ANA]
    unknown = await agent.post("/api/v1/undeliverable/lift", json={"address": "nadie@otra.example"})
    assert unknown.status_code == 404


async def test_three_full_mailboxes_in_a_week_stop_the_address_and_two_do_not(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    for sequence in range(2, 5):
        assert await items(agent, "/undeliverable") == []
        answer = await answered(agent, 1)
        full = bounce(
            sequence, reason="mailbox_full", status="5.2.2", threading={"bounced_message_id": answer["message_id"]}
        )
        await settle(api, full)

    [stopped] = await items(agent, "/undeliverable")
    assert stopped["reason"] == "mailbox_full"
    assert (await items(agent, f"/undeliverable?address={ANA}"))[0]["soft_bounces"] == 3


async def test_a_report_of_delay_shows_and_a_late_one_does_not_hide_the_bounce(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    about = {"bounced_message_id": answer["message_id"]}
    seen = []
    for sequence, action in enumerate(("delayed", "failed", "delayed"), 2):
        await settle(api, bounce(sequence, action=action, automation="dsn", threading=about))
        seen.append((await message(agent, 1, answer["id"]))["delivery"]["state"])

    assert seen == ["delayed", "bounced", "bounced"]


async def test_the_same_bounce_twice_and_in_two_replicas_at_once_counts_once(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    full = bounce(2, reason="mailbox_full", status="5.2.2", threading={"bounced_message_id": answer["message_id"]})

    await asyncio.gather(*(settle(api, full) for _ in range(4)))
    await settle(api, full)

    assert (await items(agent, f"/undeliverable?address={ANA}"))[0]["soft_bounces"] == 1
    history = [entry["action"] for entry in await items(agent, "/tickets/1/history")]
    assert history.count("mail.bounced") == 1
    assert len(await api.leaving("ticket.changed")) == 1


async def test_what_the_relay_reports_does_not_hide_a_bounce_that_was_faster(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))
    sent = next(mail for mail in await api.leaving("notification.requested") if not mail["automatic"])

    await OutboundStore(api.database).note([Report(sent["id"], "delivered", "250 queued")])

    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "bounced"


async def test_a_bounce_of_an_acknowledgement_stops_the_address_too(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    [acknowledgement] = await api.leaving("notification.requested")

    await settle(api, bounce(2, threading={"bounced_message_id": acknowledgement["mail"]["message_id"]}))

    assert [item["address"] for item in await items(agent, "/undeliverable")] == [ANA]
    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["tags"]) == ("new", ["undeliverable"])


async def test_our_own_mail_is_known_whatever_its_head_says(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)

    await settle(api, routed(2, sender="alguien@otra.example", threading={"message_id": answer["message_id"]}))

    assert (await ledger(api))[1] == ("ignored", "own_loop", None)
