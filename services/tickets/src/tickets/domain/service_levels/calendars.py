"""Working time: which instants count, and when so much of it has passed.

A calendar is open at an instant if and only if the wall clock in its zone then shows a minute inside one of the slots
of that local date. All else follows: a slot in the hour that daylight saving skips is empty, one in the hour that
comes twice counts twice, a date that a zone never had has no time.

Instants are aware, spans are half-open, lengths are `timedelta`: whole microseconds, nothing is ever rounded. Spans
are worked out for one day of UTC at a time and kept; days of UTC follow each other in order whatever a zone does.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickets.errors import Refused

Slot = tuple[int, int]
"""First minute and the minute after the last, of a local day: 0 to 1440."""
Slots = tuple[Slot, ...]
Span = tuple[datetime, datetime]

NOTHING: Final = timedelta()
HORIZON: Final = timedelta(days=5 * 365 + 1)
"""Nobody is promised anything later than that: five years."""
MINUTES_OF_A_DAY: Final = 1440
_DAY: Final = 86_400
_MOST_DAYS: Final = 4_096
"""So many days a calendar remembers; then it begins anew."""
_MOST_ROADS: Final = 8
"""From so many days on it remembers what lies ahead: tickets of these days, and of a few that are changed."""


class Fault(NamedTuple):
    """What is wrong in a calendar or a policy, and at which of its parts: for whoever knows file, line and column."""

    path: tuple[str | int, ...]
    words: str


class _Road:
    """The open spans from a day of UTC on: looked up, not walked, as most tickets of a day begin on that same day."""

    __slots__ = ("_day", "_ends", "_last", "_passed")

    def __init__(self, first: int) -> None:
        self._day, self._last = first, first + HORIZON.days
        self._ends: list[datetime] = []
        self._passed: list[timedelta] = []  # how much is open from the first midnight up to each of the ends

    def at(self, amount: timedelta, calendar: "Calendar") -> datetime | None:
        """The earliest instant at which so much, more than nothing, has passed since the first midnight.

        None if that is beyond the horizon. Spans are worked out as far as somebody has asked.
        """
        passed, ends = self._passed, self._ends
        total = passed[-1] if passed else NOTHING
        while total < amount:
            if self._day > self._last:
                return None
            for begin, finish in calendar.day(self._day).spans:
                total += finish - begin
                passed.append(total)
                ends.append(finish)
            self._day += 1
        index = bisect_left(passed, amount)
        return ends[index] - (passed[index] - amount)


class _Day(NamedTuple):
    """The open spans of one day of UTC, and how much that is."""

    spans: tuple[Span, ...]
    total: timedelta


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a team works. Values are not changed once a version is in use: change the version.

    Attributes:
        zone: name in the IANA time zone database, for example `Europe/Madrid`.
        week: slots by ISO weekday: Monday is 1, Sunday 7; a day that is not there is closed.
        days: slots of single dates, in place of those of the weekday; no slots: closed.
        names: why a date is special, for example "Fiesta Nacional".

    Raises:
        Refused: `calendar_faults` finds something.
    """

    name: str
    version: str
    zone: str
    week: Mapping[int, Slots]
    days: Mapping[date, Slots] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _known: dict[int, _Day] = field(init=False, repr=False, compare=False, default_factory=dict)

    _roads: dict[int, _Road] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if faults := calendar_faults(self.zone, self.week, self.days):
            raise Refused(f"calendar {self.name}: {faults[0].words}")
        object.__setattr__(self, "_zone", ZoneInfo(self.zone))

    def slots_of(self, local: date) -> Slots:
        """The slots of a date of its zone."""
        own = self.days.get(local)
        return self.week.get(local.isoweekday(), ()) if own is None else own

    def has_hours(self) -> bool:
        """Whether it is open at all, on any day."""
        return any(self.week.values()) or any(self.days.values())

    def local(self, at: datetime) -> datetime:
        """What the clock on the wall shows."""
        return at.astimezone(self._zone)

    def midnight_after(self, at: datetime) -> datetime:
        """When the next local date begins, in UTC; always later than `at`."""
        tomorrow = self.local(at).date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self._zone).astimezone(UTC)
        # Clocks that go back across midnight show the old date again; an hour later they do not.
        return midnight if midnight > at else at + timedelta(hours=1)

    def day(self, ordinal: int) -> _Day:
        """The open spans of a day of UTC, by its proleptic ordinal."""
        found = self._known.get(ordinal)
        if found is None:
            spans = _spans_of(self, ordinal)
            found = _Day(spans, sum((end - begin for begin, end in spans), NOTHING))
            if len(self._known) >= _MOST_DAYS:
                self._known.clear()
            self._known[ordinal] = found
        return found

    def road(self, ordinal: int) -> _Road:
        """The open spans from a day of UTC on, up to the horizon."""
        found = self._roads.get(ordinal)
        if found is None:
            if len(self._roads) >= _MOST_ROADS:
                self._roads.clear()
            found = self._roads[ordinal] = _Road(ordinal)
        return found


