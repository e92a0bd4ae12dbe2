"""What callbacks need of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from intake_phone.domain.callbacks.attempt import Attempt, Name
from intake_phone.domain.callbacks.talk import Talk
from intake_phone.domain.telephones import Agent
from ventanilla_runtime.delivery import Delivery


class KnowsAttempts(Protocol):
    """What is kept of attempts; `adapters.records.CallbackRecords` does."""

    async def attempt(self, name: Name) -> Attempt:
        """All that is kept of one. Raises Temporary."""


class KnowsCallers(Protocol):
    """Who can call a customer back, and who that is; `adapters.staff.Staff` does."""

    async def team(self, name: str) -> Sequence[Agent]:
        """A team's agents in the order in which they are rung. Raises DeskAway."""

    async def reachable(self, handle: str) -> Sequence[Agent]:
        """One agent, if their telephone can be rung now. Raises DeskAway."""

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        """The name that the desk knows by a number, and its open tickets; nothing where it cannot be asked in time."""


class HearsOfAttempts(Protocol):
    """The ticket service; `adapters.tickets_api.TicketsApi` does."""

    async def report_attempt(self, callback: str, attempt: int, told: Mapping[str, Any]) -> None:
        """Tell what became of an attempt; the same again changes nothing. Raises DeskAway, DeskRefused."""


class TellsOfTalks(Protocol):
    """Tells the agents' channel; `handlers.legs.tell.CallTeller` does."""

    async def called_back(self, talk: Talk, delivery: Delivery) -> None:
        """A talk is over; the same again is one word. Raises Temporary."""


@dataclass(frozen=True, slots=True)
class ChildCall:
    """A call that another one made, as Twilio lists it.

    Attributes:
        rang_seconds: from its beginning to its end, answered or not; None: not known.
    """

    sid: str
    status: str
    seconds: str
    rang_seconds: float | None = None


class ListsChildren(Protocol):
    """Knows which calls a call has made; `adapters.twilio.api.Twilio` does."""

    async def children_of(self, call: str) -> Sequence[ChildCall]:
        """They, newest first. Raises TwilioAway, TwilioBusy, TwilioRefused."""
