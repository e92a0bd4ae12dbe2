"""Calendars, policies, ladders and rotas in memory: all versions that tickets go by, and which are in force."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.locks import IN_FORCE
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.ladders.documents import DEFAULT, LADDER, Ladder, read_ladder
from tickets.domain.ladders.rota_documents import ROTA, read_rota
from tickets.domain.ladders.rotas import Rota
from tickets.domain.service_levels.calendars import ALWAYS, Calendar
from tickets.domain.service_levels.documents import read_calendar, read_policy
from tickets.domain.service_levels.policies import Desk, Ref, versions_for
from tickets.domain.service_levels.promising import Standing
from tickets.domain.service_levels.state import State
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
        ladders: (name, version) → ladder, all versions.
        climbed: name → version in force, of ladders.
        rotas: those in force.
    """

    desk: Desk = field(default_factory=lambda: Desk({}, {}))
    policies: Mapping[str, Ref] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    ladders: Mapping[tuple[str, int], Ladder] = field(default_factory=dict)
    climbed: Mapping[str, int] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    _mark: str = ""

    async def hold(self, connection: Any) -> None:
        """Let those in force stay so until the transaction ends, and know them: a promise is never made by old ones.

        The first statement of a transaction that opens tickets, before any of them is locked.
        """
        await self._follow(await connection.fetchval(_SQL["hold_documents"], IN_FORCE), connection)

    async def refresh(self, connection: Any) -> bool:
        """Read them again if one has changed; says whether one had."""
        return await self._follow(await connection.fetchval(_SQL["documents_mark"]), connection)

    async def _follow(self, mark: str, connection: Any) -> bool:
        if mark == self._mark:
            return False
        self._take(await connection.fetch(_SQL["documents"]))
        self._mark = mark
        return True

    def _take(self, rows: Any) -> None:
        read: dict[str, dict[Ref, Any]] = {"calendar": {}, "policy": {}, LADDER: {}, ROTA: {}}
        in_force: dict[str, dict[str, str]] = {kind: {} for kind in read}
        names = frozenset(row["name"] for row in rows if row["kind"] == "calendar")
        for row in rows:
            kind, ref = row["kind"], Ref(row["name"], str(row["version"]))
            try:
                read[kind][ref] = self._read(kind, ref, orjson.loads(row["content"]), names, read, in_force)
            except Refused as error:  # checked when it was written; a newer release may know more
                log.warning("document.unreadable", kind=kind, name=ref.name, version=ref.version, error=error)
                continue
            in_force[kind].pop(ref.name, None)
            if not row["retired"]:
                in_force[kind][ref.name] = ref.version
        self.desk = Desk(read["calendar"], read["policy"])
        self.policies = {name: Ref(name, version) for name, version in in_force["policy"].items()}
        self.calendars = in_force["calendar"]
        self.ladders = {(ref.name, int(ref.version)): ladder for ref, ladder in read[LADDER].items()}
        self.climbed = {name: int(version) for name, version in in_force[LADDER].items()}
        self.rotas = {name: read[ROTA][Ref(name, version)] for name, version in in_force[ROTA].items()}

    def _read(
        self,
        kind: str,
        ref: Ref,
        content: Any,
        names: frozenset[str],
        read: Mapping[str, Mapping[Ref, Any]],
        in_force: Mapping[str, Mapping[str, str]],
    ) -> Any:
        if kind == "calendar":
            # What a process has worked out of a calendar stays: the same version is the same calendar.
            return self.desk.calendars.get(ref) or read_calendar(*ref, content)
        if kind == "policy":
            return read_policy(*ref, content, names)
        if kind == LADDER:
            return self.ladders.get((ref.name, int(ref.version))) or read_ladder(ref.name, int(ref.version), content)
        calendars = {name: read["calendar"][Ref(name, version)] for name, version in in_force["calendar"].items()}
        return read_rota(ref.name, int(ref.version), content, calendars)

    def calendars_in_force(self) -> dict[str, Calendar]:
        """Name → calendar, with the one that every desk has."""
        found = {name: self.desk.calendars[Ref(name, version)] for name, version in self.calendars.items()}
        return {**found, ALWAYS.name: ALWAYS}

    def ladder_in_force(self, policy: str, of_team: str | None) -> Ladder | None:
        """The ladder of tickets of a policy: the policy's own, else the team's, else the one named `default`."""
        return self.ladder_of_policy(policy) or self._named(of_team) or self._named(DEFAULT)

    def ladder_of_policy(self, policy: str) -> Ladder | None:
        """The ladder that a policy names; None: teams say it, or the desk."""
        ref = self.policies.get(policy)
        return self._named(self.desk.policy(ref).ladder) if ref else None

    def ladders_in_force(self) -> list[Ladder]:
        """Each of which may be that of a ticket."""
        return [self.ladders[name, version] for name, version in self.climbed.items()]

    def _named(self, name: str | None) -> Ladder | None:
        version = None if name is None else self.climbed.get(name)
        return None if name is None or version is None else self.ladders[name, version]

    def at_night(self) -> dict[str, frozenset[str]]:
        """Policy → priorities of tickets about which people are paged at night too."""
        return {name: self.desk.policy(ref).page_at_night for name, ref in self.policies.items()}

    def calendars_of(self, policy: Ref) -> dict[str, str]:
        """The versions in force of the calendars that a policy names."""
        return versions_for(self.desk.policy(policy), self.calendars, self.desk.always)

    def standing(self, policy: str, state: State | None) -> Standing:
        """How a ticket of a policy stands, given its clocks."""
        return Standing(state, self.policies.get(policy), self.calendars, self.desk)

    def at_hand(self, calendars: Iterable[Ref]) -> bool:
        """Whether these versions of calendars are known."""
        try:
            return all(self.desk.calendar(ref) for ref in calendars)
        except Refused:
            return False


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
