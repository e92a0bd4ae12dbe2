"""What the router's handler needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from router.domain.rules import RuleSet
from router.domain.surroundings import Surroundings
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime.publish import Outgoing, PubAck


class RulesInForce(Protocol):
    """The rule set that decides now; it may be another one for the next batch."""

    @property
    def current(self) -> RuleSet:
        """The set to decide with; the same object until it is replaced as a whole."""


class KnownFacts(Protocol):
    """What is known outside the messages."""

    async def look_up(self, received: Sequence[MessageReceived], now: datetime, /) -> Sequence[Surroundings]:
        """What is known for each message, in their order. What cannot be found out is not known; nothing is raised."""


class PublishAll(Protocol):
    """Stores messages of one stream durably, in order."""

    async def __call__(self, messages: Sequence[Outgoing], /) -> list[PubAck]:
        """An acknowledgement for each.

        Raises:
            Temporary: some may be stored; calling again with the same messages is safe.
        """
