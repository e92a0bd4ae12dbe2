"""A service reduced to one consumer and a handler that a test steers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_contracts.events import DeadLetter
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_contracts.topology import Consumer as ConsumerSpec
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import Publisher

ROUTER = next(spec for spec in CONSUMERS if spec.durable == "router")


class Handling:
    """A handler that notes every batch it gets, and then does what the test told it to.

    Attributes:
        calls: the numbers (bodies) of each batch, also of those that failed.
        handled: the numbers that were handled to the end, in order.
        misbehave: is given each batch first; may raise, wait or reject.
    """

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.handled: list[str] = []
        self.deliveries: list[Delivery] = []
        self.misbehave: Callable[[Batch], object] = lambda _: None

    async def __call__(self, batch: Batch) -> None:
        numbers = [delivery.body.decode() for delivery in batch.deliveries]
        self.calls.append(numbers)
        waiting = self.misbehave(batch)
        if asyncio.iscoroutine(waiting):
            await waiting
        self.deliveries += [delivery for delivery in batch.deliveries if delivery not in batch.rejected]
        self.handled += [delivery.body.decode() for delivery in batch.deliveries if delivery not in batch.rejected]


class CompanyIsDue:
    """A pace at which waiting for company always pays, so that what was published before arrives as one batch."""

    def note(self, count: int) -> None:
        """Whatever came, more is due."""

    def expected(self, seconds: float) -> float:
        """Plenty."""
        return 1000.0 * seconds


@asynccontextmanager
async def consuming(
    broker: Broker,
    handling: Handling,
    *,
    spec: ConsumerSpec = ROUTER,
    batch_size: int = 50,
    linger_seconds: float = 0.0,
) -> AsyncIterator[Consumer]:
    """Run a consumer; at the end it is stopped as a service stops it, unless it has ended already."""
    publisher = Publisher(broker)
    await publisher.start()
    letters = DeadLetters(publisher, "desk", spec.service)
    consumer = Consumer(broker, spec, handling, letters, batch_size=batch_size, linger_seconds=linger_seconds)
    if linger_seconds:
        consumer._pace = CompanyIsDue()  # type: ignore[assignment]  # it answers the same two questions
    running = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        consumer.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(running, return_exceptions=True)


async def dead_letters(broker: Broker, from_sequence: int = 1) -> list[DeadLetter]:
    """All dead letters, oldest first."""
    return [
        DeadLetter.model_validate_json(message.body)
        for message in await stored(broker, "DEADLETTER")
        if message.sequence >= from_sequence
    ]


async def settled(broker: Broker, upto: int) -> None:
    """Wait until the router has settled everything up to a sequence."""

    async def floor() -> bool:
        state = await broker.consumer_state("INTAKE", "router")
        return state.ack_floor >= upto and state.ack_pending == 0

    await eventually(floor, 20)


def numbers(*wanted: int) -> set[str]:
    """Bodies of messages with these numbers."""
    return {str(number) for number in wanted}


def fail_on(poison: set[str], error: Exception) -> Callable[[Batch], None]:
    """Fail each batch that holds one of these."""

    def misbehave(batch: Batch) -> None:
        if poison & {delivery.body.decode() for delivery in batch.deliveries}:
            raise error

    return misbehave
