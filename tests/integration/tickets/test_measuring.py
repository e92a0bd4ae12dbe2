"""What is measured of the whole desk: by one replica, from the tables, and taken back by whoever loses the lock."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from tests.support.polling import eventually
from tickets import metrics
from tickets.adapters.postgres.database import Database, open_database
from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.locks import MEASURING
from tickets.adapters.postgres.measures import MeasureStore
from tickets.handlers.ledger.measure import DeskMeasurer, forget
from ventanilla_runtime.metrics import REGISTRY


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Database]:
    opened = await open_database(database)
    yield opened
    await opened.close()


def measurer(database: Database) -> DeskMeasurer:
    return DeskMeasurer(LedgerStore(database), MeasureStore(database))


async def test_an_empty_desk_has_zeros_for_every_channel(desk: Database) -> None:
    await measurer(desk).measure()

    for channel in ("email", "slack", "sms", "voice"):
        assert metrics.MISSING.labels(channel)._value.get() == 0
        assert metrics.IN_FLIGHT.labels(channel)._value.get() == 0
    assert metrics.OPEN_TICKETS.labels("open", "urgent")._value.get() == 0
    assert metrics.OUTBOX_OLDEST_SECONDS._value.get() == metrics.REDRIVING._value.get() == 0


async def test_what_waits_is_counted_with_the_age_of_the_oldest(desk: Database) -> None:
    await desk.execute(
        "insert into outbox (stream, subject, message_key, headers, body, notification_id, published_at, created_at)"
        " values ('OUTBOUND', 's', 'k1', '{}', '', 'n1', now(), now() - interval '9 minutes'),"
        " ('TICKETS', 's', 'k2', '{}', '', null, null, now() - interval '2 minutes'),"
        " ('TICKETS', 's', 'k3', '{}', '', null, null, now())"
    )
    await desk.execute(
        "insert into stream_epoch (id, stream, created_at)"
        " overriding system value values (77, 'ACCEPTED', '2026-01-01T00:00:00Z')"
    )
    await desk.execute(
        "insert into unsettled (epoch, sequence, channel, note, lost, missed_at)"
        " values (77, 1, 'email', 'x', false, now() - interval '1 hour'), (77, 2, 'email', 'x', true, now())"
    )
    await desk.execute(
        "insert into erasure (id, ordered_at, ordered_by, before, state, hashes)"
        " values (gen_random_uuid(), now() - interval '2 hours', 'agent:dpo', now(), 'waiting', '{}'),"
        " (gen_random_uuid(), now() - interval '9 hours', 'agent:dpo', now(), 'done', '{}')"
    )

    await measurer(desk).measure()

    assert 7195 < metrics.ERASURE_OLDEST_SECONDS._value.get() < 7260
    assert 115 < metrics.OUTBOX_OLDEST_SECONDS._value.get() < 180
    assert metrics.UNREPORTED._value.get() == 1
    assert 535 < metrics.UNREPORTED_OLDEST_SECONDS._value.get() < 600
    assert metrics.REDRIVING._value.get() == 1
    assert 3595 < metrics.REDRIVING_OLDEST_SECONDS._value.get() < 3660
    assert metrics.MISSING.labels("email")._value.get() == 1


async def test_one_replica_measures_and_whoever_does_not_shows_nothing(desk: Database) -> None:
    metrics.MISSING.labels("email").set(4711)
    async with LedgerStore(desk).leadership(MEASURING) as other:
        assert other.leads
        running = asyncio.create_task(measurer(desk).run())
        await eventually(lambda: math.isnan(metrics.MEASURED_AT._value.get()))
        assert not metrics.MISSING._metrics
    running.cancel()
    await asyncio.wait([running])


async def test_who_gets_the_lock_measures_at_once(desk: Database) -> None:
    forget()
    running = asyncio.create_task(measurer(desk).run())

    await eventually(lambda: not math.isnan(metrics.MEASURED_AT._value.get()))

    assert metrics.QUARANTINED._value.get() == 0
    running.cancel()
    await asyncio.wait([running])


async def test_pools_show_how_many_connections_are_busy(desk: Database) -> None:
    desk.show("test")
    busy = {"pool": "test", "state": "busy"}

    async with desk.connection():
        assert REGISTRY.get_sample_value("tickets_database_connections", busy) == 1

    assert REGISTRY.get_sample_value("tickets_database_connections", busy) == 0
    assert REGISTRY.get_sample_value("tickets_database_connections_limit", {"pool": "test"}) == 10
