"""What the desk said belongs to whom it said it: to others who have not written yet, too, and leaves for them."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.test_erasing_races import EVA, EVA_PEREZ, NAMED, settled, taking, texts_of
from tests.support.broker import Desk as BrokerDesk
from tickets.adapters.person_streams import PersonStreams
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.person_store import PersonReads
from tickets.domain.privacy.ownership import Traces
from tickets.domain.privacy.person import BLACK, Identity
from tickets.handlers.privacy.find import find_person, shared_tickets, traces_of, unknown_of
from tickets.handlers.privacy.take_out import empty_ticket
from ventanilla_runtime.publish import Outgoing, Publisher

SUPPLIER = "carl@proveedor.example"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def replied(api: ApiDesk, number: int, text: str, **more: Any) -> None:
    agent = await api.client("read", "write", name="pau")
    answer = await agent.post(f"/api/v1/tickets/{number}/replies", json={"text": text, **more})
    assert answer.status_code == 201, answer.text


async def noted(api: ApiDesk) -> Mapping[str, Any]:
    async with api.database.connection() as connection:
        reads, now = PersonReads(connection), await api.database.now()
        return await traces_of(await find_person([EVA], now, reads), now, reads)


async def emptied(api: ApiDesk, number: int) -> None:
    await empty_ticket(number, taking(api, await api.database.now()))
    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(EVA_PEREZ, [], [number], await api.database.now())


async def test_what_was_said_to_somebody_who_has_not_written_yet_stays_and_leaves(api: ApiDesk) -> None:
    [number] = await settled(api, 1, **NAMED)
    await replied(api, number, "¿Lo tiene? Es para Eva Pérez", to=[{"address": SUPPLIER}])
    await replied(api, number, "Se lo preguntamos")
    await replied(api, number, "A los dos", to=[{"address": SUPPLIER}], cc=[{"address": EVA.address}])
    rows = await api.database.fetch("select notification_id from message where kind = 'agent' order by accepted_at")
    to_supplier, to_eva, to_both = (row["notification_id"] for row in rows)

    kept = await noted(api)
    await emptied(api, number)
    await emptied(api, number)  # as whoever was killed does

    assert kept["shared"] == [number]
    assert {to_supplier, to_eva, to_both} & {*kept["notifications"]} == {to_eva, to_both}
    said = await api.database.fetch("select body from message where kind = 'agent' order by accepted_at")
    assert [row["body"] for row in said] == [f"¿Lo tiene? Es para {BLACK}", "", ""]
    waiting = await api.database.fetch("select notification_id from outbox where stream = 'OUTBOUND'")
    assert {row["notification_id"] for row in waiting} == {to_supplier}
    [message] = await api.database.fetch("select delivery_state from message where body <> ''")
    assert message["delivery_state"] == "queued"
    async with api.database.connection() as connection:  # as whoever looks through the streams then
        assert await shared_tickets([number], EVA_PEREZ, PersonReads(connection)) == {number}


async def test_what_names_nobody_was_said_to_whoever_asked_at_that_time(api: ApiDesk) -> None:
    [number] = await settled(api, 1, **NAMED)
    await replied(api, number, "A quien pregunta")
    await api.database.execute("update message set addressed = '{}' where kind = 'agent'")
    assert (await noted(api))["shared"] == []

    await api.database.execute(
        "insert into history (ticket_number, at, actor, action, detail)"
        " values ($1, clock_timestamp(), 'pau', 'requester.changed', $2::jsonb)",
        number, json.dumps({"from": SUPPLIER, "to": EVA.address}),
    )  # fmt: skip
    assert (await noted(api))["shared"] == [number]

    await emptied(api, number)
    await emptied(api, number)  # the history does not know any more who it was

    assert "A quien pregunta" in await texts_of(api, number)


async def test_each_identity_of_an_order_is_to_be_known_or_to_stand_in_somebodys_words(api: ApiDesk) -> None:
    await settled(api, 1, sender={"address": SUPPLIER, "name": "Carl"}, text=f"Pregunte a {EVA.address}")
    wrote, named, slip = Identity("email", SUPPLIER), EVA, Identity("email", f"jo-{EVA.address}")
    visitor = Identity("webchat", "Pregunte")  # a word like any other
    store = ErasureStore(api.database, [b"key"])
    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        assert await unknown_of([wrote, named, slip, visitor], reads, store) == [slip, visitor]

        await store.order([slip], "operator:eva", "")
        assert await unknown_of([wrote, named, slip], reads, store) == []


async def test_a_mail_that_the_desk_has_read_as_somebody_elses_stays_theirs(
    api: ApiDesk, fresh_desk: BrokerDesk
) -> None:
    """Its first author's address is written in a form that only intake-email reads."""
    publisher = Publisher(await fresh_desk.connect("intake-email"))
    await publisher.start()
    raw = f"From: Carl <carl@[10.0.0.1]>, Eva <{EVA.address}>\r\n\r\nHola".encode()
    accepted = [
        (await publisher.publish(Outgoing("ACCEPTED", "desk.mail.accepted.v1", raw))).sequence for _ in range(2)
    ]
    await settled(api, 1, sender={"address": "carl@[10.0.0.1]", "name": "Carl"})
    await api.database.execute(
        "update ledger set sequence = $1, epoch = (select id from stream_epoch where stream = 'ACCEPTED')", accepted[0]
    )
    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        assert await reads.accepted_from("ACCEPTED", accepted[1]) is None, "nobody has read it yet"
        streams = PersonStreams(await fresh_desk.connect("privacy"), wrote=reads.accepted_from)
        found = await streams.sweep(Traces(EVA_PEREZ), frozenset(), datetime.now(UTC) + timedelta(hours=1))
        await streams.close()

    assert found.naming["ACCEPTED"] == [accepted[0]]
    assert found.in_flight == {"ACCEPTED": [accepted[1]]}
