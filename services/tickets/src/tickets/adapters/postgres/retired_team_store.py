"""Reads and marks what teams left behind that are retired."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_store import agent_of, left_by
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.rows import ticket_row
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Agent
from tickets.domain.staffing.retired_teams import Left

_SQL = load_queries("retired_teams")
MOST_COUNTED: Final = 1_000
"""So many and more are `1000`."""


@dataclass(frozen=True, slots=True)
class Telling:
    """That the leads are to be told of a retired team, since when, and how it is called by language."""

    since: datetime
    titles: dict[str, str]


class RetiredTeamStore:
    """Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def untold(self, limit: int) -> list[int]:
        """Open tickets of retired teams whose history does not say so, the oldest first."""
        return [row["number"] for row in await self._database.fetch(_SQL["untold"], limit)]

    async def standing(self) -> dict[str, int]:
        """Retired team → its open tickets, where it has any; `MOST_COUNTED` at most."""
        rows = await self._database.fetch(_SQL["standing"], MOST_COUNTED)
        return {row["team"]: row["count"] for row in rows if row["count"]}


class RetiredTeamWrites:
    """The statements of a transaction in which somebody is told."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def lock(self, numbers: Sequence[int]) -> list[TicketRow]:
        """Those of these tickets that still have to be told of, locked, in the order of their numbers."""
        rows = await self._connection.fetch(_SQL["lock"], list(numbers))
        locked = [row["number"] for row in rows]
        untold = {row["number"] for row in await self._connection.fetch(_SQL["still_untold"], locked)}
        return [ticket_row(row) for row in rows if row["number"] in untold]

    async def begin_telling(self, team: str) -> Telling | None:
        """Mark that the leads are told of a team; None: they were."""
        row = await self._connection.fetchrow(_SQL["begin_telling"], team)
        if row is None:
            return None
        return Telling(row["leads_told_at"], {"es": row["title_es"], "en": row["title_en"]})

    async def leads(self, team: str) -> list[Agent]:
        """Agents at work who lead a team in use, or led this one; fifty at most."""
        return [agent_of(row) for row in await self._connection.fetch(_SQL["leads"], team)]

    async def left_by(self, teams: Collection[str]) -> list[Left]:
        """What teams have that is not done, of those that have anything."""
        return await left_by(self._connection, teams)
