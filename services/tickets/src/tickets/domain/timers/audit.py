"""What is wrong with timers: late, missing, wrong, failing; and how the desk is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.domain.rows import Timer
from tickets.domain.service_levels.firing import KIND, next_timer, same_fire
from tickets.domain.service_levels.policies import Desk
from tickets.domain.service_levels.state import State
from tickets.domain.timers.due import Due
from ventanilla_contracts.events import TimerLate
from ventanilla_contracts.ids import event_id

LATE: Final = "late"
MISSING: Final = "missing"
WRONG: Final = "wrong"
FAILING: Final = "failing"
MORE: Final = "more"

MOST_ALARMS_AN_HOUR: Final = 100
"""More would be read by nobody; beyond it one event says how many there are."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A timer that somebody must look at.

    Attributes:
        due_at: when it should have been fired; of a failing one the next try.
        raised: how often an event has told of it since it came up.
        told: one has within the hour.
    """

    problem: str
    ticket_number: int
    kind: str
    key: str
    due_at: datetime
    failures: int = 0
    raised: int = 0
    told: bool = False

    @property
    def row(self) -> tuple[int, str, str]:
        """Which timer: ticket, kind, key."""
        return self.ticket_number, self.kind, self.key

    def late_seconds(self, now: datetime) -> float | None:
        """How late it is; None: its time is still to come."""
        late = (now - self.due_at).total_seconds()
        return round(late, 3) if late >= 0 else None


def clock_trouble(number: int, state: State, row: Due | None, desk: Desk) -> Trouble | None:
    """What is wrong with the row of a ticket's clocks, by what the clocks ask for; None if nothing is.

    A row that is tried again has a time of its own: only what it is for must be right.

    Raises:
        Refused: a version that the state speaks of is not at hand.
    """
    wanted = next_timer(state, desk)
    if not wanted:
        return None if row is None else Trouble(WRONG, number, KIND, row.key, row.due_at, row.failures)
    first = wanted[0]
    if row is None:
        return Trouble(MISSING, number, KIND, first.key, first.due_at)
    return None if _agree(row, first) else Trouble(WRONG, number, KIND, first.key, first.due_at, row.failures)


def _agree(row: Due, wanted: Timer) -> bool:
    in_time = row.failures > 0 or row.due_at == wanted.due_at
    return in_time and row.key == wanted.key and same_fire(row.detail, wanted.detail)


def alarm_of(trouble: Trouble, now: datetime) -> TimerLate:
    """The event that tells of it. Whoever notices the same gives it the same id."""
    # The time of a failing row moves with every try.
    what = FAILING if trouble.problem == FAILING else trouble.due_at.isoformat()
    source = f"{trouble.ticket_number}/{trouble.kind}/{trouble.key}/{what}/{trouble.raised}"
    return TimerLate(
        id=event_id(TimerLate.type, source),
        problem=trouble.problem,
        ticket_number=trouble.ticket_number,
        kind=trouble.kind,
        key=trouble.key,
        due_at=trouble.due_at,
        late_seconds=trouble.late_seconds(now),
        failures=trouble.failures,
        noticed_at=now,
    )


def alarm_of_more(count: int, now: datetime) -> TimerLate:
    """The event that says how many are not named; one id an hour."""
    source = f"more/{now:%Y-%m-%dT%H}"
    return TimerLate(id=event_id(TimerLate.type, source), problem=MORE, count=count, noticed_at=now)


def to_raise(troubles: Sequence[Trouble], raised_this_hour: int) -> list[Trouble]:
    """Those of which an event is to tell now, the latest first."""
    room = max(MOST_ALARMS_AN_HOUR - raised_this_hour, 0)
    untold = (trouble for trouble in troubles if not trouble.told)
    return sorted(untold, key=lambda trouble: (trouble.due_at, trouble.row))[:room]


def shown(trouble: Trouble, now: datetime) -> dict[str, Any]:
    """As plain data, for whoever reads a report."""
    return {
        "problem": trouble.problem,
        "ticket": trouble.ticket_number,
        "kind": trouble.kind,
        "key": trouble.key,
        "due_at": trouble.due_at.isoformat(),
        "late_seconds": trouble.late_seconds(now),
        "failures": trouble.failures,
    }
