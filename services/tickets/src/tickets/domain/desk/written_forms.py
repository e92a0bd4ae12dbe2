"""The one way in which times, dates and zones are written in documents of the desk.

Whoever puts or imports a document is held to it. What reads versions is not: an earlier release took `09:75` for 10:15
and `20261224` for a date, and a version means for ever what it meant when something was promised by it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tickets.domain.service_levels.calendars import Fault

Path = tuple[str | int, ...]
_SLOT: Final = re.compile(r"\s*\d{1,2}:[0-5]\d\s*-\s*\d{1,2}:[0-5]\d\s*\Z", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME: Final = re.compile(r"\d{2}:[0-5]\d(:00)?\Z", re.ASCII)
_LONGEST_NAME: Final = 200
_OF_THE_HOST: Final = frozenset({"localtime", "posixrules", "Factory"})
_OTHER_TREES: Final = ("posix/", "right/")


def host_zone_problem(zone: str) -> str | None:
    """Why this zone is not the same one on each machine, or None if it is; whether it exists is another question."""
    if zone in _OF_THE_HOST or zone.startswith(_OTHER_TREES):
        return f"{zone!r} is another zone on each machine; use a name such as Europe/Madrid or UTC"
    return None


def calendar_form_faults(content: Any) -> Iterator[Fault]:
    """What is written another way in a calendar. Parts that are something else altogether are left to its reader."""
    top = _mapping(content)
    yield from _zone_faults(top)
    for part in ("week", "days"):
        for day, slots in _mapping(top.get(part)).items():
            for number, slot in enumerate(slots if isinstance(slots, list | tuple) else ()):
                if isinstance(slot, str) and not _SLOT.match(slot):
                    words = f"{slot} is no slot such as 09:00-14:00; minutes go from 00 to 59"
                    yield Fault((part, str(day), number), words)
    for part in ("days", "names"):
        for day in _mapping(top.get(part)):
            if not _DATE.match(str(day)):
                yield Fault((part, str(day)), f"{day} is no date such as 2026-12-24")
    for day, why in _mapping(top.get("names")).items():
        if not isinstance(why, str) or len(why) > _LONGEST_NAME:
            yield Fault(("names", str(day)), f"must be a text of up to {_LONGEST_NAME} characters")


def rota_form_faults(content: Any) -> Iterator[Fault]:
    """What is written another way in a rota."""
    top = _mapping(content)
    yield from _zone_faults(top)
    layers = top.get("layers")
    for number, layer in enumerate(layers if isinstance(layers, list | tuple) else ()):
        yield from _text_faults(_mapping(layer), ("layers", number), "first_day", _DATE, "date such as 2026-12-24")
        yield from _text_faults(_mapping(layer), ("layers", number), "hand_over", _TIME, "time of day such as 09:00")


FORMS: Final[Mapping[str, Callable[[Any], Iterator[Fault]]]] = {
    "calendar": calendar_form_faults,
    "rota": rota_form_faults,
}
"""Kind of document → what looks at its form; the others hold no times."""


def _zone_faults(top: Mapping[str, Any]) -> Iterator[Fault]:
    zone = top.get("zone")
    if isinstance(zone, str) and (words := host_zone_problem(zone)):
        yield Fault(("zone",), words)


def _text_faults(entry: Mapping[str, Any], path: Path, key: str, form: re.Pattern[str], what: str) -> Iterator[Fault]:
    value = entry.get(key)
    if isinstance(value, str) and not form.match(value):
        yield Fault((*path, key), f"{value!r} is no {what}")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
