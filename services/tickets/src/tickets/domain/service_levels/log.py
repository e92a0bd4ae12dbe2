"""What happens to a ticket, as far as its clocks can see. The log is the truth; states are folded from it.

Every event has `at` (an aware time) and `order` (its place in the log: ascending, gaps are fine). The order is what
counts: an event whose time is before that of its predecessor, because two machines disagree about the time or a message
was settled late, counts at the predecessor's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tickets.domain.service_levels.policies import Ref


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a time, in its place in the log."""

    at: datetime
    order: int


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """The ticket came to be; always the first event. `at` is when the door accepted the message.

    Attributes:
        policy: what was promised; None: nothing.
        calendars: name → version, of all calendars in force.
        from_customer: a customer wrote and waits; not so where a person of the desk opened it and spoke first.
    """

    priority: str
    tier: str
    status: str = "new"
    policy: Ref | None = None
    calendars: Mapping[str, str] = field(default_factory=dict)
    from_customer: bool = True


@dataclass(frozen=True, slots=True)
class CustomerWrote(Event):
    """A message of the customer. An automatic one (out of office) is `Noted`."""


@dataclass(frozen=True, slots=True)
class PersonAnswered(Event):
    """A public reply that a person wrote. Acknowledgements, bots and probes are `Noted`."""


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """An internal note, or anything automatic: changes no clock."""


@dataclass(frozen=True, slots=True)
class StatusChanged(Event):
    """The ticket has another status."""

    status: str


@dataclass(frozen=True, slots=True)
class PriorityChanged(Event):
    """The ticket has another priority."""

    priority: str


@dataclass(frozen=True, slots=True)
class PolicyChanged(Event):
    """Another policy, or another version, is in force from now on.

    Attributes:
        calendars: name → version, of calendars that come into force with it.
    """

    policy: Ref | None
    calendars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalendarChanged(Event):
    """Other versions of calendars are in force from now on; those that are not named stay."""

    calendars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TierChanged(Event):
    """Another tier has the ticket."""

    tier: str


@dataclass(frozen=True, slots=True)
class Merged(Event):
    """The ticket became part of another one. Comes before the change of status that goes with it."""

    into: int


@dataclass(frozen=True, slots=True)
class Unmerged(Event):
    """The ticket is one of its own again."""


@dataclass(frozen=True, slots=True)
class MergedIn(Event):
    """Another ticket became part of this one, which keeps its own clocks.

    Attributes:
        unanswered: a customer of the other ticket waits for an answer (`State.waiting_since` of it): here that counts
            as a message of the customer, so that merging leaves nobody without a clock.
    """

    ticket: int
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Promised(Event):
    """The customer was told when they will hear next.

    Attributes:
        until: when, on any clock in the world: a promise does not wait for opening hours and is not paused.
        automatic: the desk promised it by itself, because the time before was missed, or because a ladder or rules
            handed the ticket on; else a person did.
    """

    until: datetime
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Fired(Event):
    """A worker did what was due (see `fires`): it is not to be done again."""

    clock: str
    cycle: int
    kind: str


@dataclass(frozen=True, slots=True)
class Recalculated(Event):
    """Somebody had the state brought up to this time. Changes nothing else on a healthy ticket."""
