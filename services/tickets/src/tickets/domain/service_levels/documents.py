"""Calendars and policies out of plain data, as files, database and API hold them.

The shapes are those of docs/service-levels.md. What is wrong is told with its path, so that whoever read a file can say
line and column.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from tickets.domain.service_levels.calendars import Calendar, Fault, Slots, calendar_faults
from tickets.domain.service_levels.policies import Policy, Target, policy_faults
from tickets.errors import Refused
from ventanilla_contracts.words import PRIORITIES

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_DAYS: Final = 2_000
_MOST_SLOTS: Final = 24


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
    if faults or policy is None:
        raise Refused(f"policy {name}: {told(faults[0])}")
    return policy


def faults_of_policy(content: Any, calendars: frozenset[str]) -> list[Fault]:
    """All that is wrong with what `read_policy` would read, each with its path."""
    return _policy("", "", content, calendars)[1]


def _policy(name: str, version: str, content: Any, calendars: frozenset[str]) -> tuple[Policy | None, list[Fault]]:
    keys = ("targets", "tiers", "pauses", "warn_at", "page_at_night", "apology", "ladder")
    try:
        content = _mapping(content, (), keys)
        apology = content.get("apology")
        policy = Policy(
            name,
            version,
            targets=_targets(content.get("targets", {}), ("targets",)),
            tiers=_targets(content.get("tiers", {}), ("tiers",)),
            pauses={
                clock: frozenset(map(str, _listed(statuses, ("pauses", clock))))
                for clock, statuses in _mapping(content.get("pauses", {}), ("pauses",)).items()
            },
            warn_at=tuple(_share(share) for share in _listed(content.get("warn_at", [0.5, 0.8]), ("warn_at",))),
            page_at_night=_night(content.get("page_at_night", False), ("page_at_night",)),
            apology=None if apology is None else _target(apology, ("apology",)),
            ladder=None
            if content.get("ladder") is None
            else _text(content["ladder"], ("ladder",), "the name of a ladder"),
        )
    except _Wrong as wrong:
        return None, [wrong.fault]
    return policy, policy_faults(policy, calendars)


def told(fault: Fault) -> str:
    """A fault in one line: where, and what is wrong there."""
    where = ".".join(map(str, _written(fault.path)))
    return f"{where}: {fault.words}" if where else fault.words


Path = tuple[str | int, ...]
_Days = tuple[str, dict[int, Slots], dict[date, Slots], dict[date, str]]
"""Zone, slots of weekdays, slots of single dates, names of those."""


def _written(path: Path) -> Path:
    """A path in which weekdays have the names that people write."""
    if path[:1] == ("week",) and len(path) > 1 and isinstance(path[1], int):
        return "week", WEEKDAYS[path[1] - 1], *path[2:]
    return path


class _Wrong(Exception):
    """Carries the first fault out of the reading."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.words)
        self.fault = fault


def _calendar_parts(content: Any) -> tuple[_Days, list[Fault]]:
    """What a calendar is made of, and what is wrong with it."""
    try:
        content = _mapping(content, (), ("zone", "week", "days", "names"))
        week = {
            1 + WEEKDAYS.index(day): _slots(slots, ("week", day))
            for day, slots in _mapping(content.get("week", {}), ("week",), WEEKDAYS).items()
        }
        days = {
            _date(day, ("days", day)): _slots(slots, ("days", day))
            for day, slots in _mapping(content.get("days", {}), ("days",)).items()
        }
        listed = _mapping(content.get("names", {}), ("names",))
        names = {_date(day, ("names", day)): str(why) for day, why in listed.items()}
        zone = _text(content.get("zone"), ("zone",), "a time zone such as Europe/Madrid")
        faults = calendar_faults(zone, week, days)
        if len(days) > _MOST_DAYS:
            faults = [Fault(("days",), f"{len(days)} days of their own, {_MOST_DAYS} are allowed")]
    except _Wrong as wrong:
        return ("", {}, {}, {}), [wrong.fault]
    return (zone, week, days, names), faults


def _mapping(value: Any, path: Path, known: Sequence[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Wrong(Fault(path, "must be a mapping (`key: value`)"))
    for key in value:
        if known is not None and key not in known:
            raise _Wrong(Fault((*path, str(key)), f"is not known here; there are {', '.join(known)}"))
    return {str(key): inner for key, inner in value.items()}


def _listed(value: Any, path: Path) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise _Wrong(Fault(path, "must be a list"))
    return value


def _text(value: Any, path: Path, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(Fault(path, f"must be {what}"))
    return value


def _night(value: Any, path: Path) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset(PRIORITIES) if value else frozenset()
    if not isinstance(value, list | tuple):
        raise _Wrong(Fault(path, "must be true, false or a list of priorities"))
    return frozenset(map(str, value))


def _date(value: Any, path: Path) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise _Wrong(Fault(path, f"{value} is no date such as 2026-12-24")) from None


def _slots(value: Any, path: Path) -> Slots:
    listed = _listed(value, path)
    if len(listed) > _MOST_SLOTS:
        raise _Wrong(Fault(path, f"{len(listed)} slots, {_MOST_SLOTS} are allowed"))
    return tuple(_slot(slot, (*path, number)) for number, slot in enumerate(listed))


def _slot(value: Any, path: Path) -> tuple[int, int]:
    begins, dash, ends = str(value).partition("-")
    try:
        first, last = _minute(begins), _minute(ends)
    except ValueError:
        dash = ""
        first = last = 0
    if not dash:
        raise _Wrong(Fault(path, f"{value} is no slot such as 09:00-14:00"))
    return first, last


def _minute(text: str) -> int:
    hours, colon, minutes = text.strip().partition(":")
    if not colon or len(minutes) != 2 or not (hours + minutes).isdecimal():
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


def _targets(value: Any, path: Path) -> dict[str, dict[str, Target]]:
    return {
        clock: {
            priority: _target(target, (*path, clock, priority))
            for priority, target in _mapping(by_priority, (*path, clock)).items()
        }
        for clock, by_priority in _mapping(value, path).items()
    }


def _target(value: Any, path: Path) -> Target:
    content = _mapping(value, path, ("minutes", "calendar"))
    minutes = content.get("minutes")
    if isinstance(minutes, bool) or not isinstance(minutes, int):
        raise _Wrong(Fault((*path, "minutes"), "must be a whole number"))
    return Target(minutes, _text(content.get("calendar"), (*path, "calendar"), "the name of a calendar, or always"))


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(Fault(("warn_at",), "must be numbers between 0 and 1"))
    return float(value)
