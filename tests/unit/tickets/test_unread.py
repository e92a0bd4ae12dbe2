"""The ledger says what its auditors have not read: a count before they looked must not look whole."""

from typing import Any, cast

import pytest

from tickets.adapters.postgres.ledger import LedgerStore
from tickets.handlers.ledger.unread import WholeLedger
from ventanilla_runtime.answers import ConsumerState
from ventanilla_runtime.errors import BrokerAway, StreamMissing

COUNTED = {"channels": {"email": {"accepted": 227, "in_flight": 0}}}


class World:
    """A ledger that has counted so much, and auditors that have so much before them."""

    def __init__(self, **waiting: tuple[int, int] | Exception) -> None:
        self.waiting = waiting
        self.asked: list[str] = []

    async def read(self) -> dict[str, Any]:
        self.asked.append("counts")
        return dict(COUNTED)

    async def consumer_state(self, stream: str, durable: str) -> ConsumerState:
        self.asked.append(durable)
        found = self.waiting[stream]
        if isinstance(found, Exception):
            raise found
        return ConsumerState("2026-11-28T12:00:00Z", 0, 0, *found, 0, "", ())

    async def ledger(self) -> dict[str, Any]:
        return await WholeLedger(cast("LedgerStore", self), self).read()


async def test_what_the_auditors_have_not_read_is_told_beside_the_counts() -> None:
    world = World(ACCEPTED=(1200, 50), INTAKE=(3, 0))
    assert await world.ledger() == {**COUNTED, "unread": 1253}
    assert world.asked == ["tickets-auditor-accepted", "tickets-auditor-intake", "counts"], "0 is said of older counts"


@pytest.mark.parametrize("error", [BrokerAway("no answer"), StreamMissing("no stream ACCEPTED")])
async def test_where_the_broker_does_not_say_nobody_knows(error: Exception) -> None:
    assert (await World(ACCEPTED=(0, 0), INTAKE=error).ledger())["unread"] is None
