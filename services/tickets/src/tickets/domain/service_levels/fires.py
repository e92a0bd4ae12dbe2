"""What a worker must do for the clocks of a ticket, and when."""

from collections.abc import Iterator
from datetime import datetime

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


def first_fire(state: State) -> Fire | None:
    """The first of `fires`; None where there is none. A step asks for no more, so the others are not even named."""
    first = min(state.owed, default=None)
    for name, clock in state.clocks.items():
        soonest = _soonest(clock)
        if soonest is not None and (first is None or soonest <= first.at):
            first = min(_of(name, clock)) if first is None else min(first, *_of(name, clock))
    return first


def breach_kind(clock: str) -> str:
    """What the breach of a clock is called."""
    return "update_due" if clock == UPDATE else "breach"


def _of(name: str, clock: Clock) -> Iterator[Fire]:
    for warning in clock.warnings:
        yield Fire(warning.at, name, clock.cycle, f"warning:{warning.share}")
    breach = _breach(clock)
    if breach is not None:
        yield Fire(breach, name, clock.cycle, breach_kind(name))


def _breach(clock: Clock) -> datetime | None:
    """When its breach is to be fired, or was to be."""
    if clock.fired:
        return None
    if clock.breached_at is not None:
        return clock.breached_at
    return clock.due_at if clock.counted_to is not None else None


def _soonest(clock: Clock) -> datetime | None:
    """When the first of all that `_of` yields is to be fired."""
    soonest = _breach(clock)
    for warning in clock.warnings:
        if soonest is None or warning.at < soonest:
            soonest = warning.at
    return soonest
