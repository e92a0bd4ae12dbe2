"""A message as a consumer gets it, and what a handler does with a batch of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ventanilla_contracts.errors import Permanent


@dataclass(slots=True, eq=False)
class Delivery:
    """One message, taken and not yet settled.

    Attributes:
        stream: name of the stream it lies in.
        created_at: when that stream was made; with stream and sequence it names the message for ever.
        sequence: place in the stream.
        deliveries: how often the broker has handed it out; above one, somebody died or was too slow.
        stored_at_ns: broker's time of storing, nanoseconds since 1970 UTC.
        attempt: 0, or the number of the re-drive that asked to handle this again: part of every id published for it.
    """

    subject: str
    body: bytes
    headers: dict[str, str]
    stream: str
    created_at: str
    sequence: int
    deliveries: int
    stored_at_ns: int
    reply: str
    attempt: int = 0

    @property
    def stored_at(self) -> datetime:
        """The broker's time of storing, aware UTC."""
        return datetime.fromtimestamp(self.stored_at_ns / 1e9, UTC)


@dataclass(slots=True)
class Batch:
    """Deliveries to handle together. `reject` takes one out as poison without holding up the others."""

    deliveries: Sequence[Delivery]
    rejected: dict[Delivery, Permanent] = field(default_factory=dict)
    postponed: dict[Delivery, float] = field(default_factory=dict)
    kept: dict[Delivery, asyncio.Task[None]] = field(default_factory=dict)

    def reject(self, delivery: Delivery, reason: Permanent) -> None:
        """This one can never be handled: it becomes a dead letter when the rest of the batch has been handled."""
        self.rejected[delivery] = reason

    def later(self, delivery: Delivery, seconds: float) -> None:
        """Hand this one out again in so many seconds, to whichever replica; the others are settled without it.

        For consumers made with `postpones=True`: elsewhere a message that comes back often is taken for poison.
        """
        self.postponed[delivery] = seconds

    def keep(self, delivery: Delivery, ending: asyncio.Task[None]) -> None:
        """Hold this one until the task has come to its end, without holding up what comes after the batch.

        Then it is settled as the task left it: handled, or in this batch rejected or postponed. A task that fails with
        `Temporary` postpones it; with anything else, it becomes a dead letter. The last thing that a handler does: one
        that raises keeps nothing.
        """
        self.kept[delivery] = ending


async def settle_or_keep(batch: Batch, endings: Mapping[Delivery, asyncio.Task[None]], seconds: float) -> None:
    """Wait a moment for the tasks of a batch's deliveries; keep those that take longer.

    The last thing that a handler does. A task that fails is kept too while others take longer, and settled as `keep`
    says; where all have ended, the first failure is that of the batch.

    Raises:
        whatever the first task that failed has raised, where no other takes longer.
    """
    try:
        _, slow = await asyncio.wait(endings.values(), timeout=seconds)
    except asyncio.CancelledError:
        for ending in endings.values():
            ending.cancel()
        raise
    failed = {ending: error for ending in endings.values() if ending not in slow and (error := ending.exception())}
    if failed and not slow:
        raise next(iter(failed.values()))
    for delivery, ending in endings.items():
        if ending in slow or ending in failed:
            batch.keep(delivery, ending)


Handler = Callable[[Batch], Awaitable[None]]
"""Handles a batch as a whole; must do nothing twice, since any batch may come again, in other company.

Raising `Temporary` pauses and repeats the same batch; anything else makes the consumer look for the one to blame.
"""


def nanoseconds(timestamp: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time with up to nine digits after the second, as the broker writes it."""
    whole, _, fraction = timestamp.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return seconds * 10**9 + int(fraction.ljust(9, "0")[:9] or 0)
