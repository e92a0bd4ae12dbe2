"""Synthetic probes in the ticket service: settled without a trace, whoever lies about them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import PROBE_KEYS, ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.routed_mails import ledger, routed, settle
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.adapters.postgres.probe_store import ProbeStore
from tickets.handlers.probing.issue import MOST_EACH_MINUTE, Probing
from tickets.handlers.probing.settle_probes import ProbeSettler
from tickets.handlers.sending.deliveries import note_reports
from tickets.handlers.settling.settle import settle_batch
from ventanilla_runtime.delivery import Batch, Delivery

KEPT = ("probe", "ledger", "stream_epoch", "schema_migration", "api_token", "rule_texts")
"""Tables that may know of a probe: its own, the ledger, and what is no message's."""


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def prober(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("probe", name="prober")


async def issued(prober: httpx.AsyncClient, channel: str = "email") -> dict[str, Any]:
    answer = await prober.post("/api/v1/probes", json={"channel": channel})
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


def sent(probe: dict[str, Any], sequence: int = 1, **changes: Any) -> Delivery:
    at = datetime.fromisoformat(probe["expires_at"]) - timedelta(minutes=4)
    sender = {"sender": "probe@desk.example", "sender_name": ""}
    return routed(sequence, **{"subject": probe["subject"], "text": probe["text"], "at": at, **sender, **changes})


async def read(prober: httpx.AsyncClient, probe: dict[str, Any]) -> dict[str, Any]:
    answer = await prober.get(f"/api/v1/probes/{probe['id']}")
    assert answer.status_code == 200, answer.text
    row: dict[str, Any] = answer.json()
    return row


async def contents(api: ApiDesk) -> dict[str, int]:
    """Rows of every table."""
    names = await api.database.fetch("select tablename from pg_tables where schemaname = 'public'")
    counts = {}
    for name in (row[0] for row in names):
        counts[name] = (await api.database.fetchrow(f'select count(*) from "{name}"'))[0]
    return counts


async def test_a_probe_is_written_as_a_ticket_read_back_and_nowhere_to_be_found(
    api: ApiDesk, prober: httpx.AsyncClient
) -> None:
    probe = await issued(prober)
    assert (await read(prober, probe))["state"] == "waiting"
    before = await contents(api)

    await settle(api, sent(probe, decision={"team": "first-line", "priority": "urgent", "tags": ["vip"]}))

    row = await read(prober, probe)
    assert (row["state"], row["seen"]["outcome"]) == ("seen", "created")
    ticket = row["seen"]["ticket"]
    assert ticket["text"].strip() == probe["text"]
    assert (ticket["status"], ticket["priority"], ticket["channel"]) == ("new", "urgent", "email")
    assert ticket["routed"]
    assert ticket["searchable"]
    assert ticket["history"] >= 1
    assert ticket["acknowledgements"] == 1, "an acknowledgement was written, and taken back"
    assert row["seen"]["events"] >= 2
    assert await ledger(api) == [("probe", "", None)]
    after = await contents(api)
    assert {name for name in after if after[name] != before[name]} <= set(KEPT)


async def test_whatever_comes_with_it_in_one_batch_is_settled_as_ever(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await settle(api, routed(1), sent(probe, 2), routed(3))
    outcomes = [(outcome, number) for outcome, _, number in await ledger(api)]
    assert outcomes == [("created", 1), ("probe", None), ("created", 2)], "no number was used up"


async def test_a_copy_of_a_probe_is_an_ordinary_ticket(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await settle(api, sent(probe, 1), sent(probe, 2, sender="mallory@evil.example"))
    await settle(api, sent(probe, 3, sender="mallory@evil.example"))
    assert [outcome for outcome, _, _ in await ledger(api)] == ["probe", "created", "created"]


async def test_a_probe_that_comes_again_is_settled_once(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    for _ in range(3):
        await settle(api, sent(probe))
    assert await ledger(api) == [("probe", "", None)]


async def test_one_that_nobody_has_signed_is_an_ordinary_ticket(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    forged = probe["text"][:-1] + ("0" if probe["text"][-1] != "0" else "1")
    await settle(api, sent(probe, text=forged))
    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"]
    assert (await read(prober, probe))["state"] == "waiting"


async def test_what_says_more_than_a_probe_reaches_the_agents(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await settle(api, sent(probe, text=probe["text"] + "\nNo puedo entrar en mi cuenta."))
    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"]


async def test_a_probe_that_was_accepted_too_late_is_an_ordinary_ticket(
    api: ApiDesk, prober: httpx.AsyncClient
) -> None:
    probe = await issued(prober)
    late = datetime.fromisoformat(probe["expires_at"]) + timedelta(seconds=1)
    await settle(api, sent(probe, at=late))
    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"]


async def test_where_a_rule_would_hold_it_the_prober_is_told_so(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await settle(api, sent(probe, decision={"quarantine": "spam"}))
    seen = (await read(prober, probe))["seen"]
    assert (seen["outcome"], seen["reason"], seen["ticket"]) == ("quarantined", "spam", None)
    assert await ledger(api) == [("probe", "", None)]
    assert not (await api.database.fetchrow("select count(*) from quarantine"))[0]


async def test_a_probe_whose_row_was_lost_is_still_one(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await api.database.execute("delete from probe")
    await settle(api, sent(probe))
    assert await ledger(api) == [("probe", "", None)]
    assert (await read(prober, probe))["state"] == "seen"


PROBER = "probe@desk.example"


async def settled_with_answers(api: ApiDesk, *deliveries: Delivery) -> None:
    deps = replace(api.settle_deps(), probes=ProbeSettler(PROBE_KEYS, PROBER))
    await settle_batch(Batch(list(deliveries)), deps)


async def with_answer(api: ApiDesk) -> dict[str, Any]:
    given = await Probing(PROBE_KEYS, ProbeStore(api.database), PROBER).issue("email", answer=True)
    assert given is not None
    return {"id": given.id, "subject": given.subject, "text": given.text, "expires_at": given.expires_at.isoformat()}


async def test_an_acknowledgement_leaves_for_the_one_address_that_the_operator_has_named(
    api: ApiDesk, prober: httpx.AsyncClient
) -> None:
    answered, elsewhere, unasked = await with_answer(api), await with_answer(api), await issued(prober)
    await settled_with_answers(
        api, sent(answered, 1), sent(elsewhere, 2, sender="ana@cliente.example"), sent(unasked, 3)
    )
    assert [outcome for outcome, _, _ in await ledger(api)] == ["probe"] * 3
    [mail] = await api.leaving("")
    assert (mail["id"], mail["to"]["address"]) == (f"notification.requested.v1:probe/{answered['id']}", PROBER)
    assert not (await api.database.fetchrow("select count(*) from message"))[0]

    outbound = OutboundStore(api.database)
    await note_reports([Report(mail["id"], "delivered", "")], outbound, api.deps)
    row = await read(prober, answered)
    assert (row["answer"], bool(row["answered_at"])) == ("delivered", True)
    assert await api.leaving("") == [], "it does not wait for a report any more"
    await note_reports([Report(mail["id"], "failed", "late")], outbound, api.deps)
    assert (await read(prober, answered))["answer"] == "delivered"
    assert (await read(prober, unasked))["answer"] is None


async def test_one_that_did_not_arrive_says_why(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await with_answer(api)
    await settled_with_answers(api, sent(probe))
    [mail] = await api.leaving("")
    await note_reports(
        [Report(mail["id"], "failed", "refused: no such mailbox")], OutboundStore(api.database), api.deps
    )
    assert (await read(prober, probe))["answer"] == "failed: refused: no such mailbox"


async def test_a_desk_that_answers_no_probes_says_so(prober: httpx.AsyncClient) -> None:
    refused = await prober.post("/api/v1/probes", json={"channel": "email", "answer": True})
    assert (refused.status_code, "TICKETS_PROBE_ANSWERS_TO" in refused.text) == (422, True)
    refused = await prober.post("/api/v1/probes", json={"channel": "sms", "answer": True})
    assert (refused.status_code, "only probes by email" in refused.text) == (422, True)


async def test_it_is_cleaned_up_and_stays_known(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await settle(api, sent(probe))
    for _ in range(2):
        assert (await prober.delete(f"/api/v1/probes/{probe['id']}")).status_code == 204
    row = await read(prober, probe)
    assert (row["state"], row["seen"]) == ("cleaned", None)
    await settle(api, sent(probe, 2, sender="mallory@evil.example"))
    assert [outcome for outcome, _, _ in await ledger(api)] == ["probe", "created"]
    assert (await prober.delete("/api/v1/probes/0123456789abcdef")).status_code == 404


async def test_behind_a_prober_that_went_away_the_desk_cleans_up(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober)
    await settle(api, sent(probe))
    probing = Probing(PROBE_KEYS, ProbeStore(api.database))
    await probing.tidy()
    assert (await read(prober, probe))["state"] == "seen"
    await api.database.execute("update probe set issued_at = issued_at - interval '61 minutes'")
    await probing.tidy()
    assert (await read(prober, probe))["state"] == "cleaned"
    await api.database.execute("update probe set issued_at = issued_at - interval '3 days'")
    await probing.tidy()
    assert (await prober.get(f"/api/v1/probes/{probe['id']}")).status_code == 404


async def test_a_ticket_by_the_api_is_taken_back_too(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe = await issued(prober, "api")
    body = {"subject": probe["subject"], "text": probe["text"], "requester": {"address": "probe@desk.example"}}
    before = await contents(api)
    answer = await prober.post(f"/api/v1/probes/{probe['id']}/ticket", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["seen"]["ticket"]["channel"] == "api"
    after = await contents(api)
    assert {name for name in after if after[name] != before[name]} <= {"probe"}
    again = await prober.post(f"/api/v1/probes/{probe['id']}/ticket", json=body)
    assert (again.status_code, again.json()["detail"]) == (409, "this probe was used already; ask for a new one")
    writer = await api.client("write", "read")
    assert (await writer.post("/api/v1/tickets", json=new_ticket())).json()["number"] == 1, "no number was used up"


async def test_only_a_probe_opens_a_ticket_there(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    probe, mail = await issued(prober, "api"), await issued(prober, "email")
    body = {"subject": "Hola", "text": "No puedo entrar.", "requester": {"address": "ana@cliente.example"}}
    for text in (body["text"], mail["text"], probe["text"] + " y más"):
        answer = await prober.post(f"/api/v1/probes/{probe['id']}/ticket", json={**body, "text": text})
        assert answer.status_code == 422, answer.text
    assert (await prober.post("/api/v1/tickets", json=body)).status_code == 403
    assert (await prober.get("/api/v1/tickets")).status_code == 403


async def test_nobody_gets_more_than_so_many_in_a_minute(api: ApiDesk, prober: httpx.AsyncClient) -> None:
    now = await api.database.now()
    for number in range(MOST_EACH_MINUTE):
        await api.database.execute("insert into probe values ($1, 'email', $2)", f"{number:016x}", now)
    answer = await prober.post("/api/v1/probes", json={"channel": "email"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
