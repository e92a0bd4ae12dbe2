"""The clocks of tickets that are opened alike, worked out once: what differs is the time.

Most tickets of a desk are opened in one of a few ways: by one policy, with one priority, in one tier. What their clocks
aim at is the same then, and so is how long after the opening something is due. `clocks` says what that is, by its own
rules, for the first ticket of each way; for all others only the calendars are asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tickets.domain.service_levels.calendars import NOTHING, Calendar, after_each
from tickets.domain.service_levels.one_clock import Clock, WarningDue, share_of
from tickets.domain.service_levels.policies import Desk, Ref
from tickets.domain.service_levels.state import State


class _Ahead(NamedTuple):
    """Where a clock finds its warnings and its deadline: from a place on in what a calendar was asked."""

    asked: int
    place: int
    shares: tuple[float, ...]


class Opening(NamedTuple):
    """The state of the first ticket, and how to come from it to that of another one.

    Attributes:
        asked: calendars, each with lengths of open time: when will so much have passed?
        ahead: clock → its part of the answers, for those that count towards something.
    """

    first: State
    asked: tuple[tuple[Calendar, tuple[timedelta, ...]], ...]
    ahead: dict[str, _Ahead]

    def opened(self, at: datetime, order: int) -> State:
        """The state of a ticket that was opened then (UTC)."""
        instants = [after_each(calendar, at, lengths) for calendar, lengths in self.asked]
        clocks = {}
        for name, clock in self.first.clocks.items():
            ahead = self.ahead.get(name)
            if ahead is not None:
                due_at, warnings = _fall_due(ahead, instants[ahead.asked])
                clocks[name] = Clock(
                    clock.cycle, at, "", NOTHING, at, clock.target, clock.calendar, due_at, warnings=warnings
                )
            elif clock.started_at is None:
                clocks[name] = clock
            else:
                counted_to, met_at = clock.counted_to and at, clock.met_at and at
                clocks[name] = clock._replace(started_at=at, counted_to=counted_to, met_at=met_at)
        waiting_since = self.first.waiting_since and at
        return self.first._replace(at=at, order=order, waiting_since=waiting_since, clocks=clocks)


def opening_of(first: State, warn_at: Sequence[float], desk: Desk) -> Opening:
    """What tickets have in common with one that was opened just now.

    Args:
        first: its state, before anything else has happened.
        warn_at: shares of the targets at which somebody is warned.
    """
    asked: dict[Ref, list[timedelta]] = {}
    ahead = {}
    for name, clock in first.clocks.items():
        if clock.counted_to is None or clock.target is None or clock.calendar is None:
            continue
        lengths = asked.setdefault(clock.calendar, [])
        ahead[name] = _Ahead(list(asked).index(clock.calendar), len(lengths), tuple(warn_at))
        lengths += [*(share_of(clock.target, share) for share in warn_at), clock.target]
    return Opening(first, tuple((desk.calendar(ref), tuple(lengths)) for ref, lengths in asked.items()), ahead)


def _fall_due(ahead: _Ahead, instants: Sequence[datetime | None]) -> tuple[datetime | None, tuple[WarningDue, ...]]:
    _, place, shares = ahead
    when = instants[place:]
    warnings = tuple([WarningDue(share, at) for share, at in zip(shares, when, strict=False) if at is not None])
    return when[len(shares)], warnings
