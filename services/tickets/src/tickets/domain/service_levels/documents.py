"""Calendars and policies out of plain data, as files, database and API hold them.

The shapes are those of docs/service-levels.md. What is wrong is told with its path, so that whoever read a file can say
line and column.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from tickets.domain.desk.reading import Path, Reading
from tickets.domain.service_levels.calendars import Calendar, Fault, Slots, calendar_faults
from tickets.domain.service_levels.policies import Policy, Target, policy_faults, why_no_target
from tickets.errors import Refused
from ventanilla_contracts.words import PRIORITIES

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_DAYS: Final = 2_000
_MOST_SLOTS: Final = 24
_MOST_WORDS: Final = 1_000
_POLICY_KEYS: Final = ("targets", "tiers", "pauses", "warn_at", "page_at_night", "apology", "ladder")


def read_calendar(name: str, version: str, content: Any) -> Calendar:
    """A calendar: `{zone, week: {mon: ["09:00-14:00", …]}, days: {"2026-12-24": […] or []}, names: {"2026-12-25": …}}`.

    Raises:
        Refused: it is something else; the text says where and what.
    """
    parts, faults = _calendar_parts(content)
    if faults:
        raise Refused(f"calendar {name}: {told(faults[0])}")
    return Calendar(name, version, *parts)


def faults_of_calendar(content: Any) -> list[Fault]:
    """All that is wrong with what `read_calendar` would read, each with its path as people write it."""
    return [Fault(_written(fault.path), fault.words) for fault in _calendar_parts(content)[1]]


def read_policy(name: str, version: str, content: Any, calendars: frozenset[str]) -> Policy:
    """A policy: targets such as `{first_response: {urgent: {minutes: 60, calendar: office}}}`, tiers, pauses, warn_at.

    Args:
        calendars: names of those that exist.

    Raises:
        Refused: it is something else; the text says where and what.
    """
    policy, faults = _policy(name, version, content, calendars)
    if faults:
        raise Refused(f"policy {name}: {told(faults[0])}")
    return policy


def faults_of_policy(content: Any, calendars: frozenset[str]) -> list[Fault]:
    """All that is wrong with what `read_policy` would read, each with its path."""
    return _policy("", "", content, calendars)[1]


def _policy(name: str, version: str, content: Any, calendars: frozenset[str]) -> tuple[Policy, list[Fault]]:
    """A policy of what can be read, and all that is wrong with it."""
    reading = Reading()
    top = reading.mapping(content, (), _POLICY_KEYS)
    apology, ladder = top.get("apology"), top.get("ladder")
    policy = Policy(
        name,
        version,
        targets=_targets(reading, top.get("targets", {}), ("targets",)),
        tiers=_targets(reading, top.get("tiers", {}), ("tiers",)),
        pauses=_pauses(reading, top.get("pauses", {})),
        warn_at=_shares(reading, top.get("warn_at", [0.5, 0.8])),
        page_at_night=_night(reading, top.get("page_at_night", False)),
        apology=None if apology is None else _target(reading, apology, ("apology",)),
        ladder=None if ladder is None else _text(reading, ladder, ("ladder",), "the name of a ladder"),
    )
    return policy, [*reading.faults, *policy_faults(policy, calendars)]


def told(fault: Fault) -> str:
    """A fault in one line: where, and what is wrong there."""
    where = ".".join(map(str, _written(fault.path)))
    return f"{where}: {fault.words}" if where else fault.words


_Days = tuple[str, dict[int, Slots], dict[date, Slots], dict[date, str]]
"""Zone, slots of weekdays, slots of single dates, names of those."""


def _written(path: Path) -> Path:
    """A path in which weekdays have the names that people write."""
    if path[:1] == ("week",) and len(path) > 1 and isinstance(path[1], int):
        return "week", WEEKDAYS[path[1] - 1], *path[2:]
    return path


def _calendar_parts(content: Any) -> tuple[_Days, list[Fault]]:
    """What a calendar is made of, as far as it can be read, and what is wrong with it."""
    reading = Reading()
    places: dict[Path, list[int]] = {}
    top = reading.mapping(content, (), ("zone", "week", "days", "names"))
    zone = _text(reading, top.get("zone"), ("zone",), "a time zone such as Europe/Madrid")
    of_week = reading.mapping(top.get("week", {}), ("week",), WEEKDAYS)
    week = {
        1 + WEEKDAYS.index(day): _slots(reading, slots, ("week", day), places)
        for day, slots in of_week.items()
        if day in WEEKDAYS
    }
    of_days = reading.mapping(top.get("days", {}), ("days",), None)
    if len(of_days) > _MOST_DAYS:
        reading.complain(("days",), f"{len(of_days)} days of their own, {_MOST_DAYS} are allowed")
        of_days = {}
    days = {
        day: _slots(reading, slots, ("days", day.isoformat()), places)
        for text, slots in of_days.items()
        if (day := _date(reading, text, ("days", text)))
    }
    names = {
        day: str(why)
        for text, why in reading.mapping(top.get("names", {}), ("names",), None).items()
        if (day := _date(reading, text, ("names", text)))
    }
    found = (_placed(fault, places) for fault in calendar_faults(zone or "UTC", week, days))
    return (zone, week, days, names), [*reading.faults, *found]


def _placed(fault: Fault, places: Mapping[Path, Sequence[int]]) -> Fault:
    """A fault of a slot at the slot's own place: slots before it that cannot be read count too."""
    *day, place = _written(fault.path) or ((),)
    listed = places.get(tuple(day))
    return Fault((*day, listed[place]), fault.words) if listed is not None and isinstance(place, int) else fault


