"""The desk of docs/service-levels.md, and the short notation in which the cases of its table are written.

A log is events joined by `;`, each a time and words: `Mon 09:00 opened normal`. Times are those on a wall in Madrid,
weekdays those of the week of 2 March 2026; a time that ends in Z is UTC.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tickets.domain.service_levels.calendars import Calendar, Slots
from tickets.domain.service_levels.fires import fires
from tickets.domain.service_levels.firing import next_timer
from tickets.domain.service_levels.from_history import TOLD, events_of
from tickets.domain.service_levels.log import (
    CalendarChanged,
    CustomerWrote,
    Event,
    Fired,
    Merged,
    MergedIn,
    Noted,
    Opened,
    PersonAnswered,
    PolicyChanged,
    PriorityChanged,
    Promised,
    Recalculated,
    StatusChanged,
    TierChanged,
    Unmerged,
)
from tickets.domain.service_levels.one_clock import Clock
from tickets.domain.service_levels.policies import Desk, Policy, Ref, Target
from tickets.domain.service_levels.state import State
from ventanilla_contracts.words import PRIORITIES, STATUSES, TIERS

DOCUMENT = Path(__file__).parents[3] / "docs" / "service-levels.md"
MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2026, 3, 2)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def slots(*hours: tuple[float, float]) -> Slots:
    return tuple((int(first * 60), int(last * 60)) for first, last in hours)


def week(days: range, *hours: tuple[float, float]) -> dict[int, Slots]:
    return {day: slots(*hours) for day in days}


WORKDAYS, EVERY_DAY = range(1, 6), range(1, 8)
NIGHT: dict[int, Slots] = {day: slots((0, 6), (22, 24)) for day in EVERY_DAY}
CALENDARS = (
    Calendar("office", "1", "Europe/Madrid", week(WORKDAYS, (9, 17))),
    Calendar(
        "office",
        "2",
        "Europe/Madrid",
        week(WORKDAYS, (8, 20)),
    ),
    Calendar(
        "holidays",
        "1",
        "Europe/Madrid",
        week(WORKDAYS, (9, 17)),
        {date(2026, 3, 4): (), date(2026, 3, 7): slots((10, 12)), date(2026, 12, 25): (), date(2027, 1, 1): ()},
        {date(2026, 3, 4): "Fiesta local", date(2026, 12, 25): "Navidad", date(2027, 1, 1): "Año Nuevo"},
    ),
    Calendar("siesta", "1", "Europe/Madrid", week(WORKDAYS, (9, 14), (16, 19))),
    Calendar("night", "1", "Europe/Madrid", NIGHT),
    Calendar("new-york", "1", "America/New_York", week(WORKDAYS, (9, 17))),
    Calendar("kathmandu", "1", "Asia/Kathmandu", week(WORKDAYS, (9, 17))),
    Calendar("sunday", "1", "Europe/Madrid", {7: slots((1, 4))}),
    Calendar("never", "1", "Europe/Madrid", {}),
)
IN_FORCE = {calendar.name: "1" for calendar in CALENDARS}


def of_calendar(name: str) -> dict[str, dict[str, Target]]:
    """A policy that only knows resolution: 10 hours for normal."""
    return {"resolution": {"normal": Target(600, name)}}


PAUSES = {
    "resolution": frozenset({"pending", "on_hold"}),
    "next_response": frozenset({"on_hold"}),
    "update": frozenset({"pending"}),
    "tier": frozenset({"pending"}),
}
STANDARD = {
    "first_response": {"urgent": Target(30, "always"), "high": Target(60, "office"), "normal": Target(240, "office")},
    "next_response": {"urgent": Target(60, "always"), "high": Target(120, "office"), "normal": Target(480, "office")},
    "resolution": {"urgent": Target(240, "always"), "high": Target(480, "office"), "normal": Target(960, "office")},
    "update": {"urgent": Target(120, "always"), "high": Target(240, "office"), "normal": Target(480, "office")},
}
TIER_TARGETS = {
    "1": {"normal": Target(120, "office"), "high": Target(60, "office")},
    "2": {"normal": Target(480, "office"), "high": Target(240, "office")},
}
GENEROUS = {clock: {"normal": Target(4800, "office")} for clock in STANDARD}
STRICT = {clock: {"normal": Target(60, "office")} for clock in STANDARD}
POLICIES = (
    Policy("standard", "1", STANDARD, TIER_TARGETS, PAUSES),
    Policy("generous", "1", GENEROUS, {}, PAUSES),
    Policy("strict", "1", STRICT, {}, PAUSES, warn_at=(0.25, 0.5, 0.75)),
    Policy("chatty", "1", STANDARD, TIER_TARGETS, PAUSES, warn_at=(0.25, 0.9)),
    *(Policy(calendar.name, "1", of_calendar(calendar.name)) for calendar in CALENDARS if calendar.version == "1"),
    Policy("always", "1", of_calendar("always")),
    Policy("sorry", "1", {"update": STANDARD["update"]}, warn_at=(), apology=Target(120, "office")),
)
DESK = Desk(
    {Ref(calendar.name, calendar.version): calendar for calendar in CALENDARS},
    {Ref(policy.name, policy.version): policy for policy in POLICIES},
)


def instant(text: str) -> datetime:
    """`Mon 09:00`, `2026-03-29 02:30` (Madrid), `2026-03-29 00:30Z`; seconds and fractions are welcome."""
    day, clock = text.split()
    local = MONDAY + timedelta(days=WEEKDAYS.index(day)) if day in WEEKDAYS else date.fromisoformat(day)
    zone = UTC if clock.endswith("Z") else MADRID
    hours, minutes, *seconds = clock.rstrip("Z").split(":")
    midnight = datetime(local.year, local.month, local.day, int(hours), int(minutes), tzinfo=zone)
    return midnight.astimezone(UTC) + timedelta(microseconds=round(float(seconds[0]) * 1_000_000) if seconds else 0)


def event(order: int, text: str) -> Event:
    """One event of a log, such as `Mon 09:00 priority high`."""
    found = re.fullmatch(r"(\S+ \d\d:\d\d\S*) (\S+) ?(.*)", text)
    assert found, text
    at, word, rest = instant(found[1]), found[2], found[3]
    plain = {"customer": CustomerWrote, "answer": PersonAnswered, "note": Noted, "unmerged": Unmerged}
    if word in plain:
        return plain[word](at, order)
    if word in STATUSES:
        return StatusChanged(at, order, word)
    match word:
        case "opened":
            return opened(at, order, rest.split())
        case "priority":
            return PriorityChanged(at, order, rest)
        case "tier":
            return TierChanged(at, order, rest)
        case "policy":
            return PolicyChanged(at, order, Ref(rest, "1"))
        case "calendar":
            name, version = rest.split()
            return CalendarChanged(at, order, {name: version})
        case "merged":
            return Merged(at, order, 7)
        case "merged-in":
            return MergedIn(at, order, 8, unanswered=rest == "waiting")
        case "promise" | "apology":
            return Promised(at, order, instant(rest), automatic=word == "apology")
        case "handed-on":
            told = {"message": "m", "next_update_by": instant(rest).isoformat(), "automatic": True}
            return next(events_of(at, "desk", TOLD, told, order - 1))
        case "fired":
            clock, cycle, kind = rest.split()
            return Fired(at, order, clock, int(cycle), kind)
        case "recalculated":
            return Recalculated(at, order)
    raise AssertionError(text)


def opened(at: datetime, order: int, words: list[str]) -> Opened:
    """`normal`, `high tier 2`, `low by-agent`, `normal status on_hold`, `normal policy night`."""
    priority, *rest = words
    assert priority in PRIORITIES
    options = dict(zip(rest[::2], rest[1::2], strict=False)) if "by-agent" not in rest else {}
    tier = options.get("tier", "1")
    assert tier in TIERS
    policy = Ref(options.get("policy", "standard"), "1")
    return Opened(
        at, order, priority, tier, options.get("status", "new"), policy, IN_FORCE, from_customer="by-agent" not in rest
    )


def log(text: str) -> list[Event]:
    return [event(order, one.strip()) for order, one in enumerate(text.split(";"), 1)]


def shown_time(at: datetime) -> str:
    """A time as the table writes it: by the wall in Madrid; UTC where the wall shows that time twice."""
    local = at.astimezone(MADRID)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return f"{at:%Y-%m-%d %H:%M}Z"
    days = (local.date() - MONDAY).days
    day = WEEKDAYS[days] if 0 <= days < 7 else local.date().isoformat()
    seconds = f"{local:%S.%f}".rstrip("0").rstrip(".") if local.second or local.microsecond else ""
    return f"{day} {local:%H:%M}" + (f":{seconds}" if seconds else "")


def shown(clock: Clock) -> str:
    """A clock as the table writes it, such as `running, 60 min, due Tue 10:00`."""
    minutes = clock.used / timedelta(minutes=1)
    words = [clock.state + (f" #{clock.cycle}" if clock.cycle > 1 else ""), f"{minutes:g} min"]
    for name in ("due", "met", "breached"):
        at = getattr(clock, f"{name}_at")
        if at is not None:
            words.append(f"{name} {shown_time(at)}")
    return ", ".join([*words, "excused"] if clock.excused else words)


def shown_fires(state: State, clock: str) -> str:
    """The fires of one clock as the table writes them, such as `warning:0.5 Mon 11:00, breach Mon 13:00`."""
    return ", ".join(f"{fire.kind} {shown_time(fire.at)}" for fire in fires(state) if fire.clock == clock) or "nothing"


def shown_apology(state: State) -> str:
    """The new time that the desk gives by itself when the update is missed, such as `Tue 11:00`."""
    [timer] = next_timer(state, DESK) or [None]
    new_time = timer.detail.get("new_time") if timer else None
    return shown_time(datetime.fromisoformat(new_time)) if new_time else "nothing"


class Case(NamedTuple):
    """A row of the table."""

    name: str
    log: str
    at: str
    clocks: dict[str, str]


def cases() -> Iterator[Case]:
    """The rows of the table in the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.match(r"\| `[a-z0-9-]+` \| .+ \| `.+` \| .+ \| .+ \|$", line):
            name, _, written, at, expected = (cell.strip() for cell in line.strip("|").split(" | "))
            clocks = dict(one.strip("` ").split(": ", 1) for one in expected.split("<br>"))
            yield Case(name.strip("`"), written.strip("`"), at, clocks)
