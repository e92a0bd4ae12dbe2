"""Forgetting what is over: as old as the settings say, nothing that is held, and the ledger stays true."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests.integration.tickets.api_desk import MAILBOX, TEMPLATES, ApiDesk, open_api_desk
from tests.integration.tickets.test_api_quarantine import routed
from tests.support.commands import run
from tickets.adapters.postgres.erasure_store import ErasureStore, hash_of
from tickets.adapters.postgres.retention_store import RetentionStore, place_hold
from tickets.domain.privacy.person import Identity, person_of
from tickets.domain.privacy.retention import Retention
from tickets.handlers.privacy.retain import Retaining, forget_once
from tickets.handlers.privacy.take_out import TakingOut, empty_ticket
from tickets.handlers.settling.settle import settle_batch
from ventanilla_runtime.delivery import Batch

_FILE = {
    "filename": "factura.pdf", "content_type": "application/pdf", "size_bytes": 3, "sha256": "1" * 64,
    "blob": {"size_bytes": 3, "sha256": "1" * 64, "bucket": "attachments", "name": "abc"},
}  # fmt: skip


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def closed_tickets(api: ApiDesk, count: int, days: float = 100) -> list[int]:
    """Tickets of mails that were closed so long ago."""
    deliveries = [routed(number, quarantine=None, attachments=[_FILE]) for number in range(1, count + 1)]
    await settle_batch(Batch(deliveries), api.settle_deps())
    await api.database.execute(
        "update ticket set status = 'closed', closed_at = now() - $1::interval", timedelta(days=days)
    )
    return [row["number"] for row in await api.database.fetch("select number from ticket order by number")]


def retaining(api: ApiDesk, **kept: float) -> Retaining:
    retention = Retention(**kept)  # type: ignore[arg-type]  # days and one flag
    return Retaining(retention, api.database, RetentionStore(api.database), api.deps.writes, TEMPLATES.render, "desk")


async def test_a_ticket_that_is_old_enough_keeps_its_skeleton_and_nobody_in_it(api: ApiDesk) -> None:
    [old] = await closed_tickets(api, 1)
    reader = await api.client("read")

    assert await forget_once(retaining(api, closed_days=365)) == {"closed": 0}
    assert await forget_once(retaining(api, closed_days=90)) == {"closed": 1}
    assert await forget_once(retaining(api, closed_days=90)) == {"closed": 0}

    ticket = (await reader.get(f"/api/v1/tickets/{old}")).json()
    assert (ticket["number"], ticket["status"], ticket["requester"]["name"]) == (old, "closed", "")
    assert "cliente" not in json.dumps(ticket)
    [message, *_] = (await reader.get(f"/api/v1/tickets/{old}/messages")).json()["items"]
    assert (message["kind"], message["text"], message["attachments"]) == ("customer", "", [])
    assert (await reader.get("/api/v1/tickets", params={"q": "factura"})).json()["items"] == []
    for path in ("history", "routing", "participants", "handovers", "links", "service-level/arithmetic", "callbacks"):
        assert (await reader.get(f"/api/v1/tickets/{old}/{path}")).status_code in (200, 404), path
    lines = (await reader.get(f"/api/v1/tickets/{old}/history")).json()["items"]
    assert lines[-1]["action"] == "ticket.erased"
    assert {"ticket.created", "message.deleted"} <= {line["action"] for line in lines}
    told = await api.leaving("ticket.message_changed")
    assert [event["kind"] for event in told] == ["deleted"] * len(told)
    places = await api.database.fetch("select place from unwanted_original order by id")
    assert [json.loads(row["place"]).get("bucket") for row in places] == ["attachments", None]


async def test_a_ticket_that_goes_whole_leaves_a_row_to_count_by_and_stays_settled(api: ApiDesk) -> None:
    numbers = await closed_tickets(api, 3)
    async with api.database.transaction() as connection:
        await place_hold(connection, numbers[0], "operator:eva", "case 12")
    whole = retaining(api, closed_days=90, deletes=True)

    await forget_once(whole)
    await api.database.execute(
        "update ticket set anonymised_at = now() - interval '2 days' where anonymised_at is not null"
    )
    done = await forget_once(whole)

    assert done == {"closed": 2}
    left = await api.database.fetch("select number from ticket")
    assert [row["number"] for row in left] == [numbers[0]], "what is held stays"
    [row, _] = await api.database.fetch("select * from forgotten_ticket order by number")
    assert (row["number"], row["channel"], row["team"], row["messages"] > 0) == (numbers[1], "email", "billing", True)
    ledger = await api.database.fetch("select vanished, outcome, ticket_number from ledger order by sequence")
    assert [(one["vanished"], one["outcome"]) for one in ledger] == [(False, "created")] * 3
    assert not await api.database.fetch("select 1 from unsettled")


async def test_an_open_ticket_of_whoever_is_erased_is_closed_and_its_clocks_are_what_its_history_says(
    api: ApiDesk, database: str
) -> None:
    admin = await api.client("admin", "read", "write")
    targets = {"first_response": {"high": {"minutes": 60, "calendar": "always"}}}
    assert (await admin.put("/api/v1/desk/policies/standard", json={"targets": targets})).status_code == 201
    await settle_batch(Batch([routed(1, quarantine=None)]), api.settle_deps())
    [row] = await api.database.fetch("select number from ticket")
    assert await api.database.fetch("select 1 from service_level where next_due_at is not null")
    taking = TakingOut(
        api.deps.writes,
        TEMPLATES.render,
        "desk",
        person_of([Identity("email", "eva1@cliente.example")], ["Eva"]),
        await api.database.now(),
        "test",
    )

    taken = await empty_ticket(row["number"], taking)
    again = await empty_ticket(row["number"], taking)

    assert (taken.tickets, taken.messages > 0, again.tickets, again.messages) == (1, True, 0, 0)
    ticket = await api.database.fetchrow("select * from ticket")
    assert (ticket["status"], ticket["requester_address"]) == ("closed", "erased@erased.invalid")
    assert not await api.database.fetch("select 1 from due")
    assert not await api.database.fetch("select 1 from service_level where next_due_at is not null")
    environment = {"TICKETS_POSTGRES_URL": database, "TICKETS_SECRET": "a secret of the tests"}
    recomputed = run("tickets", "recompute", "--all", environment=environment)
    assert recomputed.code == 0, recomputed.out


async def test_who_was_erased_is_known_again_after_a_restore_and_nobody_else_is(api: ApiDesk) -> None:
    await settle_batch(Batch([routed(1, quarantine=None), routed(2, quarantine=None)]), api.settle_deps())
    store, later = ErasureStore(api.database, [b"new key", b"old key"]), await api.database.now()
    listed = [(hash_of(Identity("email", "eva1@cliente.example"), b"old key"), later)]

    assert await store.known_again(listed) == {later: [Identity("email", "eva1@cliente.example")]}
    assert await store.known_again([(hash_of(Identity("email", "eva1@cliente.example"), b"lost key"), later)]) == {}


async def test_who_deletes_a_message_behind_the_desks_back_is_still_noticed(api: ApiDesk) -> None:
    await closed_tickets(api, 1)
    await api.database.execute("delete from message where kind = 'customer'")

    assert [row["vanished"] for row in await api.database.fetch("select vanished from ledger")] == [True]


async def test_files_go_sooner_than_words_and_their_names_stay(api: ApiDesk) -> None:
    [number] = await closed_tickets(api, 1)
    reader = await api.client("read")

    assert await forget_once(retaining(api, files_days=30)) == {"files": 1}

    [message, *_] = (await reader.get(f"/api/v1/tickets/{number}/messages")).json()["items"]
    assert "factura" in message["text"]
    assert [one["filename"] for one in message["attachments"]] == ["factura.pdf"]
    assert await forget_once(retaining(api, files_days=30)) == {"files": 0}


async def test_the_command_counts_before_it_forgets_and_says_what_is_held(api: ApiDesk, database: str) -> None:
    [number] = await closed_tickets(api, 1)
    await settle_batch(Batch([routed(9)]), api.settle_deps())
    [row] = await api.database.fetch("select id from quarantine")
    environment = {
        "TICKETS_POSTGRES_URL": database, "TICKETS_SECRET": "a secret of the tests", "TICKETS_MAILBOXES": MAILBOX,
        "TICKETS_RETENTION_CLOSED_DAYS": "90", "TICKETS_RETENTION_QUARANTINE_DAYS": "0.000001",
    }  # fmt: skip

    waiting = json.loads(run("tickets", "quarantine", "list", "--json", environment=environment).out)
    assert [UUID(one["id"]) for one in waiting] == [row["id"]]
    rejected = run("tickets", "quarantine", "reject", str(row["id"]), "--why", "spam", environment=environment)
    assert rejected.out == f"{row['id']} rejected\n"
    dry = json.loads(run("tickets", "retention", "--dry-run", "--json", environment=environment).out)
    assert dry == {"dry_run": True, "closed": 1, "quarantine": 1, "held": 0}
    run("tickets", "hold", "place", str(number), "--why", "case 12", environment=environment)
    done = run("tickets", "retention", "--json", environment=environment)
    assert json.loads(done.out) == {"dry_run": False, "closed": 0, "quarantine": 1}
    actions = [one["action"] for one in await api.database.fetch("select action from desk_decision order by id")]
    assert actions == ["quarantine.rejected", "legal_hold.placed"]
