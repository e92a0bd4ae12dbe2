"""Handing out tickets: people locked, their load counted afresh, and what was handed out written."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.adapters.postgres.agent_calendars import with_calendars
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_store import agent_of, team_of
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.rows import ticket_row
from tickets.domain.settling.incoming import Incoming, TicketRow
from tickets.domain.settling.taken_calls import Takers
from tickets.domain.staffing.assigning import Dispatch, Wanting
from tickets.domain.staffing.escalating import Handover
from tickets.domain.staffing.people import Agent, CalendarHours, Presence, Team

_SQL = load_queries("assignment")
AGE_SECONDS = 5.0
"""So long another replica may not know that a team hands out its tickets; the round after that finds what waits."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """An agent as a ticket's team sees them; `role` is None for somebody who is not of the team."""

    agent: Agent
    role: str | None


class AssignmentStore:
    """Knows which teams hand out their tickets by themselves, and what waits or is stranded."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._automatic: frozenset[str] = frozenset()
        self._at_work: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def automatic(self) -> frozenset[str]:
        """Teams whose tickets are handed out by themselves, as of the last few seconds.

        Raises:
            DatabaseAway: it is not known, and cannot be read.
        """
        if time.monotonic() - self._read_at >= AGE_SECONDS:
            began = time.monotonic()
            rows = await self._database.fetch(_SQL["teams_at_work"])
            self._at_work = frozenset(row["name"] for row in rows)
            self._automatic = frozenset(row["name"] for row in rows if row["assignment"] != "manual")
            self._read_at = began
        return self._automatic

    def at_work(self) -> frozenset[str]:
        """Teams that are in use, as of the last time that somebody asked for the automatic ones."""
        return self._at_work

    def forget(self) -> None:
        """Look anew before the next use: this process has changed the desk."""
        self._read_at = float("-inf")

    async def waiting(self, limit: int) -> list[Wanting]:
        """Tickets in queues that are emptied by themselves, in the order in which they go."""
        teams = sorted(await self.automatic())
        if not teams:
            return []
        return [_wanting(row) for row in await self._database.fetch(_SQL["waiting"], teams, limit)]

    async def look(self, teams: Sequence[str], at: datetime, among: Sequence[str] | None = None) -> Dispatch:
        """How tickets of these teams would be handed out; binds nobody.

        Args:
            among: only to these people; None: to all.
        """
        async with self._database.connection() as connection:
            return await _dispatch(connection, teams, among, at)

    async def stranded(self, limit: int) -> list[int]:
        """Tickets whose agent is retired, or has become absent since they have them."""
        return [row["number"] for row in await self._database.fetch(_SQL["stranded"], limit)]

    async def handovers(self, number: int) -> tuple[list[Any], list[Any]]:
        """Rows of a ticket's handovers, oldest first, and of its followers."""
        async with self._database.connection() as connection:
            return await connection.fetch(_SQL["handovers"], number), await connection.fetch(_SQL["followers"], number)


