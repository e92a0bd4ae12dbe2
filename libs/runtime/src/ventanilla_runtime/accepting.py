"""The first durable write of a door: tried again while the broker is away, for as long as somebody waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.publish import Outgoing, PubAck

log = structlog.get_logger()

_Done = TypeVar("_Done")

BACK_OFF_SECONDS: Final = (0.05, 0.15, 0.4, 0.8)


class Publishes(Protocol):
    """Stores messages; `ventanilla_runtime.publish.Publisher` does."""

    async def publish(self, message: Outgoing) -> PubAck:
        """Store one message durably."""


async def publish_within(publisher: Publishes, message: Outgoing, seconds: float) -> None:
    """Store a message durably. The same id again is the same message, so that trying again is safe.

    Raises:
        TimeoutError: it is not known to be stored; nobody may be told that it is.
    """
    await done_within(lambda: publisher.publish(message), seconds, message.stream)


async def done_within(attempt: Callable[[], Awaitable[_Done]], seconds: float, stream: str) -> _Done:
    """What an attempt at something durable returns; it is made again while the broker is away.

    Args:
        attempt: twice is as once.
        stream: where it writes, for the log.

    Raises:
        TimeoutError: nobody knows whether it is done.
    """
    tries = 0
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await attempt()
            except Temporary as error:
                log.warning("accept.waits", stream=stream, error=error)
            await asyncio.sleep(BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)])
            tries += 1
