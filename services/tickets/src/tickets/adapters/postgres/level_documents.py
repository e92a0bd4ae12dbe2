"""Calendars and policies in memory: all versions that any ticket's log may speak of, and which are in force."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.service_levels.calendars import ALWAYS
from tickets.domain.service_levels.documents import read_calendar, read_policy
from tickets.domain.service_levels.policies import Desk, Ref
from tickets.errors import Refused
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_SQL = load_queries("clocks")
LOOK_SECONDS = 2.0


@dataclass(slots=True)
class Levels:
    """What the desk has promised, as this process knows it.

    Attributes:
        desk: all versions.
        policies: name → version in force.
        calendars: name → version in force.
    """

    desk: Desk = field(default_factory=lambda: Desk({}, {}))
    policies: Mapping[str, Ref] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    _mark: Any = None

    async def refresh(self, connection: Any) -> bool:
        """Read them again if one has changed; says whether one had."""
        mark = tuple(await connection.fetchrow(_SQL["documents_mark"]))
        if mark == self._mark:
            return False
        self._take(await connection.fetch(_SQL["documents"]))
        self._mark = mark
        return True

    def _take(self, rows: Any) -> None:
        calendars, policies = {}, {}
        in_force: dict[str, dict[str, str]] = {"calendar": {}, "policy": {}}
        names = frozenset(row["name"] for row in rows if row["kind"] == "calendar")
        for row in rows:
            kind, ref = row["kind"], Ref(row["name"], str(row["version"]))
            content = orjson.loads(row["content"])
            try:
                if kind == "calendar":
                    # What a process has worked out of a calendar stays: the same version is the same calendar.
                    calendars[ref] = self.desk.calendars.get(ref) or read_calendar(*ref, content)
                else:
                    policies[ref] = read_policy(*ref, content, names)
            except Refused as error:  # checked when it was written; a newer release may know more
                log.warning("document.unreadable", kind=kind, name=ref.name, version=ref.version, error=error)
                continue
            in_force[kind].pop(ref.name, None)
            if not row["retired"]:
                in_force[kind][ref.name] = ref.version
        self.desk = Desk(calendars, policies)
        self.policies = {name: Ref(name, version) for name, version in in_force["policy"].items()}
        self.calendars = in_force["calendar"]

    def calendars_of(self, policy: Ref) -> dict[str, str]:
        """The versions in force of the calendars that a policy names."""
        promised = self.desk.policy(policy)
        named = {
            target.calendar
            for by_priority in (*promised.targets.values(), *promised.tiers.values())
            for target in by_priority.values()
        }
        return {name: self.calendars[name] for name in sorted(named) if name != ALWAYS.name and name in self.calendars}


async def follow(levels: Levels, database: Database) -> None:
    """Keep them up to date until cancelled."""
    while True:
        try:
            async with database.connection() as connection:
                if await levels.refresh(connection):
                    log.info("levels.loaded", policies=sorted(levels.policies), calendars=sorted(levels.calendars))
        except Temporary as error:
            log.warning("levels.unread", error=error)
        await asyncio.sleep(LOOK_SECONDS)