class Assigning:
    """The statements of a transaction in which tickets are handed out."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.handing = Handing(connection)

    async def dispatch(self, teams: Iterable[str], at: datetime) -> Dispatch:
        """How tickets of these teams are handed out; nobody else hands out any to their people until the end."""
        named = sorted(set(teams))
        if not named:
            return Dispatch({}, {}, {}, {}, {}, {}, at)
        locked = [row["handle"] for row in await self._connection.fetch(_SQL["lock_members"], named)]
        return await _dispatch(self._connection, named, locked, at)

    async def around(self, handle: str, at: datetime) -> Dispatch:
        """How tickets of an agent's teams would be handed out to them alone; binds nobody."""
        teams = [row["team"] for row in await self._connection.fetch(_SQL["teams_of"], handle)]
        return await _dispatch(self._connection, teams, [handle], at)

    async def save_turns(self, turns: Mapping[str, str]) -> None:
        """Write who had the last turn in teams."""
        if turns:
            await self._connection.execute(_SQL["move_turns"], list(turns), list(turns.values()))

    async def save_rerouted(self, tickets: Sequence[TicketRow]) -> None:
        """Write what rules made of tickets that existed, beyond what settling writes."""
        if tickets:
            rows = sorted(tickets, key=lambda one: one.number)
            columns = zip(
                *((t.number, t.type, t.category, t.priority, t.tier, t.team, t.policy, t.assignee) for t in rows),
                strict=True,
            )
            await self._connection.execute(_SQL["note_rerouted"], *columns)

    async def lock_waiting(self, numbers: Sequence[int]) -> list[tuple[TicketRow, Wanting]]:
        """Those of these tickets that still wait, in the order of their numbers."""
        rows = await self._connection.fetch(_SQL["lock_waiting"], sorted(numbers))
        return [(ticket_row(row), _wanting(row)) for row in rows]

    async def wanting(self, ticket: TicketRow) -> Wanting:
        """What a locked ticket asks for."""
        skills = await self._connection.fetchval(_SQL["skills"], ticket.number)
        language = ticket.written_in or ticket.language
        return Wanting(ticket.number, ticket.team, ticket.channel, ticket.tier, language, tuple(skills or ()))

    async def left_behind(self, number: int) -> bool:
        """Whether a locked ticket must be handed on, because whoever has it is not there."""
        return bool(await self._connection.fetchval(_SQL["left_behind"], number))

    async def held_since(self, ticket: TicketRow) -> datetime:
        """Since when somebody has a ticket; from its beginning, where the history does not say."""
        at: datetime | None = await self._connection.fetchval(_SQL["held_since"], ticket.number)
        return at or ticket.created_at

    async def somebody(self, handle: str, team: str) -> Somebody | None:
        """An agent as a team sees them; None: nobody has this handle."""
        row = await self._connection.fetchrow(_SQL["agent"], handle, team)
        return Somebody(agent_of(row), row["role"]) if row else None

    async def takers(self, messages: Iterable[Incoming]) -> Takers:
        """Those who took the calls among messages, as far as they are agents at work; no statement where nobody did."""
        named = sorted({message.taken_by for message in messages if message.taken_by})
        rows = await self._connection.fetch(_SQL["takers"], named) if named else []
        teams = {row["handle"]: frozenset(row["teams"]) for row in rows}
        return Takers(teams, frozenset(rows[0]["in_use"]) if rows else frozenset())

    async def peopled(self) -> tuple[bool, bool]:
        """Whether the desk has teams, and agents; one that has none takes any name."""
        row = await self._connection.fetchrow(_SQL["peopled"])
        return row["teams"], row["agents"]

    async def teams_named(self, names: Collection[str]) -> dict[str, bool] | None:
        """Of these teams those that the desk has, and whether each is in use; None: it has no teams at all."""
        rows = await self._connection.fetch(_SQL["teams_named"], sorted(names))
        return {row["name"]: row["active"] for row in rows} if rows or (await self.peopled())[0] else None

    async def words(self) -> tuple[list[str], list[str]]:
        """The desk's categories, and the skills that it names or that its people have, in order."""
        row = await self._connection.fetchrow(_SQL["words"])
        return row["categories"], row["skills"]

    async def team(self, name: str) -> Team | None:
        """A team, retired ones too; None: the desk has none of this name."""
        row = await self._connection.fetchrow(_SQL["team"], name)
        return team_of(row) if row else None

    async def members(self, team: str) -> list[str]:
        """Handles of a team's people, leads first."""
        return [row["agent"] for row in await self._connection.fetch(_SQL["team_members"], team)]

    async def leading(self, handle: str) -> tuple[bool, bool]:
        """Whether an agent leads a team, and whether anybody at the desk does."""
        row = await self._connection.fetchrow(_SQL["leading"], handle)
        return row["leads"], row["has_leads"]

    async def teams_of_tier(self, tier: str) -> list[Team]:
        """Teams that work in a tier."""
        return [team_of(row) for row in await self._connection.fetch(_SQL["teams_of_tier"], tier)]

    async def explained_before(self, number: int) -> set[str]:
        """`resolution` and `cause`, where the one that a ticket has was said before it was reopened."""
        row = await self._connection.fetchrow(_SQL["explained_before"], number)
        reopened = row["reopened"]
        return {name for name in ("resolution", "cause") if reopened and (row[name] or 0) < reopened}

    async def needs_cause(self, category: str) -> bool:
        """Whether whoever solves a ticket of this category says what caused it."""
        return bool(await self._connection.fetchval(_SQL["category"], category))