def _text(reading: Reading, value: Any, path: Path, what: str) -> str:
    if not isinstance(value, str) or not value:
        reading.complain(path, f"must be {what}")
        return ""
    return value


def _date(reading: Reading, text: str, path: Path) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        reading.complain(path, f"{text} is no date such as 2026-12-24")
        return None


def _slots(reading: Reading, value: Any, path: Path, places: dict[Path, list[int]]) -> Slots:
    """The slots that can be read; `places` gets where each of them stands."""
    read = [
        _slot(reading, one, (*path, number)) for number, one in enumerate(reading.listed(value, path, 0, _MOST_SLOTS))
    ]
    places[path] = [number for number, slot in enumerate(read) if slot]
    return tuple(slot for slot in read if slot)


def _slot(reading: Reading, value: Any, path: Path) -> tuple[int, int] | None:
    begins, dash, ends = str(value).partition("-")
    try:
        first, last = _minute(begins), _minute(ends)
    except ValueError:
        dash, first, last = "", 0, 0
    if not dash:
        reading.complain(path, f"{value} is no slot such as 09:00-14:00")
        return None
    return first, last


def _minute(text: str) -> int:
    """A minute of the day; 75 minutes after nine are 10:15, as in versions from before that was refused."""
    hours, colon, minutes = text.strip().partition(":")
    if not colon or len(minutes) != 2 or not (hours + minutes).isdecimal():
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


def _targets(reading: Reading, value: Any, path: Path) -> dict[str, dict[str, Target]]:
    return {
        clock: {
            priority: target
            for priority, said in reading.mapping(by_priority, (*path, clock), None).items()
            if (target := _target(reading, said, (*path, clock, priority)))
        }
        for clock, by_priority in reading.mapping(value, path, None).items()
    }


def _target(reading: Reading, value: Any, path: Path) -> Target | None:
    before = len(reading.faults)
    content = reading.mapping(value, path, ("minutes", "calendar"))
    if not isinstance(value, Mapping):
        return None
    minutes = content.get("minutes")
    if isinstance(minutes, bool) or not isinstance(minutes, int):
        reading.complain((*path, "minutes"), "must be a whole number")
    elif why := why_no_target(minutes):  # before it is made a length of time, which has an end
        reading.complain((*path, "minutes"), why)
    calendar = _text(reading, content.get("calendar"), (*path, "calendar"), "the name of a calendar, or always")
    return Target(int(minutes or 0), calendar) if len(reading.faults) == before else None


def _pauses(reading: Reading, value: Any) -> dict[str, frozenset[str]]:
    return {
        clock: frozenset(map(str, reading.listed(statuses, ("pauses", clock), 0, _MOST_WORDS)))
        for clock, statuses in reading.mapping(value, ("pauses",), None).items()
    }


def _shares(reading: Reading, value: Any) -> tuple[float, ...]:
    listed = reading.listed(value, ("warn_at",), 0, _MOST_WORDS)
    if any(isinstance(share, bool) or not isinstance(share, int | float) for share in listed):
        reading.complain(("warn_at",), "must be numbers between 0 and 1")
        return ()
    return tuple(float(share) for share in listed)


def _night(reading: Reading, value: Any) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset(PRIORITIES) if value else frozenset()
    if not isinstance(value, list | tuple):
        reading.complain(("page_at_night",), "must be true, false or a list of priorities")
        return frozenset()
    return frozenset(map(str, value))
