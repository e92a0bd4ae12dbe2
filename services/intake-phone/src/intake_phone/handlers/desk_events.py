"""Read what happens to tickets and makes telephones ring: pages, and customers who are to be called back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from intake_phone.errors import DeskAway, TwilioAway, TwilioBusy
from ventanilla_contracts.errors import MalformedEvent, Permanent
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery, settle_or_keep

log = structlog.get_logger()

Follows = Callable[[Delivery], Awaitable[float | None]]
"""Does what an event asks for now; says in how many seconds it wants to see it again, or None: it is done with it.

Raises TwilioAway, TwilioBusy or DeskAway where it must be tried again, MalformedEvent for what cannot be read."""

_MOMENT_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 5.0


class DeskEvents:
    """Handler of `intake-phone-caller`."""

    def __init__(self, kinds: Mapping[str, Follows]) -> None:
        """`kinds`: event type → what follows it."""
        self._kinds = kinds

    async def handle(self, batch: Batch) -> None:
        """Follow each event of a batch; one that waits for its time comes again then.

        Raises:
            Temporary: the broker is away; the same batch comes again.
        """
        tasks = {
            delivery: asyncio.create_task(
                tracing.within(delivery.headers.get(tracing.HEADER), self._follow(delivery, batch))
            )
            for delivery in batch.deliveries
        }
        await settle_or_keep(batch, tasks, _MOMENT_SECONDS)

    async def _follow(self, delivery: Delivery, batch: Batch) -> None:
        kind = next((kind for kind in self._kinds if delivery.subject.endswith(f".{kind}")), "")
        try:
            if not kind:
                raise MalformedEvent(f"nobody follows {delivery.subject}")  # as any other defect
            again = await self._kinds[kind](delivery)
        except (DeskAway, TwilioAway, TwilioBusy) as error:
            log.info("event.later", kind=kind, error=error)
            batch.later(delivery, error.seconds if isinstance(error, TwilioBusy) else _AGAIN_SECONDS)
            return
        except Permanent as error:
            batch.reject(delivery, error)
            return
        if again is not None:
            batch.later(delivery, again)
