"""Reading and replaying dead letters from outside a service: what the operator's command and tools build on.

Reads with `DIRECT.GET` by sequence, in pages from the newest backwards, and makes no consumer: looking leaves no trace.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from ventanilla_contracts.events import DeadLetter, Redrive
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

_STREAM = "DEADLETTER"
_PAGE = 32
SCAN_LIMIT = 100_000
"""How many sequences one listing looks at before it stops."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter in its place. `content` is None when it cannot be read as one."""

    sequence: int
    stored_at: datetime
    service: str
    content: DeadLetter | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Letters, newest last. `complete` is False when older ones were not looked at because a limit was reached.

    Attributes:
        before: with it the next listing goes on, below what was looked at; None: there is nothing.
    """

    letters: list[Letter]
    complete: bool
    before: int | None = None


async def newest(
    broker: Broker,
    *,
    service: str | None = None,
    since: datetime | None = None,
    limit: int = 50,
    without: Container[int] = (),
    before: int | None = None,
    most_looked_at: int = SCAN_LIMIT,
) -> Listing:
    """The newest letters, without their bodies, that match.

    Args:
        broker: connected as a user that may read the stream.
        service: only letters of this service.
        since: only letters stored at this time or later, aware.
        limit: most letters to return.
        without: sequences of letters that are passed over.
        before: only letters below this sequence.
        most_looked_at: so many sequences are looked at, before the listing ends with what it has.

    Raises:
        StreamMissing, BrokerAway, NotPermitted: as the broker says.
    """
    found: list[Letter] = []
    looked = 0
    async for lower, page in _pages(broker, before):
        for letter in page:
            if since and letter.stored_at < since:
                return Listing(found[::-1], complete=True)
            if service in (None, letter.service) and letter.sequence not in without:
                found.append(_without_body(letter))
            if len(found) == limit:
                return Listing(found[::-1], complete=False, before=letter.sequence)
        looked += _PAGE
        if looked >= most_looked_at:
            return Listing(found[::-1], complete=False, before=lower)
    return Listing(found[::-1], complete=True)


async def one(broker: Broker, sequence: int) -> Letter | None:
    """The letter with this sequence, with its body, or None."""
    stored = await broker.stored_message(_STREAM, sequence)
    return _read(stored) if stored else None


async def original_body(broker: Broker, letter: DeadLetter) -> bytes | None:
    """The bytes of the message that a letter only names, if its stream still has them."""
    state = await broker.stream_state(letter.stream)
    if state.created_at != letter.created_at:
        return None
    stored = await broker.stored_message(letter.stream, letter.sequence)
    return stored.body if stored else None


class Replayer:
    """Orders services to handle their dead letters again.

    The number of an attempt is the second in which the order is given: the sweeper counts its attempts from one, so
    that the ids that follow from the two never meet. A second order within one second is the same order.
    """

    def __init__(
        self, broker: Broker, publisher: Publisher, prefix: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._broker = broker
        self._publisher = publisher
        self._prefix = prefix
        self._clock = clock
        self._created_at = ""

    async def replay(self, letter: Letter) -> bool:
        """Give the order; False if the same was given within this second.

        Raises:
            ValueError: the service takes no orders.
            Temporary: the order is not stored.
        """
        if not takes_orders(letter.service):
            raise ValueError(f"{letter.service} takes no orders to handle anything again")
        if not self._created_at:
            self._created_at = (await self._broker.stream_state(_STREAM)).created_at
        order = Redrive(
            stream=_STREAM, created_at=self._created_at, sequence=letter.sequence, attempt=int(self._clock())
        )
        place = f"{letter.service}:{order.stream}:{order.created_at}:{order.sequence}"
        order_id = redrive_id(event_id(Redrive.type, place), order.attempt)
        ack = await self._publisher.publish(
            Outgoing(
                "REDRIVE",
                f"{self._prefix}.redrive.v1.{letter.service}",
                order.model_dump_json().encode(),
                {
                    MSG_ID: order_id,
                    "ce-specversion": "1.0",
                    "ce-id": order_id,
                    "ce-type": Redrive.type,
                    "ce-source": "/operator",
                    "ce-time": datetime.now(UTC).isoformat(),
                },
            )
        )
        return not ack.duplicate


def takes_orders(service: str) -> bool:
    """Whether a service listens to re-drive orders."""
    return any(f"redrive.v1.{service}" in consumer.subjects for consumer in CONSUMERS)


async def _pages(broker: Broker, before: int | None) -> AsyncIterator[tuple[int, list[Letter]]]:
    """Pages from the newest backwards, each with the lowest sequence that was looked at."""
    state = await broker.stream_state(_STREAM)
    upper = state.last_sequence if before is None else min(state.last_sequence, before - 1)
    while upper >= max(1, state.first_sequence):
        lower = max(state.first_sequence, upper - _PAGE + 1, 1)
        stored = await asyncio.gather(*(broker.stored_message(_STREAM, number) for number in range(lower, upper + 1)))
        yield lower, [_read(message) for message in reversed(stored) if message]
        upper = lower - 1


def _read(stored: StoredMessage) -> Letter:
    try:
        content = DeadLetter.model_validate_json(stored.body)
    except ValidationError:
        content = None
    stored_at = datetime.fromtimestamp(nanoseconds(stored.stored_at) / 1e9, UTC)
    return Letter(stored.sequence, stored_at, stored.subject.rpartition(".")[2], content)


def _without_body(letter: Letter) -> Letter:
    if letter.content is None or letter.content.body_base64 is None:
        return letter
    return replace(letter, content=letter.content.model_copy(update={"body_base64": None}))
