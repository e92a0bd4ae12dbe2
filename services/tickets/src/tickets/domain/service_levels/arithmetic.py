"""The sum behind every clock: which time counted, which did not, and why.

It is taken from the same states as the deadlines, one event after the other, so it cannot tell another story: what is
counted here is what `clocks` used, to the microsecond.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from tickets.domain.service_levels.calendars import NOTHING, Calendar, as_utc, open_spans
from tickets.domain.service_levels.clocks import as_of, begin, step
from tickets.domain.service_levels.log import Event
from tickets.domain.service_levels.one_clock import Clock
from tickets.domain.service_levels.policies import TIER, Desk
from tickets.domain.service_levels.state import State
from tickets.errors import Refused

COUNTED: Final = "counted"
CLOSED: Final = "closed:"
"""Followed by the name of the day (`monday`) or of the holiday."""
MOST_INTERVALS: Final = 400
_MOST_RAW: Final = 20_000
"""So many intervals of a clock are collected before they are made coarser."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Interval(NamedTuple):
    """A stretch of time of one clock.

    Attributes:
        cycle: of the clock; 0 before its first.
        why: `counted`; `closed:<day or holiday>`; why the clock stood still: `paused:<status>`, `before_start`,
            `answered`, `solved`, `merged`, `other_tier`, `no_target`; `day` or `weeks:<number>` for a summary.
        used: how much of it counted: all, nothing, or in a summary something between.
        calendar: name and version of the calendar that decided, such as `office 3`; "" where none did.
    """

    start: datetime
    end: datetime
    cycle: int
    why: str
    used: timedelta
    calendar: str

    @property
    def counted(self) -> bool:
        """Whether any of it counted."""
        return self.used > NOTHING


@dataclass(frozen=True, slots=True)
class ClockArithmetic:
    """The sum of one clock.

    Attributes:
        intervals: without gaps from the opening on, at most 400; beyond that in summaries of days, or of weeks.
        used_by_cycle: cycle → what it used; the last is what the clock itself says.
        clock: as it is at the end: target, due, met, breached.
    """

    name: str
    intervals: tuple[Interval, ...]
    used_by_cycle: Mapping[int, timedelta]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The sums of all clocks of a ticket up to a time.

    Attributes:
        tier_minutes: tier → open minutes that it used, over all its turns.
    """

    until: datetime
    clocks: Mapping[str, ClockArithmetic]
    tier_minutes: Mapping[str, float]


def explain(events: Iterable[Event], desk: Desk, until: datetime) -> Arithmetic:
    """The sums of a ticket from its opening to a time; what its log says of later is left out.

    Raises:
        Refused: the ticket was opened later, or what folding refuses.
    """
    until = as_utc(until)
    log = sorted(events, key=lambda event: event.order)
    if not log or as_utc(log[0].at) > until:
        raise Refused(f"there is nothing to explain: the ticket was not open at {until.isoformat()}")
    state = begin(log[0], desk)
    rows: dict[str, _Rows] = {}
    for event in log[1:]:
        following = step(state, event, desk)
        if following.at > until:
            break
        _collect(rows, state, following.at, desk)
        state = following
    _collect(rows, state, until, desk)
    at_end = as_of(state, until, desk)
    sums = {name: rows[name].summed(name, clock) for name, clock in at_end.clocks.items() if name in rows}
    tiers = {
        name.partition(":")[2]: clock.used / timedelta(minutes=1)
        for name, clock in at_end.clocks.items()
        if name.startswith(TIER)
    }
    return Arithmetic(until, sums, tiers)


class _Rows:
    """The intervals of one clock while they are collected; memory is bounded however long the story is."""

    def __init__(self) -> None:
        self.used_by_cycle: dict[int, timedelta] = {}
        self._intervals: list[Interval] = []

    def add(self, interval: Interval) -> None:
        """Append an interval, or lengthen the last one if it says the same."""
        if interval.counted:
            self.used_by_cycle[interval.cycle] = self.used_by_cycle.get(interval.cycle, NOTHING) + interval.used
        last = self._intervals[-1] if self._intervals else None
        if last is not None and _says(last) == _says(interval):
            self._intervals[-1] = last._replace(end=interval.end, used=last.used + interval.used)
            return
        self._intervals.append(interval)
        if len(self._intervals) > _MOST_RAW:
            self._intervals = _bounded(self._intervals)

    def summed(self, name: str, clock: Clock) -> ClockArithmetic:
        """What was collected, in at most 400 intervals."""
        used = {cycle: self.used_by_cycle.get(cycle, NOTHING) for cycle in range(1, clock.cycle + 1)}
        return ClockArithmetic(name, tuple(_bounded(self._intervals)), used, clock)


def _says(interval: Interval) -> tuple[int, str, str]:
    return interval.cycle, interval.why, interval.calendar


def _collect(rows: dict[str, _Rows], state: State, end: datetime, desk: Desk) -> None:
    """Add what each clock did between a state and the next event."""
    if end <= state.at:
        return
    for name, clock in state.clocks.items():
        found = rows.setdefault(name, _Rows())
        for interval in _intervals(clock, state.at, end, desk):
            found.add(interval)


def _intervals(clock: Clock, start: datetime, end: datetime, desk: Desk) -> Iterator[Interval]:
    if clock.counted_to is None or clock.calendar is None:
        yield Interval(start, end, clock.cycle, clock.stands, NOTHING, "")
        return
    calendar = desk.calendar(clock.calendar)
    by = " ".join(clock.calendar)
    at = start
    for opens, finish in open_spans(calendar, start, end):
        yield from _closed(calendar, at, opens, clock.cycle, by)
        yield Interval(opens, finish, clock.cycle, COUNTED, finish - opens, by)
        at = finish
    yield from _closed(calendar, at, end, clock.cycle, by)


def _closed(calendar: Calendar, start: datetime, end: datetime, cycle: int, by: str) -> Iterator[Interval]:
    """A stretch in which the calendar is closed, cut at its midnights so that each day can say its name."""
    while start < end:
        until = min(calendar.midnight_after(start), end)
        local = calendar.local(start).date()
        day = calendar.names.get(local) or _WEEKDAYS[local.weekday()]
        yield Interval(start, until, cycle, CLOSED + day, NOTHING, by)
        start = until


def _bounded(intervals: list[Interval]) -> list[Interval]:
    """At most 400 intervals: as they are, else one for each day of UTC, each week, two weeks, four, and so on."""
    result, days = intervals, 1
    while len(result) > MOST_INTERVALS:
        groups: dict[int, list[Interval]] = {}
        for interval in result:
            # The first of January of the year 1 was a Monday, so weeks begin on Mondays.
            groups.setdefault((interval.start.toordinal() - 1) // days, []).append(interval)
        why = "day" if days == 1 else f"weeks:{days // 7}"
        result = [_summary(group, why) for group in groups.values()]
        days = 7 if days == 1 else days * 2
    return result


def _summary(group: list[Interval], why: str) -> Interval:
    if len(group) == 1:
        return group[0]
    used = sum((one.used for one in group), NOTHING)
    calendars = {one.calendar for one in group if one.calendar}
    by = calendars.pop() if len(calendars) == 1 else ""
    return Interval(group[0].start, group[-1].end, group[-1].cycle, why, used, by)
