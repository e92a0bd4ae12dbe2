"""One clock of a ticket: counts open time towards a target, stands still for a reason, falls due.

What a clock is for and when it starts and stops is decided in `clocks`; here is only how it counts.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from tickets.domain.service_levels.calendars import NOTHING, Calendar, after_each, open_time
from tickets.domain.service_levels.policies import ALWAYS_REF, Desk, Ref
from tickets.errors import Refused

BEFORE_START: Final = "before_start"
ANSWERED: Final = "answered"
SOLVED: Final = "solved"
OTHER_TIER: Final = "other_tier"
MERGED: Final = "merged"
NO_TARGET: Final = "no_target"
PAUSED: Final = "paused:"
"""Followed by the status. These are all reasons for which a clock stands still."""


class WarningDue(NamedTuple):
    """When somebody is to be warned that so large a share of the target is used."""

    share: float
    at: datetime


class Fire(NamedTuple):
    """What a worker must do, and when. (clock, cycle, kind) names it: it is done once.

    Attributes:
        kind: `warning:<share>`; `breach`; for the clock `update` its breach is called `update_due`.
    """

    at: datetime
    clock: str
    cycle: int
    kind: str


class Aim(NamedTuple):
    """What a clock does from now on: why it stands still ("": it counts), its target, and the calendar it counts by."""

    stands: str
    target: timedelta | None
    calendar: Ref | None
    warn_at: tuple[float, ...]


AUTOMATICALLY, BY_A_PERSON = "automatic", "person"
"""Who told a customer when they hear next."""


class Clock(NamedTuple):
    """How far a clock is. Times are UTC. It is a tuple because a step replaces all of them: twice as fast.

    Attributes:
        cycle: how often it was started: 0 never; `next_response` and `update` have many cycles, the others one.
        stands: why it stands still; "" while it counts.
        used: open time of this cycle, up to `counted_to` (while it stands: in all).
        counted_to: since when it has been counting on top of `used`; None while it stands.
        target: what is promised now; when met: what was promised then.
        calendar: what it counts by.
        due_at: None while it stands (unless it is over or late already), and where that is more than five years off.
        breached_at: when it was due without being met. Stays, whatever changes later.
        excused: it was breached, but not by the target that is in force now.
        promise: who told the customer when this update is due: `person`, `automatic`, or "" (the policy says it).
        warnings: still to be fired, ascending.
        warned: the largest share that was fired in this cycle; smaller ones are not fired any more.
        fired: the breach was fired.
        earlier_met, earlier_late: how earlier cycles with a target ended.
    """

    cycle: int = 0
    started_at: datetime | None = None
    stands: str = BEFORE_START
    used: timedelta = NOTHING
    counted_to: datetime | None = None
    target: timedelta | None = None
    calendar: Ref | None = None
    due_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    excused: bool = False
    promise: str = ""
    warnings: tuple[WarningDue, ...] = ()
    warned: float = 0.0
    fired: bool = False
    earlier_met: int = 0
    earlier_late: int = 0

    @property
    def state(self) -> str:
        """`running`, `paused`, `met`, `breached_open`, `met_late`, `cancelled` or `none` (not started, no target)."""
        if self.met_at is not None and self.breached_at is not None:
            return "met_late"
        if self.met_at is not None:
            return "none" if self.target is None else "met"
        if self.stands == MERGED:
            return "cancelled"
        if self.breached_at is not None:
            return "breached_open"
        if self.target is None:
            return "none"
        return "paused" if self.stands else "running"


def start(clock: Clock, at: datetime, promise: str = "", target: timedelta | None = None) -> Clock:
    """The clock at the beginning of its next cycle; it counts once it has an aim.

    Args:
        promise: who promised the customer a time.
        target: how long from now that is; it counts around the clock.
    """
    late = clock.breached_at is not None
    return Clock(
        cycle=clock.cycle + 1,
        started_at=at,
        target=target,
        calendar=ALWAYS_REF if promise else None,
        promise=promise,
        earlier_met=clock.earlier_met + (clock.target is not None and not late),
        earlier_late=clock.earlier_late + late,
    )


def advance(clock: Clock, at: datetime, desk: Desk) -> Clock:
    """The clock with everything counted up to `at`. To be late is to be open after the due instant, not at it.

    Warnings that came before and that no worker has given yet are still to be given: being late loses none.
    """
    since = clock.counted_to
    if since is None or clock.calendar is None or at <= since:
        return clock
    used = clock.used + open_time(desk.calendar(clock.calendar), since, at)
    if clock.due_at is None or at <= clock.due_at:
        return clock._replace(used=used, counted_to=at)
    breached_at = clock.breached_at or clock.due_at
    return clock._replace(used=used, counted_to=at, breached_at=breached_at, excused=False)


def meet(clock: Clock, at: datetime, why: str) -> Clock:
    """The clock that has reached what it was for. Comes after `advance`."""
    return clock._replace(met_at=at, stands=why, counted_to=None, warnings=())


def take_aim(clock: Clock, aim: Aim, at: datetime, desk: Desk, *, anew: bool = False) -> Clock:
    """The open clock with what is asked of it from now on. Comes after `advance`.

    Args:
        anew: work out the warnings again even if nothing else changes.
    """
    same = clock.target == aim.target and clock.calendar == aim.calendar
    if same and clock.stands == aim.stands and clock.met_at is None and not anew:
        return clock
    left = None if aim.target is None else aim.target - clock.used
    more_is_left = left is not None and left > NOTHING
    breached = clock.breached_at is not None
    due_at: datetime | None = None
    warnings: tuple[WarningDue, ...] = ()
    if left is not None and breached and not more_is_left:
        due_at = clock.breached_at
    elif left is not None and not aim.stands and aim.calendar is not None:
        if more_is_left:
            due_at, warnings = _ahead(clock, aim, at, desk.calendar(aim.calendar))
        else:
            # A target that a change made shorter than what is used falls due now: until now another one was promised.
            due_at = at
    return clock._replace(
        stands=aim.stands,
        counted_to=None if aim.stands else at,
        target=aim.target,
        calendar=aim.calendar,
        due_at=due_at,
        met_at=None,
        excused=breached and more_is_left,
        warnings=warnings,
    )


def _ahead(clock: Clock, aim: Aim, now: datetime, calendar: Calendar) -> tuple[datetime | None, tuple[WarningDue, ...]]:
    """When a clock falls due that has something left, and the warnings before, unless it is late already.

    Of shares that are used already there is only the largest, at once, unless it was fired.
    """
    assert aim.target is not None
    found: list[WarningDue] = []
    shares: list[float] = []
    lengths: list[timedelta] = []
    for share in aim.warn_at if clock.breached_at is None else ():
        if share <= clock.warned:
            continue
        length = share_of(aim.target, share) - clock.used
        if length <= NOTHING:
            # One that has waited for a worker since before this change goes on waiting, with its time.
            waiting = (one for one in clock.warnings if one.share == share and one.at <= now)
            found = [next(waiting, WarningDue(share, now))]
        else:
            shares.append(share)
            lengths.append(length)
    *instants, due_at = after_each(calendar, now, [*lengths, aim.target - clock.used])
    found += [WarningDue(share, at) for share, at in zip(shares, instants, strict=True) if at is not None]
    return due_at, tuple(found)


@lru_cache(maxsize=1_024)
def share_of(target: timedelta, share: float) -> timedelta:
    """A part of a target, to the microsecond."""
    # A length times a float is taken exactly, by fractions: dear for the few targets that all tickets have.
    return target * share


def mark_fired(clock: Clock, kind: str) -> Clock:
    """The clock that knows that a worker did this.

    Raises:
        Refused: nothing of that kind fires.
    """
    if kind in ("breach", "update_due"):
        return clock._replace(fired=True)
    share = re.fullmatch(r"warning:(0?\.\d+)", kind)
    if share is None:
        raise Refused(f"{kind} is nothing that fires; it is breach, update_due, or a warning such as warning:0.5")
    warned = max(clock.warned, float(share[1]))
    return clock._replace(warned=warned, warnings=tuple(one for one in clock.warnings if one.share > warned))
