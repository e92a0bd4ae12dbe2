"""`tickets recover`: numbers that nobody gets twice, and answers that are back with what became of them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.support.broker import Desk as BrokerDesk
from tickets.adapters.postgres.outbound import OutboundStore
from tickets.adapters.postgres.recovery_store import RecoveryStore
from tickets.adapters.postgres.settling import SettlingStore
from tickets.handlers.recovering.positions import LEAST_GAP, NotReady, Recovered, recover_positions
from tickets.handlers.recovering.replies import Replies, recover_replies, unsettled
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_contracts.ids import event_id
from ventanilla_runtime.outbound import WAYS, read_hold
from ventanilla_runtime.publish import Outgoing, Publisher


@pytest.fixture
async def api(database: str, fresh_desk: BrokerDesk) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database, fresh_desk) as desk:
        yield desk


@pytest.fixture
async def publisher(fresh_desk: BrokerDesk) -> Publisher:
    made = Publisher(await fresh_desk.connect("operator"))
    await made.start()
    return made


async def recover(api: ApiDesk, nats: BrokerDesk, publisher: Publisher, gap: int | None = None) -> Recovered:
    store, settling = RecoveryStore(api.database), SettlingStore(api.database, api.desk.signer, api.levels)
    return await recover_positions(
        await nats.connect("operator"), publisher, store, settling, prefix="desk", by="ops", gap=gap
    )


async def opened(api: ApiDesk) -> int:
    client = await api.client("read", "write", name=f"opens-{datetime.now(UTC).timestamp()}")
    return int((await client.post("/api/v1/tickets", json=new_ticket())).json()["number"])


async def published(api: ApiDesk, publisher: Publisher) -> None:
    """What lies in the outbox is in its streams."""
    for row in await api.database.fetch("select stream, subject, body from outbox order by id"):
        await publisher.publish(Outgoing(row["stream"], row["subject"], bytes(row["body"])))


async def test_a_number_that_only_a_customer_still_knows_is_given_to_nobody_else(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    last = [await opened(api) for _ in range(3)][-1]

    found = await recover(api, fresh_desk, publisher)

    assert (found.last_number, found.gap) == (last + LEAST_GAP, LEAST_GAP)
    assert await opened(api) == last + LEAST_GAP + 1


async def test_recovering_again_leaves_no_second_gap(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    last = await opened(api)

    found = [await recover(api, fresh_desk, publisher) for _ in range(3)]

    assert [one.last_number for one in found] == [last + LEAST_GAP] * 3


async def test_the_gap_begins_behind_the_last_number_that_the_streams_know(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    await opened(api)
    (event,) = await api.leaving("ticket.created")
    later = {**event, "ticket": {**event["ticket"], "number": 41}}
    await publisher.publish(Outgoing("TICKETS", "desk.ticket.created.v1", json.dumps(later).encode()))

    found = [await recover(api, fresh_desk, publisher) for _ in range(2)]

    assert [one.last_number for one in found] == [41 + LEAST_GAP] * 2


async def test_a_busy_desk_leaves_out_more_numbers_for_each_day_since_its_backups(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    last = await opened(api)
    await api.database.execute(
        "insert into ticket select (jsonb_populate_record(ticket, jsonb_build_object('number', 10 + n))).*"
        " from ticket, generate_series(1, 700) n"
    )
    await api.database.execute("select setval('ticket_number', 710)")
    old = datetime.now(UTC) - timedelta(days=2, hours=1)
    await api.database.execute("update ticket set created_at = $1, updated_at = $1", old)
    await api.database.execute("update outbox set created_at = $1", old)
    await api.database.execute("alter table history disable trigger user")
    await api.database.execute("update history set at = $1", old)

    found = await recover(api, fresh_desk, publisher)

    assert last == 1
    assert found.gap == 2 * 3 * 701
    assert found.last_number == 710 + found.gap


async def test_whoever_knows_that_no_number_was_told_leaves_no_gap(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    last = await opened(api)

    found = await recover(api, fresh_desk, publisher, gap=0)

    assert found.last_number == last
    assert await opened(api) == last + 1


async def test_whoever_restores_the_database_alone_has_everything_held_from_then_on(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    await opened(api)

    first = await recover(api, fresh_desk, publisher)
    second = await recover(api, fresh_desk, publisher)

    held = await read_hold(await fresh_desk.connect("operator"))
    assert (held.ways, held.by) == (frozenset(WAYS), "ops")
    assert (first.held, second.held) == (sorted(WAYS), [])


async def test_a_database_that_was_restored_over_another_one_is_refused(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    await opened(api)
    await api.database.execute("select setval(pg_get_serial_sequence('history', 'id'), 1, false)")
    await api.database.execute(
        "insert into ticket select (jsonb_populate_record(ticket, '{\"number\": 7}')).* from ticket"
    )

    with pytest.raises(NotReady, match=r"history\.id, ticket\.number.* into an empty one"):
        await recover(api, fresh_desk, publisher)


async def test_a_recovery_is_not_over_while_tickets_are_missing_that_events_name(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    await opened(api)
    await recover(api, fresh_desk, publisher)
    (event,) = await api.leaving("ticket.created")
    later = {**event, "ticket": {**event["ticket"], "number": 41}}
    await publisher.publish(Outgoing("TICKETS", "desk.ticket.created.v1", json.dumps(later).encode()))
    broker, store, outbound = (
        await fresh_desk.connect("operator"),
        RecoveryStore(api.database),
        OutboundStore(api.database),
    )
    since = datetime.now(UTC) - timedelta(minutes=1)

    found = await recover_replies(broker, store, outbound, known_until=since)
    assert found.absent == [41]
    assert await store.unfinished() is not None

    await recover_replies(broker, store, outbound, known_until=since, give_up_absent=True)
    assert await store.unfinished() is None


async def test_messages_on_their_way_to_a_ticket_are_counted_and_those_that_go_out_are_not(
    fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    operator = await fresh_desk.connect("operator")
    assert await unsettled(operator) == {}

    await publisher.publish(Outgoing("ROUTED", "desk.message.routed.v1.email", b"{}"))
    await publisher.publish(Outgoing("OUTBOUND", "desk.notification.requested.v1.email", b"{}"))

    assert await unsettled(operator) == {"tickets": 1}


async def _told_and_forgotten(api: ApiDesk, nats: BrokerDesk, publisher: Publisher, report: dict[str, Any]) -> Replies:
    """An answer left, its channel reported on it, and then the database was that of an hour ago."""
    number = await opened(api)
    client = await api.client("read", "write", name="ana")
    before = datetime.now(UTC)
    made = (await client.post(f"/api/v1/tickets/{number}/replies", json={"text": "Ya está."})).json()
    await published(api, publisher)
    notification = event_id("notification.requested.v1", f"reply/{made['id']}")
    common = {"notification_id": notification, "medium": "email"}
    event = (
        NotificationFailed(id="r1", failed_at=before, **common, **report)
        if report
        else NotificationDelivered(id="r1", delivered_at=before, **common)
    )
    subject = f"desk.{event.type}.email"
    await publisher.publish(Outgoing("DELIVERY", subject, event.model_dump_json().encode(), {"ce-type": event.type}))
    await api.database.execute("delete from message where kind = 'agent'")
    await api.database.execute("delete from outbox")
    broker, store = await nats.connect("operator"), RecoveryStore(api.database)
    return await recover_replies(broker, store, OutboundStore(api.database), known_until=before)


async def test_an_answer_that_is_given_back_is_delivered_as_it_was(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    found = await _told_and_forgotten(api, fresh_desk, publisher, {})

    assert found.replies == 1
    (row,) = await api.database.fetch("select delivery_state from message where kind = 'agent'")
    assert row["delivery_state"] == "delivered"


async def test_an_answer_that_did_not_arrive_says_so_after_a_restore_too(
    api: ApiDesk, fresh_desk: BrokerDesk, publisher: Publisher
) -> None:
    await _told_and_forgotten(api, fresh_desk, publisher, {"reason": "refused", "detail": "550 no such mailbox"})

    (row,) = await api.database.fetch("select delivery_state, delivery_detail from message where kind = 'agent'")
    assert tuple(row) == ("failed", "refused: 550 no such mailbox")
    lines = await api.database.fetch("select why from history where action = 'notification.failed'")
    assert [line["why"] for line in lines] == ["refused: 550 no such mailbox"]
