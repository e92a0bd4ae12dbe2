"""Reading streams from a time on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.many import Many


async def messages_since(broker: Broker, stream: str, at: datetime) -> AsyncIterator[StoredMessage]:
    """All messages that were stored in a stream at a time or later, in order; memory for one page."""
    many = Many(broker)
    page = await many.page(stream, 0, since=at)
    while True:
        for stored in page.messages:
            yield stored
        if not page.more or not page.messages:
            return
        page = await many.page(stream, page.messages[-1].sequence + 1)


def stored_at(stored: StoredMessage) -> datetime:
    """When the broker stored a message, aware UTC."""
    return at(stored.stored_at)


def at(timestamp: str) -> datetime:
    """One of the broker's times (RFC 3339, nanoseconds), aware UTC."""
    return datetime.fromtimestamp(nanoseconds(timestamp) / 1e9, UTC)
