"""Reads what the telephone asks: whom to ring for each team, and who calls. Few statements, however many teams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.adapters.postgres.assignment_store import AssignmentStore
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.ladders.rotas import on_call
from tickets.domain.staffing.callers import MOST_LOOKED_AT, KnownCaller, OpenTicket, known_caller
from tickets.domain.staffing.people import Agent
from tickets.domain.staffing.ringing import paged_rotas, who_rings
from ventanilla_contracts.words import LANGUAGES

_SQL = load_queries("calls")
_NO_POLICY = ""


@dataclass(frozen=True, slots=True)
class RungTeam:
    """A team in use.

    Attributes:
        titles: language → what it is called. agents: whose telephones can be rung now, in order.
    """

    name: str
    titles: dict[str, str]
    agents: list[Agent]


class CallReads:
    """Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database, levels: Levels, assigning: AssignmentStore) -> None:
        self._database = database
        self._levels = levels
        self._assigning = assigning

    async def ringing(self) -> list[RungTeam]:
        """Teams in use, each with the agents whose telephone can be rung now; of some there is nobody."""
        async with self._database.connection() as connection:
            await self._levels.refresh(connection)  # an override that was made a moment ago counts
            teams = await connection.fetch(_SQL["teams"])
            reachable = [row["handle"] for row in await connection.fetch(_SQL["with_phone"])]
        now = await self._database.now()
        known = await self._assigning.look([team["name"] for team in teams], now, reachable)
        return [
            RungTeam(
                team["name"],
                {language: title for language in LANGUAGES if (title := team[f"title_{language}"])},
                who_rings(team["name"], known, self._on_duty(team["ladder"], now)),
            )
            for team in teams
        ]

    async def caller(self, number: str) -> KnownCaller | None:
        """Whom the desk knows by a number in E.164, or None."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_SQL["caller"], number)
            if row is None:
                return None
            tickets = await connection.fetch(_SQL["open_tickets"], row["id"], number, MOST_LOOKED_AT)
        return known_caller(row["name"], row["grade"], [_open_ticket(ticket) for ticket in tickets])

    def _on_duty(self, ladder: str | None, now: datetime) -> Sequence[str]:
        """Who is on call in the rotas that a team's ladder pages."""
        rotas = self._levels.rotas
        named = paged_rotas(self._levels.ladder_in_force(_NO_POLICY, ladder))
        found = (on_call(rotas[name], now) for name in named if name in rotas)
        return list(dict.fromkeys(handle for handle in found if handle is not None))


def _open_ticket(row: Mapping[str, object]) -> OpenTicket:
    return OpenTicket(**row)  # type: ignore[arg-type]  # the query names just its fields
