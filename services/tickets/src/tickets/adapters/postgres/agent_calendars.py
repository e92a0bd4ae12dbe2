"""The calendars by which agents work, each version read once for a process: a version is never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
import structlog

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.service_levels.calendars import ALWAYS, Calendar
from tickets.domain.service_levels.documents import read_calendar
from tickets.domain.staffing.people import Agent, CalendarHours
from tickets.errors import Refused

log = structlog.get_logger()

_SQL = load_queries("documents")
_MOST_KNOWN: Final = 256
_known: dict[tuple[str, str], Calendar] = {}
"""(name, version and when it was made) → calendar. The time tells versions of different databases apart."""


async def at_their_calendars(connection: Any, agents: Iterable[Agent]) -> list[Agent]:
    """The agents, those who work by a calendar with the version in force; no statement where nobody does."""
    people = list(agents)
    named = sorted({one.hours.name for one in people if isinstance(one.hours, CalendarHours)})
    if not named:
        return people
    rows = await connection.fetch(_SQL["calendar_marks"], named)
    return await with_calendars(connection, people, {row["name"]: row["mark"] for row in rows})


async def with_calendars(connection: Any, agents: Iterable[Agent], marks: Mapping[str, str | None]) -> list[Agent]:
    """The same, where the marks of the versions in force are known; no statement where these versions are."""
    people = list(agents)
    named = {one.hours.name for one in people if isinstance(one.hours, CalendarHours)}
    if not named:
        return people
    unread = sorted(name for name in named if (mark := marks.get(name)) and (name, mark) not in _known)
    if unread:
        await _read(connection, unread)
    found = {name: _known.get((name, marks.get(name) or "")) for name in named}
    found[ALWAYS.name] = ALWAYS
    return [_working_by(one, found) for one in people]


def _working_by(agent: Agent, calendars: Mapping[str, Calendar | None]) -> Agent:
    if not isinstance(agent.hours, CalendarHours):
        return agent
    return replace(agent, hours=CalendarHours(agent.hours.name, calendars[agent.hours.name]))


async def _read(connection: Any, names: list[str]) -> None:
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    for row in await connection.fetch(_SQL["calendars_in_force"], names):
        try:
            calendar = read_calendar(row["name"], str(row["version"]), orjson.loads(row["content"]))
        except Refused as error:  # checked when it was written; a newer release may know more
            log.warning("calendar.unreadable", name=row["name"], version=row["version"], error=error)
            continue
        _known[row["name"], row["mark"]] = calendar
