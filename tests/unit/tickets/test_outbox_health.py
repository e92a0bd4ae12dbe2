"""What the relay of the outbox says is wrong with it: until it goes well again, and no longer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.polling import eventually
from tickets.adapters import outbox
from tickets.adapters.outbox import OutboxRelay
from tickets.domain.outgoing import EncodedEvent
from tickets.errors import DatabaseAway
from ventanilla_contracts.errors import Temporary

EVENT = EncodedEvent("TICKETS", "desk.ticket.created.v1", "key", {}, b"{}", None, None)


class Postgres:
    """Answers as told; holds no rows of its own."""

    def __init__(self) -> None:
        self.away, self.ready, self.polls = False, 0, 0

    def _answer(self) -> None:
        self.polls += 1
        if self.away:
            raise DatabaseAway("Connection refused")

    async def fetch(self, *_: Any) -> list[Any]:
        self._answer()
        return []

    async def fetchrow(self, *_: Any) -> dict[str, int]:
        self._answer()
        return {"ready": self.ready, "published": 0}

    async def execute(self, *_: Any) -> None:
        self._answer()


class Broker:
    """Stores what it is given, unless it is away."""

    away = False

    async def publish_all(self, messages: Sequence[Any]) -> list[Any]:
        if self.away:
            raise Temporary("the broker is away")
        return [SimpleNamespace(sequence=1) for _ in messages]


@asynccontextmanager
async def relaying(postgres: Postgres, broker: Broker) -> AsyncIterator[OutboxRelay]:
    relay = OutboxRelay(postgres, broker)  # type: ignore[arg-type]  # as much of them as the relay asks for
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture(autouse=True)
def polling_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_POLL_SECONDS", 0.001)


async def polled_again(postgres: Postgres) -> None:
    seen = postgres.polls
    await eventually(lambda: postgres.polls > seen + 6)


async def test_that_postgres_was_away_is_over_when_it_answers_again_though_nothing_is_published() -> None:
    postgres = Postgres()
    async with relaying(postgres, Broker()) as relay:
        postgres.away = True
        await eventually(lambda: relay.problem == "outbox: Connection refused")
        postgres.away = False

        await eventually(lambda: relay.problem is None)


async def test_what_could_not_be_published_stays_a_problem_however_often_the_table_answers() -> None:
    postgres, broker = Postgres(), Broker()
    async with relaying(postgres, broker) as relay:
        broker.away, postgres.ready = True, 1
        relay.send_soon([EVENT], [1])
        await eventually(lambda: relay.problem == "outbox: the broker is away")

        await polled_again(postgres)
        relay.wake()  # which publishes nothing
        await polled_again(postgres)
        assert relay.problem == "outbox: the broker is away"

        broker.away = False
        relay.send_soon([EVENT], [1])
        await eventually(lambda: relay.problem is None)


async def test_what_another_replica_has_published_meanwhile_is_no_problem_any_more() -> None:
    postgres, broker = Postgres(), Broker()
    async with relaying(postgres, broker) as relay:
        broker.away, postgres.ready = True, 1
        relay.send_soon([EVENT], [1])
        await eventually(lambda: relay.problem is not None)
        postgres.ready = 0

        await eventually(lambda: relay.problem is None)
