"""What the desk has for its customers, in the order in which it comes: words to say, and words to change."""

from typing import Protocol

from intake_chat.handlers.customers.revise import Reviser
from ventanilla_contracts.events import NotificationRevised
from ventanilla_runtime.delivery import Batch


class Says(Protocol):
    """Says new words; `handlers.customers.say.Speaker` does."""

    async def handle(self, batch: Batch) -> None:
        """Say what is in a batch."""


class Outbound:
    """Handler of the OUTBOUND stream."""

    def __init__(self, speaker: Says, reviser: Reviser) -> None:
        self._speaker = speaker
        self._reviser = reviser

    async def handle(self, batch: Batch) -> None:
        """Say what is new first, for it may be this that is to be changed.

        Raises:
            Temporary: the same batch again does nothing twice.
        """
        changes = [one for one in batch.deliveries if f".{NotificationRevised.type}." in one.subject]
        words = [one for one in batch.deliveries if one not in changes]
        if words:
            await self._speaker.handle(Batch(words, batch.rejected, batch.postponed, batch.kept))
        if changes:
            await self._reviser.handle(batch, changes)
