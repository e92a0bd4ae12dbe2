"""What goes on while somebody is erased: newer messages stay, others of their name too, and what is held is held."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import TEMPLATES, ApiDesk, open_api_desk
from tests.integration.tickets.test_api_quarantine import routed
from tests.integration.tickets.test_retention import retaining
from tests.support.broker import Desk as BrokerDesk
from tickets.adapters.person_streams import PersonStreams
from tickets.adapters.postgres.erasure_store import ErasureStore, hash_of
from tickets.adapters.postgres.person_store import PersonReads
from tickets.adapters.postgres.retention_store import RetentionStore, place_hold
from tickets.domain.privacy.ownership import Traces
from tickets.domain.privacy.person import BLACK, Identity, Person, person_of
from tickets.errors import Refused
from tickets.handlers.privacy import retain
from tickets.handlers.privacy.export import export_person
from tickets.handlers.privacy.find import find_person, traces_of
from tickets.handlers.privacy.retain import delete_unwanted, forget_once
from tickets.handlers.privacy.take_out import Taken, TakingOut, empty_ticket
from tickets.handlers.settling.settle import settle_batch
from ventanilla_contracts.ids import event_id
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import Outgoing, Publisher

EVA = Identity("email", "eva1@cliente.example")
EVA_PEREZ = person_of([EVA], ["Eva Pérez"])
NAMED = {"sender": {"address": EVA.address, "name": "Eva Pérez"}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def taking(api: ApiDesk, before: datetime, person: Person = EVA_PEREZ) -> TakingOut:
    return TakingOut(api.deps.writes, TEMPLATES.render, "desk", person, before, "test")


async def settled(api: ApiDesk, *numbers: int, **received: Any) -> list[int]:
    await settle_batch(Batch([routed(one, quarantine=None, **received) for one in numbers]), api.settle_deps())
    return [row["number"] for row in await api.database.fetch("select number from ticket order by number")]


async def texts_of(api: ApiDesk, number: int) -> Sequence[str]:
    rows = await api.database.fetch("select body from message where ticket_number = $1 order by accepted_at", number)
    return [row["body"] for row in rows]


async def test_what_the_desk_said_after_the_order_goes_as_well(api: ApiDesk) -> None:
    [number] = await settled(api, 1, **NAMED)
    ordered = await api.database.now()
    agent = await api.client("read", "write", name="ana")
    await agent.post(f"/api/v1/tickets/{number}/replies", json={"text": "Querida Eva Pérez, ya sale."})

    await empty_ticket(number, taking(api, ordered))

    assert set(await texts_of(api, number)) == {""}
    async with api.database.connection() as connection:
        left = await PersonReads(connection).still_named(EVA_PEREZ, {"identity", "contact", "outbox"})
    assert left.by_address == {}


async def test_a_ticket_that_is_held_after_the_order_is_not_emptied(api: ApiDesk) -> None:
    [number] = await settled(api, 1, **NAMED)
    async with api.database.transaction() as connection:
        await place_hold(connection, number, "operator:eva", "case 12")

    with pytest.raises(Refused, match=f"ticket {number} is held"):
        await empty_ticket(number, taking(api, await api.database.now()))

    assert "factura" in (await texts_of(api, number))[0]


async def test_what_they_have_written_since_is_not_found_by_what_is_erased(api: ApiDesk) -> None:
    [number] = await settled(api, 1, **NAMED)
    before = (await api.database.fetchrow("select min(accepted_at) as at from message where kind = 'customer'"))["at"]
    await api.database.execute("update message set accepted_at = $1 where kind = 'customer'", before)
    await settled(api, 2, sender={"address": EVA.address, "name": "Eva Pérez"})
    await api.database.execute("update message set ticket_number = $1", number)

    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        found = await find_person([EVA], before, reads)
        kept = await traces_of(found, before, reads)
        asking = await reads.asking_since([number], [EVA], before)

    assert kept["events"] == ["message.received.v1:1"]
    assert asking == {number}


async def test_what_is_on_its_way_about_a_newer_ticket_leaves(api: ApiDesk) -> None:
    [old] = await settled(api, 1, **NAMED)
    before = await api.database.now()
    _, new = await settled(api, 2, sender={"address": EVA.address, "name": "Eva Pérez"})

    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(EVA_PEREZ, [], [old], before)

    told = {event["ticket"]["number"] for event in await api.leaving("ticket.created")}
    asked = {event["ticket_number"] for event in await api.leaving("notification.requested")}
    assert (told, asked) == ({new}, {new})


async def test_somebody_else_of_that_name_is_left_alone_and_stops_nothing(api: ApiDesk) -> None:
    own, other = await settled(api, 1, **NAMED), 0
    *_, other = await settled(api, 2, sender={"address": "eva2@otra.example", "name": "Eva Pérez"})
    await empty_ticket(own[0], taking(api, await api.database.now()))

    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        assert await reads.naming(EVA_PEREZ, own, await api.database.now()) == []
        left = await reads.still_named(EVA_PEREZ, {"outbox", "identity"})

    assert left.by_name["ticket.requester_name"] == 1
    assert "ticket.requester_name" not in left.by_address
    assert (await api.database.fetchrow("select requester_name as name from ticket where number = $1", other))[
        "name"
    ] == "Eva Pérez"


async def test_an_order_for_one_address_is_none_for_another(api: ApiDesk) -> None:
    store, phone = ErasureStore(api.database, [b"key"]), Identity("phone", "+34600111222")

    mail = await store.order([EVA], "operator:eva", "")
    both = await store.order([EVA, phone], "operator:eva", "")

    assert both.id != mail.id
    assert (await store.order([EVA], "operator:eva", "")).id == mail.id


async def test_an_original_of_two_mailboxes_stays_as_long_as_one_of_them_needs_it(
    database: str, nats: BrokerDesk
) -> None:
    async with open_api_desk(database, nats) as api:
        assert api.broker is not None
        assert api.publisher is not None
        blobs, ids = Blobs(api.broker, api.publisher), [event_id("message.received.v1", one) for one in ("1", "2")]
        ref = await blobs.put("raw", b"a large mail", owners=ids)
        await settled(api, 1, 2, raw=ref.model_dump())
        place = json.dumps(ref.model_dump(exclude_none=True))
        streams, store = PersonStreams(api.broker), ErasureStore(api.database, [b"key"])

        for event, left in zip(ids, (b"a large mail", None), strict=True):
            await api.database.execute("update message set raw = null where event_id = $1", event)
            await api.database.execute("insert into unwanted_original (place) values ($1::jsonb)", place)
            assert await delete_unwanted(store, streams) == 1
            assert (await blobs.find("raw", ref.name or "") is not None) == (left is not None)


async def test_what_comes_while_the_broker_is_looked_through_is_not_deleted_unread(
    nats: BrokerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stored after the readers were found to have read everything."""
    broker = await nats.connect("privacy")
    streams, publisher = PersonStreams(broker), Publisher(await nats.connect("router"))
    await publisher.start()
    body = json.dumps({"received": {"channel": "email", "sender": {"address": EVA.address}}}).encode()
    looked = PersonStreams._read_by_all

    async def then_it_comes(self: PersonStreams, stream: str) -> int | None:
        floor = await looked(self, stream)
        if stream == "ROUTED":
            await publisher.publish(Outgoing("ROUTED", "desk.message.routed.v1.email", body))
        return floor

    monkeypatch.setattr(PersonStreams, "_read_by_all", then_it_comes)
    found = await streams.sweep(Traces(EVA_PEREZ), frozenset(), datetime.now().astimezone() + timedelta(hours=1))

    assert "ROUTED" not in found.erased
    assert len(found.in_flight["ROUTED"]) == 1


