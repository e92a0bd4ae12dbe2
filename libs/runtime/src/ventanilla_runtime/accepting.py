"""The first durable write of a door: tried again while the broker is away, for as long as somebody waits."""

import asyncio
from typing import Final, Protocol

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.publish import Outgoing, PubAck

log = structlog.get_logger()

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
    tries = 0
    async with asyncio.timeout(seconds):
        while True:
            try:
                await publisher.publish(message)
                return
            except Temporary as error:
                log.warning("accept.waits", stream=message.stream, error=error)
            await asyncio.sleep(BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)])
            tries += 1