def as_utc(at: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        Refused: the time has no zone.
    """
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise Refused(f"the time {at.isoformat()} has no zone; say which, for example {at.isoformat()}Z")
    return at.astimezone(UTC)


def open_spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """The open spans in `[start, end)` in UTC, in order, adjacent ones joined; worked out as they are asked for."""
    start, end = as_utc(start), as_utc(end)
    pending: Span | None = None
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        for begin, finish in calendar.day(ordinal).spans:
            begin, finish = max(begin, start), min(finish, end)
            if begin >= finish:
                continue
            if pending is None:
                pending = (begin, finish)
            elif pending[1] == begin:
                pending = (pending[0], finish)
            else:
                yield pending
                pending = (begin, finish)
    if pending is not None:
        yield pending


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much of `[start, end)` is open."""
    start, end = as_utc(start), as_utc(end)
    first, last = start.toordinal(), end.toordinal()
    total = NOTHING
    for ordinal in range(first, last + 1):
        day = calendar.day(ordinal)
        if first < ordinal < last:
            total += day.total
            continue
        for begin, finish in day.spans:
            begin, finish = max(begin, start), min(finish, end)
            if begin < finish:
                total += finish - begin
    return total


def after_open(calendar: Calendar, start: datetime, amount: timedelta) -> datetime | None:
    """The earliest instant at which so much open time has passed since `start`; None if that is beyond the horizon."""
    return after_each(calendar, start, (amount,))[0]


def after_each(calendar: Calendar, start: datetime, amounts: Sequence[timedelta]) -> list[datetime | None]:
    """What `after_open` says of each of several lengths."""
    start = as_utc(start)
    if not calendar.has_hours():
        return [start if amount <= NOTHING else None for amount in amounts]
    horizon = start + HORIZON
    first = start.toordinal()
    before = NOTHING  # what was open on that day until then
    for begin, finish in calendar.day(first).spans:
        if begin >= start:
            break
        before += min(finish, start) - begin
    road = calendar.road(first)
    found: list[datetime | None] = []
    for amount in amounts:
        if amount <= NOTHING:
            found.append(start)
            continue
        due = None if amount > HORIZON else road.at(before + amount, calendar)
        found.append(due if due is not None and due <= horizon else None)
    return found


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether an instant is working time."""
    at = as_utc(at)
    return any(begin <= at < finish for begin, finish in calendar.day(at.toordinal()).spans)


def next_open(calendar: Calendar, at: datetime) -> datetime | None:
    """The first instant from `at` on that is working time, itself if it is; None if that is beyond the horizon."""
    at = as_utc(at)
    if not calendar.has_hours():
        return None
    return next((begin for begin, _ in open_spans(calendar, at, at + HORIZON)), None)


def calendar_faults(zone: str, week: Mapping[int, Slots], days: Mapping[date, Slots]) -> list[Fault]:
    """All that is wrong with what a calendar would be made of."""
    faults = []
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(Fault(("zone",), f"{zone!r} is no time zone; use a name such as Europe/Madrid or UTC"))
    for weekday, slots in week.items():
        if weekday not in range(1, 8):
            faults.append(Fault(("week", weekday), f"{weekday} is no weekday; Monday is 1, Sunday is 7"))
        faults += _slot_faults(("week", weekday), slots)
    for local, slots in days.items():
        faults += _slot_faults(("days", local.isoformat()), slots)
    return faults


def _slot_faults(path: tuple[str | int, ...], slots: Slots) -> Iterator[Fault]:
    before: Slot = (0, 0)
    for position, (first, last) in enumerate(slots):
        shown = f"{_wall(first)}-{_wall(last)}"
        if not 0 <= first < last <= MINUTES_OF_A_DAY:
            yield Fault((*path, position), f"the slot {shown} must begin before it ends, within 00:00 and 24:00")
        elif first < before[1]:
            earlier = f"{_wall(before[0])}-{_wall(before[1])}"
            yield Fault((*path, position), f"the slot {shown} overlaps or precedes {earlier}; put them in order")
        before = (first, last)


def _wall(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _spans_of(calendar: Calendar, ordinal: int) -> tuple[Span, ...]:
    """The open spans of a day of UTC by the definition above, adjacent ones joined."""
    # Where the clocks are less than a day off UTC, only these three local dates can be on the wall.
    slots = {local: calendar.slots_of(date.fromordinal(local)) for local in range(ordinal - 1, ordinal + 2)}
    if not any(slots.values()):
        return ()
    midnight = datetime.combine(date.fromordinal(ordinal), datetime.min.time(), UTC)
    found = []
    for begin, finish, offset in _offsets(calendar, midnight):
        for local, of_date in slots.items():
            # Seconds since this midnight at which the wall would show 00:00 of that date, were this offset in force.
            wall = (local - ordinal) * _DAY - offset
            for first, last in of_date:
                opens, closes = max(begin, wall + first * 60), min(finish, wall + last * 60)
                if opens < closes:
                    found.append((opens, closes))
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(found):
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return tuple(
        (midnight + timedelta(seconds=opens), midnight + timedelta(seconds=closes)) for opens, closes in joined
    )


def _offsets(calendar: Calendar, midnight: datetime) -> Iterator[tuple[int, int, int]]:
    """(from, to, seconds east of UTC) in seconds since a midnight of UTC, one for each offset in force that day.

    Two changes of one zone have never been closer than four days (a test looks), so a day has one at most.
    """

    def offset_at(second: int) -> int:
        offset = calendar.local(midnight + timedelta(seconds=second)).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    before, after = offset_at(0), offset_at(_DAY)
    if before == after:
        yield 0, _DAY, before
        return
    same, changed = 0, _DAY
    while changed - same > 1:
        middle = (same + changed) // 2
        same, changed = (middle, changed) if offset_at(middle) == before else (same, middle)
    yield 0, changed, before
    yield changed, _DAY, after


ALWAYS: Final = Calendar("always", "1", "UTC", dict.fromkeys(range(1, 8), ((0, MINUTES_OF_A_DAY),)))
"""Open around the clock; every desk has it."""
