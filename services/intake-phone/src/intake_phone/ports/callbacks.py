"""What callbacks need of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from intake_phone.domain.callbacks.attempt import Attempt, Name
from intake_phone.domain.calls.ringing import Agent


class KnowsAttempts(Protocol):
    """What is kept of attempts; `adapters.callback_records.CallbackRecords` does."""

    async def attempt(self, name: Name) -> Attempt:
        """All that is kept of one. Raises Temporary."""


class KnowsCallers(Protocol):
    """Who can call a customer back; `adapters.staff.Staff` does."""

    async def team(self, name: str) -> Sequence[Agent]:
        """A team's agents in the order in which they are rung. Raises DeskAway."""

    async def reachable(self, handle: str) -> Sequence[Agent]:
        """One agent, if their telephone can be rung now. Raises DeskAway."""


class HearsOfAttempts(Protocol):
    """The ticket service; `adapters.tickets_api.TicketsApi` does."""

    async def report_attempt(self, callback: str, attempt: int, told: Mapping[str, Any]) -> None:
        """Tell what became of an attempt; the same again changes nothing. Raises DeskAway, DeskRefused."""


@dataclass(frozen=True, slots=True)
class ChildCall:
    """A call that another one made, as Twilio lists it."""

    sid: str
    status: str
    seconds: str


class ListsChildren(Protocol):
    """Knows which calls a call has made; `adapters.twilio.api.Twilio` does."""

    async def children_of(self, call: str) -> Sequence[ChildCall]:
        """They, newest first. Raises TwilioAway, TwilioBusy, TwilioRefused."""
