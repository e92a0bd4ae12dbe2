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

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_DAYS: Final = 2_000
_MOST_SLOTS: Final = 24


def read_calendar(name: str, version: str, content: Any) -> Calendar:
    """A calendar: `{zone, week: {mon: ["09:00-14:00", …]}, days: {"2026-12-24": […] or []}, names: {"2026-12-25": …}}`.

    Raises:
        Refused: it is something else; the text says where and what.
    """
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
        zone = _text(content.get("zone"), ("zone",))
        faults = calendar_faults(zone, week, days)
        if len(days) > _MOST_DAYS:
            faults = [Fault(("days",), f"{len(days)} days of their own, {_MOST_DAYS} are allowed")]
    except _Wrong as wrong:
        faults = [wrong.fault]
    if faults:
        raise Refused(f"calendar {name}: {told(faults[0])}")
    return Calendar(name, version, zone, week, days, names)


def read_policy(name: str, version: str, content: Any, calendars: frozenset[str]) -> Policy:
    """A policy: targets such as `{first_response: {urgent: {minutes: 60, calendar: office}}}`, tiers, pauses, warn_at.

    Args:
        calendars: names of those that exist.

    Raises:
        Refused: it is something else; the text says where and what.
    """
    keys = ("targets", "tiers", "pauses", "warn_at", "page_at_night", "apology")
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
            page_at_night=_truth(content.get("page_at_night", False), ("page_at_night",)),
            apology=None if apology is None else _target(apology, ("apology",)),
        )
        faults = policy_faults(policy, calendars)
    except _Wrong as wrong:
        faults = [wrong.fault]
    if faults:
        raise Refused(f"policy {name}: {told(faults[0])}")
    return policy


def told(fault: Fault) -> str:
    """A fault in one line: where, and what is wrong there."""
    path = list(fault.path)
    if path[:1] == ["week"] and len(path) > 1 and isinstance(path[1], int):
        path[1] = WEEKDAYS[path[1] - 1]
    where = ".".join(map(str, path))
    return f"{where}: {fault.words}" if where else fault.words


class _Wrong(Exception):
    """Carries the first fault out of the reading."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.words)
        self.fault = fault


Path = tuple[str | int, ...]


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


def _text(value: Any, path: Path) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(Fault(path, "must be a text"))
    return value


def _truth(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(Fault(path, "must be true or false"))
    return value


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
    return Target(minutes, _text(content.get("calendar"), (*path, "calendar")))


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(Fault(("warn_at",), "must be numbers between 0 and 1"))
    return float(value)
