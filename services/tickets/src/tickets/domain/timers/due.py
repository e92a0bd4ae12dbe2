"""What will happen to tickets by itself, and when: rows that a worker fires once their time has come.

No timer lives in memory. Whatever starts or stops one writes or removes its row in the transaction that changes the
ticket, and a row is fired and removed in one transaction: a restart, a second worker or a jump of the clock skips
nothing and repeats nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from tickets.domain.correspondence.fallback import Way
from tickets.domain.correspondence.notices import Desk, Render
from tickets.domain.correspondence.ways import TalkedIn
from tickets.domain.ladders.on_duty import OnDuty
from tickets.domain.rows import Settlement
from tickets.domain.service_levels.policies import Desk as Levels
from tickets.domain.settling.incoming import TicketRow

FAILED_AGAIN_SECONDS: Final = (5.0, 30.0, 300.0, 3600.0)
"""What fails through a bug of ours is tried again after so long, the last for ever: nothing is forgotten."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens to a ticket.

    Attributes:
        kind: who fires it.
        key: which of the kind; unique within ticket and kind.
        detail: what it needs to know, as plain data.
    """

    ticket_number: int
    kind: str
    key: str
    due_at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """What firing goes by.

    Attributes:
        now: by the database's clock; never before `due_at`.
        stopped: requesters' addresses to which no mail is sent.
        duty: who can be told and paged; None: no step of a ladder is among what is fired.
        levels: calendars and policies, those that rows speak of among them.
        zones: team → zone of its calendar, of teams whose customers are told a time.
        talked_in: ticket → the conversation in which its customer last wrote, where that is a merged one's.
        silent: tickets whose customers want no texts, and are told nothing unasked.
        detours: ticket → another way to its customer, who called from where no text arrives.
    """

    now: datetime
    desk: Desk
    render: Render
    stopped: frozenset[str] = frozenset()
    duty: OnDuty | None = None
    levels: Levels = field(default_factory=lambda: Levels({}, {}))
    zones: Mapping[str, str] = field(default_factory=dict)
    talked_in: Mapping[int, TalkedIn] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()
    detours: Mapping[int, Way] = field(default_factory=dict)


class Fires(Protocol):
    """What happens when the rows of one kind are due."""

    def __call__(self, ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
        """The ticket as it is afterwards; what is to be written besides is added to `rows`. Pure."""


def again_in_seconds(failures: int) -> float:
    """When to fire a row again that has failed so often before."""
    return FAILED_AGAIN_SECONDS[min(failures, len(FAILED_AGAIN_SECONDS) - 1)]
