"""Calendars, policies, lifecycles, rotas, ladders, templates as parts of one desk: what is wrong, and whom they name.

Documents are plain data; what they must look like is known by the modules that read them. Here is what all kinds have
in common: a fault has a path, and a word such as `calendar: office` names another part of the desk, which must exist.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tickets.domain.correspondence.templates import TEMPLATE, read_template
from tickets.domain.desk.reading import Path, faults_in
from tickets.domain.desk.sense import SENSE
from tickets.domain.desk.written_forms import FORMS
from tickets.domain.ladders.documents import LADDER, read_ladder
from tickets.domain.ladders.rota_documents import ROTA, read_rota
from tickets.domain.service_levels.calendars import ALWAYS, Fault
from tickets.domain.service_levels.documents import faults_of_calendar, faults_of_policy
from tickets.domain.staffing.people import Agent, CalendarHours, Team
from tickets.domain.timers.lifecycle_timers import KIND as LIFECYCLE
from tickets.domain.timers.lifecycle_timers import read_lifecycle
from tickets.errors import Invalid, Refused

CALENDAR: Final = "calendar"
POLICY: Final = "policy"
DOCUMENTS: Final = (CALENDAR, POLICY, LIFECYCLE, ROTA, LADDER, TEMPLATE)
"""Kinds of documents; those that name others come behind them."""
SECTIONS: Final = {
    "calendars": CALENDAR,
    "policies": POLICY,
    "lifecycle": LIFECYCLE,
    "rotas": ROTA,
    "ladders": LADDER,
    "templates": TEMPLATE,
}
"""Section of a desk file → kind."""
DEFAULT: Final = "default"
"""The name of a document of which the desk has one in force."""

_NAMING: Final = {
    "calendar": CALENDAR,
    "hours": CALENDAR,
    "rota": ROTA,
    "ladder": LADDER,
    "team": "team",
    "teams": "team",
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


def document_faults(kind: str, name: str, content: Any, calendars: Iterable[str] | None = None) -> list[Fault]:
    """All that is wrong by itself with a document that somebody wants the desk to have.

    Args:
        calendars: names of those that there are. None: whether those whom it names exist is another question.
    """
    if why := why_not_named(kind, name):
        return [Fault((), why)]
    if calendars is None:
        calendars = calendars_named(content)
    try:
        found = _READERS[kind](name, content, frozenset(calendars))
    except Invalid as invalid:
        found = faults_in(invalid)
    except Refused as refused:
        found = [Fault((), str(refused))]
    told = {fault.path for fault in found}
    forms = FORMS[kind](content) if kind in FORMS else ()
    found += [fault for fault in forms if fault.path not in told]
    # What was meant is asked of what can be read only.
    return found or list(SENSE[kind](content) if kind in SENSE else ())


def why_not_named(kind: str, name: str) -> str | None:
    """Why no document of a desk may have a name; None: it may."""
    if (kind, name) == (CALENDAR, ALWAYS.name):
        return f"every desk has the calendar {name}, open around the clock, and it stays so; use another name"
    return None


def mentions(value: Any) -> Iterator[Mention]:
    """Whom a document, a team or an agent names; not the teams of agents, which are looked at by themselves."""
    return (one for one in _mentions(value) if (one.kind, one.name) != (CALENDAR, ALWAYS.name))


def calendars_named(value: Any) -> set[str]:
    """The calendars that a document names, without the one that every desk has."""
    return {one.name for one in mentions(value) if one.kind == CALENDAR}


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


def _of_calendar(_: str, content: Any, __: frozenset[str]) -> list[Fault]:
    return faults_of_calendar(content)


def _of_policy(_: str, content: Any, calendars: frozenset[str]) -> list[Fault]:
    return faults_of_policy(content, calendars)


def _of_lifecycle(_: str, content: Any, __: frozenset[str]) -> list[Fault]:
    read_lifecycle(1, content)
    return []


def _of_rota(name: str, content: Any, calendars: frozenset[str]) -> list[Fault]:
    read_rota(name, 1, content, dict.fromkeys(calendars, ALWAYS))  # what they hold says nothing of mistakes
    return []


def _of_ladder(name: str, content: Any, _: frozenset[str]) -> list[Fault]:
    read_ladder(name, 1, content)
    return []


def _of_template(name: str, content: Any, _: frozenset[str]) -> list[Fault]:
    read_template(name, 1, content)
    return []


_READERS: Final[Mapping[str, Callable[[str, Any, frozenset[str]], list[Fault]]]] = {
    CALENDAR: _of_calendar,
    POLICY: _of_policy,
    LIFECYCLE: _of_lifecycle,
    ROTA: _of_rota,
    LADDER: _of_ladder,
    TEMPLATE: _of_template,
}
