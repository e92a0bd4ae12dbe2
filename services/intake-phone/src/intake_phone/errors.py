"""Errors of the phone service.

Permanent
├── FlowRefused   a flow file has mistakes; the flow in force stays
├── Senseless     a request of Twilio's does not say what it is about
├── TwilioRefused Twilio will not do it, now or later
├── DeskRefused   the ticket service says no
├── NotTranscribed  nobody can say what a recording says
└── MalformedRequest  a notification of the desk that no phone can take
Temporary
├── NotAccepted   nothing was made durable; Twilio is to bring it again
├── PerhapsKept   what somebody wishes was written, and nobody knows whether the broker has it
├── DeskAway      the ticket service did not answer
├── TwilioAway    Twilio cannot be reached: what was asked for may have been done
│   ├── TwilioFailed     it says itself that it failed: nothing is under way any more
│   └── TwilioUnreached  no connection came about: nothing was done
├── FilesBusy     too many files are being fetched; Twilio is to come again
└── TwilioBusy    Twilio does not do it now: nothing was done
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ventanilla_contracts.errors import Permanent, Temporary


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a flow file: where, the way to it inside the file, what, and what to do. Lines count from 1.

    Attributes:
        way: keys and positions from the top of the file, for example `nodes/menu/choices/1/then`; empty for the file.
    """

    file: str
    line: int
    column: int
    way: str
    reason: str
    advice: str = ""

    def __str__(self) -> str:
        way = f"{self.way}: " if self.way else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.file}:{self.line}:{self.column}: {way}{self.reason}{advice}"


class FlowRefused(Permanent):
    """A flow file has mistakes. `problems` lists all that were found, in the order of the file."""

    slug = "flow_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file, one.line, one.column)))
        super().__init__("\n".join(map(str, self.problems)))


class Senseless(Permanent):
    """A request that Twilio signed does not say what it is about; it would say no more the next time."""

    slug = "senseless"


class MalformedRequest(Permanent):
    """A notification that no phone can take."""

    slug = "malformed_request"


class TwilioRefused(Permanent):
    """Twilio will not do what it was asked for, now or later.

    Attributes:
        code: Twilio's own, https://www.twilio.com/docs/api/errors; 0 without one.
        status: of its answer; 0: not told.
    """

    slug = "twilio_refused"

    def __init__(self, code: int, text: str, status: int = 0) -> None:
        self.code = code
        self.status = status
        super().__init__(f"{code}: {text}" if code else text)


class NotTranscribed(Permanent):
    """Nobody can say what a recording says: it stays what it is."""

    slug = "not_transcribed"


class DeskRefused(Permanent):
    """The ticket service says no.

    Attributes:
        status: of its answer; 0: it said something else than it should.
        problem: what its problem document says, where there is one.
    """

    slug = "desk_refused"

    def __init__(self, text: str, status: int = 0, problem: Mapping[str, Any] | None = None) -> None:
        self.status = status
        self.problem = problem or {}
        super().__init__(text)


class NotAccepted(Temporary):
    """What Twilio told is not durable."""

    slug = "not_accepted"


class PerhapsKept(Temporary):
    """What somebody wishes was written, and the broker did not say that it has it: it may."""

    slug = "perhaps_kept"


class DeskAway(Temporary):
    """The ticket service did not answer."""

    slug = "desk_away"


class TwilioAway(Temporary):
    """Twilio cannot be reached, or broke off: what was asked for may have been done."""

    slug = "twilio_away"


class TwilioFailed(TwilioAway):
    """Twilio says that it failed: what was asked for may have been done, and nothing is under way any more."""

    slug = "twilio_failed"


class TwilioUnreached(TwilioAway):
    """No connection to Twilio came about: nothing was done."""

    slug = "twilio_unreached"


class TwilioBusy(Temporary):
    """Twilio does not do it now: nothing was done.

    Attributes:
        seconds: how long it wants to be left alone.
    """

    slug = "twilio_busy"

    def __init__(self, text: str, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(text)


class FilesBusy(Temporary):
    """Too many files are being fetched at once, or the broker is slow with one."""

    slug = "files_busy"
