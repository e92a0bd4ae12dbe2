"""Opening hours: whether a calendar is open at an instant, and when it opens next.

A calendar is open at an instant if and only if the wall clock in its zone then shows a minute inside one of the slots
of that local date. Daylight saving follows from that: a slot in the hour that is skipped is empty, one in the hour
that comes twice is open both times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_A_DAY: Final = 1_440
LOOK_AHEAD_DAYS: Final = 31

Slot = tuple[int, int]
"""First minute and the minute after the last, of a local day: 0 to 1440."""


@dataclass(frozen=True, slots=True)
class Opening:
    """When it opens next: how many local days ahead (0: today), the date, and the wall clock `09:00`."""

    days: int
    date: date
    clock: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a desk takes calls.

    Attributes:
        week: slots in order by weekday: Monday is 0; a day that is not there is closed.
        dates: slots of single dates in place of those of the weekday; none: closed.
        names: why such a date is special.
    """

    name: str
    zone: ZoneInfo
    week: Mapping[int, tuple[Slot, ...]]
    dates: Mapping[date, tuple[Slot, ...]] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)

    def is_open(self, now: datetime) -> bool:
        """Whether it is open at an instant; one without a zone is taken as UTC."""
        local = _local(now, self.zone)
        minute = local.hour * 60 + local.minute
        return any(first <= minute < last for first, last in self._slots(local.date()))

    def is_special(self, now: datetime) -> bool:
        """Whether the local date has hours of its own, as holidays have."""
        return _local(now, self.zone).date() in self.dates

    def next_opening(self, now: datetime) -> Opening | None:
        """The next slot that begins, as the wall clock shows it; None if there is none within a month."""
        local = _local(now, self.zone)
        for ahead in range(LOOK_AHEAD_DAYS + 1):
            try:
                day = local.date() + timedelta(days=ahead)
            except OverflowError:
                return None
            for first, _ in self._slots(day):
                if (ahead or first > local.hour * 60 + local.minute) and self._exists(day, first):
                    return Opening(ahead, day, f"{first // 60:02d}:{first % 60:02d}")
        return None

    def _slots(self, day: date) -> tuple[Slot, ...]:
        own = self.dates.get(day)
        return self.week.get(day.weekday(), ()) if own is None else own

    def _exists(self, day: date, minute: int) -> bool:
        """Whether the wall ever shows that minute of that date: not in the hour that is skipped."""
        wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        try:
            return wall.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
        except OverflowError:
            return True


def _local(now: datetime, zone: ZoneInfo) -> datetime:
    aware = now if now.tzinfo is not None and now.utcoffset() is not None else now.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone)
    except (OverflowError, ValueError):
        return aware  # at the very ends of time no zone can be applied