class Handing:
    """The statements of a transaction in which a ticket goes to another team."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def way_back(self, number: int) -> Any:
        """The last handover that nothing has led back from, or None."""
        return await self._connection.fetchrow(_SQL["way_back"], number)

    async def note(
        self, number: int, handover: Handover, note_id: UUID, actor: str, at: datetime, promised: datetime | None
    ) -> int:
        """Write a handover down; returns its number."""
        h = handover
        id_: int = await self._connection.fetchval(
            _SQL["insert_handover"], number, at, h.kind, h.from_team, h.from_tier, h.from_agent, h.to_team, h.to_tier,
            h.reason, note_id, actor, promised,
        )  # fmt: skip
        return id_

    async def mark_returned(self, id_: int) -> None:
        """A ticket came back from there."""
        await self._connection.execute(_SQL["mark_returned"], id_)

    async def follow(self, number: int, agents: Sequence[str], at: datetime, why: str) -> None:
        """Let agents know from now on what becomes of a ticket; whoever follows it already does."""
        if agents:
            await self._connection.execute(_SQL["follow"], number, list(agents), at, why)

    async def follows(self, number: int, agent: str) -> bool:
        """Whether an agent follows a ticket."""
        return bool(await self._connection.fetchval(_SQL["follows"], number, agent))

    async def following(self, number: int) -> list[Agent]:
        """Agents who follow a ticket."""
        return [agent_of(row) for row in await self._connection.fetch(_SQL["following"], number)]

    async def opened_by(self, number: int) -> str:
        """The automation of a ticket's first message; `no`: a person wrote it."""
        automation: str | None = await self._connection.fetchval(_SQL["opened_by"], number)
        return automation or "no"


async def _dispatch(connection: Any, teams: Sequence[str], among: Sequence[str] | None, at: datetime) -> Dispatch:
    rows = await connection.fetch(_SQL["members"], teams, among) if among != [] else []
    found = {row["team"]: row for row in rows}
    people = {row["handle"]: row for row in rows}
    members: dict[str, list[str]] = {name: [] for name in found}
    for row in rows:
        members[row["team"]].append(row["handle"])
    agents = {handle: agent_of(row) for handle, row in people.items()}
    marks = {
        agent.hours.name: people[handle]["calendar_mark"]
        for handle, agent in agents.items()
        if isinstance(agent.hours, CalendarHours)
    }
    return Dispatch(
        teams={name: Team(name, tier=row["team_tier"], assignment=row["assignment"]) for name, row in found.items()},
        members=members,
        agents={agent.handle: agent for agent in await with_calendars(connection, agents.values(), marks)},
        presences={handle: Presence(row["availability"], row["absent_until"]) for handle, row in people.items()},
        held={handle: dict(map(_held, row["held"] or ())) for handle, row in people.items()},
        turns={name: row["last_assigned"] for name, row in found.items()},
        at=at,
    )


def _held(entry: str) -> tuple[str, int]:
    channel, _, count = entry.rpartition(" ")
    return channel, int(count)


def _wanting(row: Any) -> Wanting:
    language = row["written_in"] or row["language"]
    return Wanting(row["number"], row["team"], row["channel"], row["tier"], language, tuple(row["skills"]))
