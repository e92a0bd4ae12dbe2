"""What the clocks must say, counted minute by minute by code that shares nothing with them but the words of the log.

The clock on the wall is asked of `zoneinfo` for every single minute; a ticket is lived through minute by minute.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.unit.tickets.service_level_samples import EVERY_DAY
from tickets.domain.service_levels.calendars import Calendar, Slots
from tickets.domain.service_levels.log import (
    CalendarChanged,
    CustomerWrote,
    Event,
    Merged,
    MergedIn,
    Opened,
    PersonAnswered,
    PolicyChanged,
    PriorityChanged,
    Promised,
    StatusChanged,
    TierChanged,
    Unmerged,
)
from tickets.domain.service_levels.policies import Desk, Policy, Ref

MINUTE = timedelta(minutes=1)
DAY_AND_NIGHT = Calendar("day and night", "1", "UTC", dict.fromkeys(EVERY_DAY, ((0, 1440),)))
ZONES = (
    "Europe/Madrid", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
    "America/Havana", "Africa/Casablanca", "Asia/Beirut", "America/Sao_Paulo", "Europe/Dublin", "UTC",
)  # fmt: skip
# Around changes of daylight saving and of the date line, a leap day, a year's end; clocks that go back across midnight.
DATES = (
    date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2010, 11, 7), date(2011, 12, 30),
    date(2028, 2, 29), date(2026, 12, 31), date(2026, 4, 5), date(2018, 11, 4), date(2023, 3, 26),
)  # fmt: skip


def says(calendar: Calendar, at: datetime) -> bool:
    """The oracle: the definition, word by word."""
    wall = at.astimezone(ZoneInfo(calendar.zone))
    of_date = calendar.days.get(wall.date(), calendar.week.get(wall.isoweekday(), ()))
    return any(first <= wall.hour * 60 + wall.minute < last for first, last in of_date)


def _some_slots(edges_at_least: int = 0) -> st.SearchStrategy[Slots]:
    return st.sets(st.integers(0, 1440), min_size=edges_at_least, max_size=6).map(_between)


def _between(edges: set[int]) -> Slots:
    in_order = sorted(edges)
    return tuple(zip(in_order[::2], in_order[1::2], strict=False))


# Made once: to make a strategy takes far longer than to draw from it.
_SLOTS, _SLOTS_OF_A_BUSY_DAY = _some_slots(), _some_slots(2)
_DATES, _ZONES, _FEW, _AROUND = (
    st.sampled_from(DATES),
    st.sampled_from(ZONES),
    st.integers(0, 2),
    st.integers(-1500, 3000),
)


@st.composite
def calendars(draw: st.DrawFn, busy: bool = False) -> Calendar:
    """A random calendar; a busy one is open on most days."""
    usual = draw(_SLOTS_OF_A_BUSY_DAY) if busy else ()
    weekdays = {day: usual or draw(_SLOTS) for day in EVERY_DAY}
    days = {draw(_DATES): draw(_SLOTS) for _ in range(draw(_FEW))}
    return Calendar("random", "1", draw(_ZONES), weekdays, days)


@st.composite
def minutes(draw: st.DrawFn) -> datetime:
    day = draw(_DATES)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + draw(_AROUND) * MINUTE


@dataclass
class Wait:
    """One clock of the oracle: minutes, not instants."""

    minutes: int = 0
    begun: bool = False
    met_at: datetime | None = None
    breached_at: datetime | None = None
    promised: int | None = None


class Life:
    """A ticket lived through minute by minute. Its events are at full minutes, in the order of the log."""

    def __init__(self, events: list[Event], desk: Desk) -> None:
        self.events, self.desk = events, desk
        self.clocks = {name: Wait() for name in ("first_response", "next_response", "resolution", "update")}
        self.answered = self.merged = False

    def live(self, until: datetime) -> dict[str, Wait]:
        now, ahead = self.events[0].at, list(self.events)
        while now < until:
            while ahead and ahead[0].at <= now:
                self.happens(ahead.pop(0), now)
            for name, clock in self.clocks.items():
                target, calendar = self.measure(name, clock)
                if calendar is None or not self.runs(name, clock):
                    continue
                if target is not None and clock.minutes >= target and clock.breached_at is None:
                    clock.breached_at = now
                clock.minutes += says(calendar, now)
            now += MINUTE
        # What happens at the very end still happens.
        for event in [event for event in ahead if event.at <= now]:
            self.happens(event, now)
        return self.clocks

    @property
    def policy(self) -> Policy:
        return self.desk.policies[self.policy_ref]

    def measure(self, name: str, clock: Wait) -> tuple[int | None, Calendar | None]:
        if clock.promised is not None:
            return clock.promised, DAY_AND_NIGHT
        if name.startswith("tier:"):
            target = self.policy.tiers.get(name[5:], {}).get(self.priority)
            measure = target or self.policy.targets.get("resolution", {}).get(self.priority)
        else:
            target = measure = self.policy.targets.get(name, {}).get(self.priority)
        if measure is None:
            return None, DAY_AND_NIGHT if name.startswith("tier:") else None
        if measure.calendar == "always":
            return target.minutes if target else None, DAY_AND_NIGHT
        calendar = self.desk.calendars[Ref(measure.calendar, self.calendars[measure.calendar])]
        return target.minutes if target else None, calendar

    def runs(self, name: str, clock: Wait) -> bool:
        kind = name.partition(":")[0]
        paused = self.status in self.policy.pauses.get(kind, ()) and clock.promised is None
        away = kind == "tier" and name != f"tier:{self.tier}"
        done = self.status in ("solved", "closed")
        return clock.begun and clock.met_at is None and not (paused or away or done or self.merged)

    def happens(self, event: Event, now: datetime) -> None:
        match event:
            case Opened():
                self.priority, self.tier, self.status = event.priority, event.tier, event.status
                self.policy_ref, self.calendars = event.policy, dict(event.calendars)
                self.answered = not event.from_customer
                for name in ("resolution", "update", *(() if self.answered else ("first_response",))):
                    self.clocks[name] = Wait(begun=True)
            case StatusChanged():
                self.status = event.status
            case PriorityChanged():
                self.priority = event.priority
            case PolicyChanged():
                self.policy_ref = event.policy
            case CalendarChanged():
                self.calendars |= event.calendars
            case TierChanged():
                self.tier = event.tier
            case Merged() | Unmerged():
                self.merged = isinstance(event, Merged)
            case CustomerWrote() | MergedIn(unanswered=True):
                name = "next_response" if self.answered else "first_response"
                if not self.clocks[name].begun or self.clocks[name].met_at is not None:
                    self.clocks[name] = Wait(begun=True)
            case PersonAnswered():
                self.answered = True
                for name in ("first_response", "next_response"):
                    if self.clocks[name].begun and self.clocks[name].met_at is None:
                        self.clocks[name].met_at = now
                if self.status not in ("solved", "closed"):
                    self.clocks["update"] = Wait(begun=True)
            case Promised():
                if self.status not in ("solved", "closed"):
                    self.clocks["update"] = Wait(begun=True, promised=max(0, (event.until - now) // MINUTE))
        self.follow_the_status(now)

    def follow_the_status(self, now: datetime) -> None:
        self.clocks.setdefault(f"tier:{self.tier}", Wait(begun=True))
        if self.merged:
            return
        done = self.status in ("solved", "closed")
        for name, clock in self.clocks.items():
            if name == "resolution" or name.startswith("tier:"):
                ended = done or name not in ("resolution", f"tier:{self.tier}")
                clock.met_at = (clock.met_at or now) if ended else None
        if done:
            self.clocks["update"].met_at = self.clocks["update"].met_at or now
        elif self.clocks["update"].met_at is not None:
            self.clocks["update"] = Wait(begun=True)
