"""What the router's handler needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from router.domain.rules import RuleSet
from ventanilla_runtime.publish import Outgoing, PubAck


class RulesInForce(Protocol):
    """The rule set that decides now; it may be another one for the next batch."""

    @property
    def current(self) -> RuleSet:
        """The set to decide with; the same object until it is replaced as a whole."""


class PublishAll(Protocol):
    """Stores messages of one stream durably, in order."""

    async def __call__(self, messages: Sequence[Outgoing], /) -> list[PubAck]:
        """An acknowledgement for each.

        Raises:
            Temporary: some may be stored; calling again with the same messages is safe.
        """
