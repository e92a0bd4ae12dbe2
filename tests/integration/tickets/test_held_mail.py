"""Floods, loops, lists and quarantine: what waits, why, who may let it through, and what is written down about that."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

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
    routed,
    settle,
)
from tickets.adapters.postgres.sender_list import SenderListStore
from tickets.domain.settling.rates import SenderRates
from tickets.domain.tokens import Signer

SPAM = {"quarantine": "spam"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


async def outcomes(api: ApiDesk) -> list[str]:
    return [row[0] for row in await ledger(api)]


# Floods


async def test_more_tickets_than_a_sender_may_open_wait_and_nothing_is_lost(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    rates = SenderRates(4, 0)
    await settle(api, *(routed(n) for n in range(1, 4)), rates=rates)
    await settle(api, *(routed(n) for n in range(4, 8)), routed(9, sender="bob@cliente.example"), rates=rates)

    assert await outcomes(api) == ["created"] * 4 + ["quarantined"] * 3 + ["created"]
    assert {item["reason"] for item in await items(agent, "/quarantine")} == {"too_many"}


async def test_several_replicas_share_the_limit(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    replicas = [SenderRates(8, 0) for _ in range(3)]

    for n in range(1, 31):
        await settle(api, routed(n), rates=replicas[n % 3])

    # Each may let through a quarter of the limit that the others do not hear of.
    assert 8 <= (await outcomes(api)).count("created") <= 8 + 2 * 2


async def test_a_batch_that_is_settled_again_counts_once(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    rates = SenderRates(4, 0)
    batch = [routed(n) for n in range(1, 4)]
    for _ in range(5):
        await settle(api, *batch, rates=rates)

    await settle(api, routed(4), rates=rates)

    assert await outcomes(api) == ["created"] * 4


async def test_a_backlog_of_several_hours_is_no_flood(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    begin = datetime(2026, 11, 2, 0, 30, tzinfo=UTC)
    backlog = [routed(n, at=begin + timedelta(minutes=20 * n)) for n in range(1, 25)]

    await settle(api, *backlog, rates=SenderRates(4, 0))

    assert set(await outcomes(api)) == {"created"}


async def test_all_of_one_sender_are_released_at_once(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, *(routed(n, decision=SPAM) for n in range(1, 6)), routed(6, sender="b@x.example", decision=SPAM))

    answer = await agent.post(f"/api/v1/quarantine/release?sender={ANA}", json={"why": "our own monitoring"})
    again = await agent.post(f"/api/v1/quarantine/release?sender={ANA}")

    body = answer.json()
    assert [item["state"] for item in body["items"]] == ["released"] * 5
    assert body["remaining"] == 0
    assert again.json() == {"items": [], "refused": [], "remaining": 0}
    assert [item["sender"]["address"] for item in await items(agent, "/quarantine")] == ["b@x.example"]
    decisions = await items(agent, "/decisions?action=quarantine.released")
    assert {(entry["actor"], entry["why"], entry["detail"]["sender"]) for entry in decisions} == {
        ("agent:eva", "our own monitoring", ANA)
    }
    assert len(decisions) == 5


async def test_a_whole_domain_is_rejected_at_once_and_that_is_final(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, *(routed(n, sender=f"x{n}@spam.example", decision=SPAM) for n in range(1, 4)))

    answer = await agent.post("/api/v1/quarantine/reject?sender=@spam.example", json={"why": "spam"})

    assert [item["state"] for item in answer.json()["items"]] == ["rejected"] * 3
    [first, *_] = await items(agent, "/quarantine?state=rejected")
    assert (first["decided_by"], first["why"]) == ("agent:eva", "spam")
    assert (await agent.post(f"/api/v1/quarantine/{first['id']}/release")).status_code == 409
    assert set(await outcomes(api)) == {"quarantined"}


async def test_deciding_about_everything_at_once_by_mistake_is_refused(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1, decision=SPAM))

    assert (await agent.post("/api/v1/quarantine/release")).status_code == 422
    assert (await agent.post("/api/v1/quarantine/release?sender=")).status_code == 422
    assert len(await items(agent, "/quarantine")) == 1


async def test_releasing_and_rejecting_all_at_the_same_time_decides_each_once(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, *(routed(n, decision=SPAM) for n in range(1, 8)))

    await asyncio.gather(
        *(agent.post(f"/api/v1/quarantine/{verb}?reason=spam") for verb in ("release", "reject", "release"))
    )

    decisions = await items(agent, "/decisions")
    assert len(decisions) == len({entry["detail"]["message"] for entry in decisions}) == 7
    assert len(await items(agent, "/tickets")) == len(await api.leaving("ticket.created"))


# Loops


async def test_two_desks_that_answer_each_other_are_stopped_and_the_rest_waits(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    other = "soporte@otro-desk.example"
    await settle(api, routed(1, sender=other), loop_limit=5)
    [acknowledgement] = await api.leaving("notification.requested")
    ours = acknowledgement["mail"]["message_id"]

    for n in range(2, 12):
        await settle(api, routed(n, sender=other, threading={"in_reply_to": ours}), loop_limit=5)

    ends = await ledger(api)
    assert [end[0] for end in ends] == ["created"] + ["appended"] * 4 + ["quarantined"] * 6
    assert ends[-1][1] == "loop_suspected"
    assert len(await api.leaving("notification.requested")) == 1, "nothing was answered on the way"


async def test_what_was_held_as_a_loop_joins_its_ticket_when_it_is_released(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1), loop_limit=1)
    answer = await answered(agent, 1)
    await settle(api, routed(2, threading={"in_reply_to": answer["message_id"]}), loop_limit=1)
    [held] = await items(agent, "/quarantine?reason=loop_suspected")

    released = await agent.post(f"/api/v1/quarantine/{held['id']}/release", json={"why": "photos, one a mail"})

    assert released.json()["ticket_number"] == 1
    assert (await ledger(api))[1] == ("appended", "released", 1)
    assert (await message(agent, 1, held["id"]))["kind"] == "customer"
    added = [entry for entry in await items(agent, "/tickets/1/history") if entry["action"] == "message.added"]
    assert (added[-1]["actor"], added[-1]["why"]) == ("agent:eva", "photos, one a mail")
    await settle(api, routed(2, threading={"in_reply_to": answer["message_id"]}), loop_limit=1)
    assert len(await items(agent, "/tickets")) == 1


# Lists


async def listed(agent: httpx.AsyncClient, kind: str, sender: str, **more: Any) -> dict[str, Any]:
    answer = await agent.post("/api/v1/sender-list", json={"kind": kind, "sender": sender, **more})
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


async def test_denied_mail_waits_and_is_not_lost(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    entry = await listed(agent, "deny", "Ofertas.Example", note="nothing but offers")

    await settle(api, routed(1, sender="x@ofertas.example"), routed(2, sender="x@mail.ofertas.example"), routed(3))

    assert [row[:2] for row in await ledger(api)] == [("quarantined", "denied")] * 2 + [("created", "")]
    assert (await agent.delete(f"/api/v1/sender-list/{entry['id']}")).status_code == 204
    await settle(api, routed(4, sender="x@ofertas.example"))
    assert (await outcomes(api))[-1] == "created"
    trail = [(item["action"], item["actor"], item["why"]) for item in await items(agent, "/decisions")]
    assert trail == [
        ("sender.unlisted", "agent:eva", ""),
        ("sender.listed", "agent:eva", "nothing but offers"),
    ]


async def test_allowed_mail_gets_through_as_spam_and_as_a_flood_where_the_sender_is_proven(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await listed(agent, "allow", "cliente.example")
    proven = {"authentication": {"grade": "verified", "dmarc": "pass"}}
    forged = {"authentication": {"grade": "claimed", "dmarc": "fail"}}

    await settle(api, routed(1, decision=SPAM, **proven), routed(2, decision=SPAM, **forged), routed(3, decision=SPAM))
    await settle(api, *(routed(n, **proven) for n in range(4, 10)), rates=SenderRates(2, 0))

    assert await outcomes(api) == ["created", "quarantined", "quarantined"] + ["created"] * 6


async def test_an_entry_ends_when_its_time_is_over_and_the_last_word_counts(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    await listed(agent, "deny", ANA, expires_at=past)
    await settle(api, routed(1))

    [entry] = await items(agent, "/sender-list")
    assert entry["expired"] is True
    await listed(agent, "deny", ANA)
    await listed(agent, "allow", ANA)
    await settle(api, routed(2))

    assert await outcomes(api) == ["created", "created"]
    assert [item["kind"] for item in await items(agent, "/sender-list?kind=allow")] == ["allow"]


@pytest.mark.parametrize("sender", ["", "example", "@cliente.example", "a b@cliente.example", "x" * 300, "a..b"])
async def test_what_is_no_sender_is_refused(agent: httpx.AsyncClient, sender: str) -> None:
    answer = await agent.post("/api/v1/sender-list", json={"kind": "deny", "sender": sender})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/sender"


async def test_another_replica_knows_of_a_denied_sender_before_long(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    other = SenderListStore(api.database)
    assert (await other.current()).says(ANA) is None
    await listed(agent, "deny", ANA)
    assert (await other.current()).says(ANA) is None, "its copy is young"
    other.forget()

    assert (await other.current()).says(ANA) == "deny"


# Quarantine


async def test_the_list_is_filtered_and_paged(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1, decision=SPAM, filtered={"spam": True, "score": 15.5, "source": "rspamd"}))
    doubtful = {"suspicion": "lookalike", "detail": "otra.example looks like 0tra.example"}
    held = {"quarantine": "suspicion"}
    await settle(api, routed(2, sender="x@otra.example", decision=held, authentication=doubtful))
    await settle(api, routed(3, sender="x@mail.otra.example", decision=SPAM, subject="Una OFERTA"))

    async def found(query: str) -> list[str]:
        return [item["subject"] for item in await items(agent, f"/quarantine?{query}")]

    assert await found("reason=lookalike") == ["Asunto 2"]
    assert await found("sender=x@otra.example") == ["Asunto 2"]
    assert await found("sender=@otra.example") == ["Asunto 2"]
    assert await found("q=oferta") == ["Una OFERTA"]
    assert await found("q=%25") == [], "no pattern, just words"
    assert await found("account=soporte@desk.example&reason=spam") == ["Asunto 1", "Una OFERTA"]
    assert await found("state=released") == []
    details = {item["reason"]: item["detail"] for item in await items(agent, "/quarantine")}
    assert details["lookalike"] == "otra.example looks like 0tra.example"
    page = (await agent.get("/api/v1/quarantine?reason=spam&limit=1")).json()
    rest = (await agent.get(f"/api/v1/quarantine?reason=spam&limit=1&cursor={page['next']}")).json()
    assert [page["items"][0]["subject"], rest["items"][0]["subject"]] == ["Asunto 1", "Una OFERTA"]
    other = await agent.get(f"/api/v1/quarantine?reason=lookalike&cursor={page['next']}")
    assert other.status_code == 422, "a cursor belongs to its filters"


async def test_a_suspicious_mail_that_names_a_ticket_waits_and_an_ordinary_stranger_gets_a_ticket(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    forged = {"dmarc": "fail", "suspicion": "dmarc_fail", "detail": "p=reject"}

    await settle(
        api,
        routed(2, subject="Re: Asunto 1 [#1]", authentication=forged),
        routed(3, sender="eva@otra.example", subject="Re: Asunto 1 [#1]"),
    )

    assert [row[:2] for row in await ledger(api)][1:] == [("quarantined", "unverified_join"), ("created", "")]
    assert (await agent.get("/api/v1/tickets/2")).json()["related_to"] == 1


async def test_a_denied_bounce_that_is_released_says_what_it_has_to_say(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    answer = await answered(agent, 1)
    await listed(agent, "deny", "relay.example")
    await settle(api, bounce(2, threading={"bounced_message_id": answer["message_id"]}))
    assert await items(agent, "/undeliverable") == []
    [held] = await items(agent, "/quarantine")

    await agent.post(f"/api/v1/quarantine/{held['id']}/release")

    assert [item["address"] for item in await items(agent, "/undeliverable")] == [ANA]
    assert (await message(agent, 1, answer["id"]))["delivery"]["state"] == "bounced"


async def test_a_released_answer_to_a_known_mail_is_settled(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1))
    held = routed(2, sender="b@otra.example", decision=SPAM, threading={"in_reply_to": "1@cliente.example"})
    await settle(api, held)
    [item] = await items(agent, "/quarantine")

    released = await agent.post(f"/api/v1/quarantine/{item['id']}/release")

    assert released.status_code == 200, released.text
    assert released.json()["ticket_number"] == 2
    assert (await agent.get("/api/v1/tickets/2")).json()["related_to"] == 1


async def test_the_customers_page_shows_nothing_as_ours_that_only_says_so(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, routed(1))
    signer: Signer = api.desk.signer
    forged = routed(
        2,
        sender="soporte@desk.example",
        automation="auto-replied",
        text="Por favor, pague aquí.",
        threading={"reply_token": signer.reply_token(1)},
    )
    person = routed(
        3, sender="soporte@desk.example", text="Soy el soporte.", threading={"reply_token": signer.reply_token(1)}
    )
    await settle(api, forged, person)
    assert [row[0] for row in await ledger(api)][1:] == ["appended", "appended"]

    portal = await api.client("portal")
    page = (await portal.get(f"/api/v1/status/{signer.status_token(1)}")).json()

    assert not any("pague" in item["text"] for item in page["messages"])
    assert [item["from"] for item in page["messages"] if item["text"] == "Soy el soporte."] == ["customer"]
