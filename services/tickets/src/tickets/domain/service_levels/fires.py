"""What a worker must do for the clocks of a ticket, and when."""

from collections.abc import Iterator

from tickets.domain.service_levels.one_clock import Clock, Fire
from tickets.domain.service_levels.policies import UPDATE
from tickets.domain.service_levels.state import State


def fires(state: State) -> list[Fire]:
    """All that is ahead or due and was not recorded as `Fired`, earliest first.

    Warnings and deadlines are only those of clocks that count now; what is paused, met or cancelled has none. A breach
    that happened while no worker was there is fired even if the clock was met or restarted since.
    """
    found = list(state.owed)
    for name, clock in state.clocks.items():
        found += _of(name, clock)
    return sorted(found)


def breach_kind(clock: str) -> str:
    """What the breach of a clock is called."""
    return "update_due" if clock == UPDATE else "breach"


def _of(name: str, clock: Clock) -> Iterator[Fire]:
    for warning in clock.warnings:
        yield Fire(warning.at, name, clock.cycle, f"warning:{warning.share}")
    if clock.fired:
        return
    if clock.breached_at is not None:
        yield Fire(clock.breached_at, name, clock.cycle, breach_kind(name))
    elif clock.counted_to is not None and clock.due_at is not None:
        yield Fire(clock.due_at, name, clock.cycle, breach_kind(name))