async def test_who_goes_on_asking_after_their_erasure_is_not_erased_again_and_again(api: ApiDesk) -> None:
    await settled(api, 1, **NAMED)
    before = await api.database.now()

    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        assert await reads.are_from_before([EVA], before)
        await api.database.execute("update message set accepted_at = $1", before + timedelta(hours=1))
        assert not await reads.are_from_before([EVA], before), "all that is left is newer"


async def test_who_is_in_quarantine_alone_is_known_again_after_a_restore(api: ApiDesk) -> None:
    await settle_batch(Batch([routed(1)]), api.settle_deps())
    store, before = ErasureStore(api.database, [b"key"]), await api.database.now()

    assert await store.known_again([(hash_of(EVA, b"key"), before)]) == {before: [EVA]}
    async with api.database.connection() as connection:
        assert await PersonReads(connection).are_from_before([EVA], before)


async def test_a_ticket_that_cannot_be_forgotten_keeps_no_other_and_ends_nothing(
    api: ApiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, even = await settled(api, 1, 2)
    await api.database.execute("update ticket set status = 'closed', closed_at = now() - interval '100 days'")

    async def emptied(number: int, how: TakingOut) -> Taken:
        if number == odd:
            raise ValueError("a bug")
        return await empty_ticket(number, how)

    monkeypatch.setattr(retain, "empty_ticket", emptied)

    assert await forget_once(retaining(api, closed_days=90)) == {"closed": 1}
    emptied_ones = await api.database.fetch("select number from ticket where anonymised_at is not null")
    assert [row["number"] for row in emptied_ones] == [even]


async def test_age_passes_over_a_ticket_that_is_held_since_it_was_found(api: ApiDesk) -> None:
    [number] = await settled(api, 1, **NAMED)
    async with api.database.transaction() as connection:
        await place_hold(connection, number, "operator:eva", "case 12")
    by_age = replace(taking(api, await api.database.now()), person=None)

    assert (await empty_ticket(number, by_age)).messages == 0
    assert not await RetentionStore(api.database).delete(number)

    assert "factura" in (await texts_of(api, number))[0]


async def test_an_order_that_another_run_has_finished_names_nobody_again(api: ApiDesk) -> None:
    store = ErasureStore(api.database, [b"key"])
    order = await store.order([EVA], "operator:eva", "")
    await store.finish(order.id, {"state": "done"})

    await store.run(order.id, [EVA], ["Eva Pérez"], {})
    await store.wait(order.id, {"state": "waiting"})

    left = await store.one(order.id)
    assert left is not None
    assert (left.state, left.identities, left.names) == ("done", (), ())


async def test_a_new_mail_that_nobody_could_read_stays_and_an_old_one_goes(fresh_desk: BrokerDesk) -> None:
    """Both became dead letters after the order."""
    publisher = Publisher(await fresh_desk.connect("intake-email"))
    await publisher.start()
    letters = DeadLetters(publisher, "desk", "intake-email")
    before = datetime.now().astimezone()
    raw = f"From: {EVA.address}\r\n\r\nHola".encode()
    for sequence, minutes in ((1, -1), (2, 1)):
        headers = {"ce-time": (before + timedelta(minutes=minutes)).isoformat()}
        unread = Delivery("desk.mail.accepted.v1", raw, headers, "ACCEPTED", "x", sequence, 1, 10**18, "")
        await letters.store(unread, ValueError("no mail"))

    streams = PersonStreams(await fresh_desk.connect("privacy"))
    found = await streams.sweep(Traces(EVA_PEREZ), frozenset(), before)

    assert found.in_flight == {"DEADLETTER": [1]}, "it goes as soon as the ticket service has counted it"
    assert not found.erased


async def test_an_address_of_another_kind_is_somebody_else(api: ApiDesk) -> None:
    """A visitor of the web page whom their site calls by a mail address: nobody knows whose it is."""
    own, visit = await settled(api, 1, **NAMED), 0
    *_, visit = await settled(api, 2, channel="webchat", sender={"address": EVA.address, "name": "Someone"})
    await settle_batch(Batch([routed(3, channel="webchat", sender={"address": EVA.address})]), api.settle_deps())
    before = await api.database.now()

    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        found = await find_person([EVA], before, reads)
        kept = await traces_of(found, before, reads)
        exported = await export_person(found, connection, lambda number, epoch: f"{number}/{epoch}")
    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(EVA_PEREZ, [], own, before)

    assert (found.own, found.others) == (own, [])
    assert [one for one in kept["events"] if "received" in one] == ["message.received.v1:1"]
    assert exported.data["quarantine"] == []
    assert len(await api.database.fetch("select 1 from quarantine")) == 1
    told = {event["ticket"]["number"] for event in await api.leaving("ticket.created")}
    assert told == {visit}


async def test_the_whole_audit_log_is_gone_through(api: ApiDesk) -> None:
    """More lines than are taken at a time, and some that only seem to name them."""
    await api.database.execute(
        "insert into desk_decision (at, actor, action, detail, why)"
        " select now(), 'agent:ana', 'sender.listed', jsonb_build_object('sender', 'x' || $1::text), ''"
        " from generate_series(1, 1500)"
        " union all select now(), 'agent:ana', 'sender.listed', jsonb_build_object('sender', $1::text), ''"
        " from generate_series(1, 1500)",
        EVA.address,
    )

    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(EVA_PEREZ, [], [], await api.database.now())

    rows = await api.database.fetch("select detail ->> 'sender' as sender, count(*) from desk_decision group by 1")
    assert dict(rows) == {BLACK: 1500, f"x{EVA.address}": 1500}


async def test_an_order_that_nobody_has_carried_out_survives_a_restore_too_and_is_given_once(api: ApiDesk) -> None:
    await settled(api, 1, **NAMED)
    store = ErasureStore(api.database, [b"key"])
    order = await store.order([EVA], "operator:eva", "")

    listed = await store.listed()
    assert listed == [(hash_of(EVA, b"key"), order.before)]
    assert await store.known_again(listed) == {}, "it is open here"

    await api.database.execute("delete from erasure")  # an older database
    assert await store.known_again(listed) == {order.before: [EVA]}
    assert await store.known_again(listed, [EVA]) == {order.before: [EVA]}
