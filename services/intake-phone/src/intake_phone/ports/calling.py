"""What calls that we make need of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from intake_phone.domain.calls.ringing import Waits
from intake_phone.domain.telephones import Agent
from intake_phone.ports.lists import Kind
from ventanilla_runtime.state import Entry


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that is to be made.

    Attributes:
        number: whom to ring, in E.164. desk: the number of the desk that is shown.
        document: address of what is said when somebody answers. told: address that is told how it ended; empty: nobody
            wants to know.
        ring_seconds: how long it rings.
    """

    number: str = field(repr=False)
    desk: str
    document: str
    told: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call of ours as Twilio has it.

    Attributes:
        at: when it was made, Unix time. status: `queued`, `ringing`, `in-progress`, `completed`, …
    """

    sid: str
    status: str
    at: float


class MakesCalls(Protocol):
    """Makes calls; `adapters.twilio.api.Twilio` does.

    Raises:
        TwilioRefused: it never will be.
        TwilioAway: it may have been done or not; TwilioUnreached: it was not.
        TwilioBusy: it was not; later it may be.
    """

    async def make_call(self, wanted: Wanted) -> MadeCall:
        """Begin to ring."""

    async def calls_to(self, number: str, desk: str, since: float) -> Sequence[MadeCall]:
        """Calls of ours between two numbers since a Unix time, newest first."""

    async def end_call(self, sid: str) -> None:
        """Stop a call that rings; refused for one that is answered or over."""


class TellsStatus(Protocol):
    """Knows how calls of ours stand; `adapters.twilio.api.Twilio` does."""

    async def status_of(self, sid: str) -> str:
        """A status as of `MadeCall`. Raises TwilioAway, TwilioBusy; TwilioRefused: there is no such call."""


class ReplacesState(Protocol):
    """Keys that one of many may write over; `ventanilla_runtime.state.StateBucket` does."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys; says for each whether this call made it."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def read(self, key: str) -> Entry:
        """A key with its revision."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over exactly this revision. Raises WrongSequence."""


class KnowsRings(Protocol):
    """What is kept of callers who wait; `adapters.records.RingRecords` does."""

    async def waits(self, call: str) -> Waits:
        """A call's waits. Raises Temporary."""


class KnowsStaff(Protocol):
    """Whose telephones can be rung; `adapters.staff.Staff` does."""

    async def team(self, name: str) -> Sequence[Agent]:
        """A team's agents in the order in which they are rung. Raises DeskAway."""

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        """The name that the desk knows by a number, and its open tickets; nothing where it cannot be asked in time."""


class KeepsWord(Protocol):
    """Makes durable what a call needs done; `handlers.accept.Acceptor` does."""

    async def accept(self, kind: Kind, sid: str, told: Mapping[str, str], door: str, seconds: float) -> None:
        """Raises NotAccepted."""
