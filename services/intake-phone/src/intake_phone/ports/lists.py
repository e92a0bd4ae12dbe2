"""What reconciling needs: Twilio's lists, and what of them is durable already."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Kind = Literal[
    "text", "call", "status", "link", "ring", "leg", "taken", "talked", "gone", "page", "callback", "callback_leg"
]  # fmt: skip
"""What Twilio tells of: a text that came in, the end of a call, what became of a text of ours; that a caller was
promised a link; of callers who wait for a team: that they do, that an agent's leg has ended, that an agent took them,
that the agent's leg has talked to them, that they wait no longer; that an agent acknowledged a page; what became of a
callback, and that an agent's leg of one has ended."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing of Twilio's lists.

    Attributes:
        told: the form that its webhook would have had.
        at: when it happened. over: nothing about it will change.
    """

    kind: Kind
    sid: str
    told: Mapping[str, str]
    at: datetime
    over: bool = True


class Lists(Protocol):
    """Twilio's lists; `adapters.twilio.lists.TwilioLists` reads them."""

    async def since(self, at: datetime) -> Sequence[Listed]:
        """Texts that came in, calls, and ends of our own texts since a time.

        Raises:
            TwilioAway, TwilioBusy, TwilioRefused: they cannot be read.
        """


KnowsAccepted = Callable[[datetime], Awaitable[set[str]]]
"""Time → ids of what was accepted since then. Raises Temporary."""


class Accepts(Protocol):
    """Makes durable what a list tells, as a door would have."""

    async def __call__(self, listed: Listed) -> None:
        """Raises NotAccepted or Senseless."""
