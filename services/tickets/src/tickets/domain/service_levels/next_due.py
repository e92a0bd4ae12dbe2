"""What of a ticket falls due first: by that queues are ordered."""

from datetime import datetime
from typing import NamedTuple

from tickets.domain.service_levels.one_clock import Clock
from tickets.domain.service_levels.state import State


class NextDue(NamedTuple):
    """The running clock that falls due first; one that is late and still counts comes before all others."""

    at: datetime
    clock: str


def next_due(state: State) -> NextDue | None:
    """What falls due first; None: no clock runs, or none has a time."""
    first: NextDue | None = None
    for name, clock in state.clocks.items():
        if clock.stands or clock.due_at is None or clock.met_at is not None:
            continue
        if first is None or clock.due_at < first.at:
            first = NextDue(clock.due_at, name)
    return first


def next_due_at(state: State) -> datetime | None:
    """When that is."""
    first = next_due(state)
    return first.at if first else None


def state_of(clock: Clock, now: datetime) -> str:
    """`running`, or `breached_open` once it is late, also where no event has said so yet."""
    late = clock.breached_at is not None or (clock.due_at is not None and clock.due_at < now)
    return "breached_open" if late else "running"
