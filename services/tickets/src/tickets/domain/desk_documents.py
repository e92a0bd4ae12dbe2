"""Calendars, policies, lifecycles, rotas and ladders as parts of one desk: what is wrong in one, and whom it names.

Documents are plain data; what they must look like is known by the modules that read them. Here is what all kinds have
in common: a fault has a path, and a word such as `calendar: office` names another part of the desk, which must exist.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tickets.domain.ladders.documents import LADDER, read_ladder
from tickets.domain.ladders.rota_documents import ROTA, read_rota
from tickets.domain.lifecycle_timers import KIND as LIFECYCLE
from tickets.domain.lifecycle_timers import read_lifecycle
from tickets.domain.people import Agent, CalendarHours, Team
from tickets.domain.service_levels.calendars import ALWAYS, Fault
from tickets.domain.service_levels.documents import faults_of_calendar, faults_of_policy
from tickets.errors import Invalid, Refused

CALENDAR: Final = "calendar"
POLICY: Final = "policy"
DOCUMENTS: Final = (CALENDAR, POLICY, LIFECYCLE, ROTA, LADDER)
"""Kinds of documents; those that name others come behind them."""
SECTIONS: Final = {
    "calendars": CALENDAR,
    "policies": POLICY,
    "lifecycle": LIFECYCLE,
    "rotas": ROTA,
    "ladders": LADDER,
}
"""Section of a desk file → kind."""
DEFAULT: Final = "default"
"""The name of a document of which the desk has one in force."""

Path = tuple[str | int, ...]
_NAMING: Final = {
    "calendar": CALENDAR,
    "hours": CALENDAR,
    "rota": ROTA,
    "ladder": LADDER,
    "team": "team",
    "agent": "agent",
    "members": "agent",
}
"""Key in a document → what the text behind it is the name of."""
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Mention:
    """That a part of the desk names another one, and where."""

    path: Path
    kind: str
    name: str


def document_faults(kind: str, name: str, content: Any) -> list[Fault]:
    """All that is wrong with a document by itself; whether those whom it names exist is another question."""
    try:
        return _READERS[kind](name, content)
    except Invalid as invalid:
        return [Fault(*one) for one in invalid.faults] or [Fault(_path_of(invalid.pointer, kind), str(invalid))]
    except Refused as refused:
        return [Fault((), str(refused))]


def mentions(value: Any) -> Iterator[Mention]:
    """Whom a document, a team or an agent names; not the teams of agents, which are looked at by themselves."""
    return (one for one in _mentions(value) if (one.kind, one.name) != (CALENDAR, ALWAYS.name))


def nameable(kind: str, there: Iterable[str]) -> list[str]:
    """What may be named, in order: what is there, and the calendar that every desk has."""
    return sorted({*there, ALWAYS.name} if kind == CALENDAR else there)


def _mentions(value: Any) -> Iterator[Mention]:
    if isinstance(value, Team):
        named = ((CALENDAR, value.calendar), (LADDER, value.ladder))
        yield from (Mention((kind,), kind, name) for kind, name in named if name is not None)
    elif isinstance(value, Agent):
        if isinstance(value.hours, CalendarHours):
            yield Mention(("hours",), CALENDAR, value.hours.name)
    else:
        yield from _named_in(value, (), 0)


def _named_in(value: Any, path: Path, depth: int) -> Iterator[Mention]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            kind = _NAMING.get(key)
            if kind and isinstance(inner, str):
                yield Mention((*path, key), kind, inner)
            elif kind and isinstance(inner, list):
                places = ((*path, key, number) for number in range(len(inner)))
                yield from (
                    Mention(at, kind, one) for at, one in zip(places, inner, strict=True) if isinstance(one, str)
                )
            yield from _named_in(inner, (*path, key), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _named_in(inner, (*path, number), depth + 1)


def _path_of(pointer: str, kind: str) -> Path:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if parts[:1] == [kind]:  # some readers begin with what they read
        parts = parts[1:]
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _of_calendar(_: str, content: Any) -> list[Fault]:
    return faults_of_calendar(content)


def _of_policy(_: str, content: Any) -> list[Fault]:
    return faults_of_policy(content, frozenset(one.name for one in mentions(content) if one.kind == CALENDAR))


def _of_lifecycle(_: str, content: Any) -> list[Fault]:
    read_lifecycle(1, content)
    return []


def _of_rota(name: str, content: Any) -> list[Fault]:
    # Whether a calendar exists is asked later; here each that it names is one.
    read_rota(name, 1, content, {one.name: ALWAYS for one in mentions(content) if one.kind == CALENDAR})
    return []


def _of_ladder(name: str, content: Any) -> list[Fault]:
    read_ladder(name, 1, content)
    return []


_READERS: Final[Mapping[str, Callable[[str, Any], list[Fault]]]] = {
    CALENDAR: _of_calendar,
    POLICY: _of_policy,
    LIFECYCLE: _of_lifecycle,
    ROTA: _of_rota,
    LADDER: _of_ladder,
}
