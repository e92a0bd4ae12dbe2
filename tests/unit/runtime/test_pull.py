from typing import Any, cast

import pytest

from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.delivery import Delivery, nanoseconds
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.pull import ORDER_BYTES, Puller

OLD, NEW = "2026-11-01T00:00:00Z", "2026-11-23T00:00:00Z"


class Asked:
    """A broker that notes what it was asked for."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.away = False

    async def send(self, subject: str, body: bytes, reply: str = "") -> None:
        if self.away:
            raise BrokerAway("away")
        self.requests.append(body)


def puller(broker: Asked, batch_size: int = 10) -> Puller:
    made = Puller(cast("Any", broker), CONSUMERS[3], batch_size)
    made._generation = 1
    return made


def delivery(stored_at: str) -> Delivery:
    return Delivery("desk.x", b"", {}, "INTAKE", "", 1, 1, nanoseconds(stored_at), "")


def test_a_message_on_its_way_while_its_stream_was_made_anew_keeps_the_name_of_the_old_one() -> None:
    pulling = puller(Asked())
    pulling._former_created_at, pulling.created_at, pulling._created_ns = OLD, NEW, nanoseconds(NEW)

    before, after = delivery("2026-11-22T23:59:59Z"), delivery("2026-11-23T00:00:00.5Z")
    for found in (before, after):
        pulling._name_incarnation(found)

    assert (before.created_at, after.created_at) == (OLD, NEW)


def test_the_first_stream_that_it_meets_has_no_former_one() -> None:
    """A skewed clock may have stored a message before its stream was made."""
    pulling = puller(Asked())
    pulling.created_at, pulling._created_ns = NEW, nanoseconds(NEW)
    early = delivery("2026-11-22T23:59:59Z")
    pulling._name_incarnation(early)
    assert early.created_at == NEW


async def test_it_asks_again_at_half_a_window_and_never_for_more_than_one() -> None:
    broker = Asked()
    pulling = puller(broker)
    await pulling.refill()
    await pulling.refill()
    assert len(broker.requests) == 1

    pulling._asked = 11
    await pulling.refill()
    assert len(broker.requests) == 1

    pulling._asked = 10
    await pulling.refill()
    assert b'"batch": 10,' in broker.requests[1]
    assert pulling._asked == 20


@pytest.mark.parametrize("batch_size", [1, 2, 3])
async def test_a_small_window_is_refilled_too(batch_size: int) -> None:
    broker = Asked()
    pulling = puller(broker, batch_size)
    await pulling.refill()
    pulling._asked = 0
    await pulling.refill()
    assert len(broker.requests) == 2


async def test_it_asks_for_nothing_while_it_must_bind_again_or_is_closed() -> None:
    broker = Asked()
    pulling = puller(broker)
    pulling._must_rebind = True
    await pulling.refill()
    pulling._must_rebind = False
    await pulling.close()
    await pulling.refill()
    assert broker.requests == []


async def test_a_broker_that_is_away_makes_it_bind_again() -> None:
    broker = Asked()
    broker.away = True
    pulling = puller(broker)
    await pulling.refill()
    assert pulling._must_rebind


async def test_it_asks_for_nothing_while_large_messages_wait_and_bounds_every_order_in_bytes() -> None:
    broker = Asked()
    pulling = puller(broker)
    large = delivery("2026-11-22T23:59:59Z")
    large.body = b"x" * (ORDER_BYTES // 2 + 1)
    pulling.queue.append(large)
    await pulling.refill()
    assert broker.requests == []

    pulling.queue.clear()
    await pulling.refill()
    assert b'"max_bytes": %d,' % ORDER_BYTES in broker.requests[0]
