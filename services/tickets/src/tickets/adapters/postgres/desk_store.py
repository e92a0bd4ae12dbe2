"""The desk's tables: teams, agents, organisations and their words; read for everybody, changed by one at a time."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol

import asyncpg

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.agent_calendars import at_their_calendars
from tickets.adapters.postgres.document_store import DocumentEditing
from tickets.adapters.postgres.locks import EDITING_DESK
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.slack_store import SlackLinks, agent_in_slack, agents_with_mail
from tickets.domain.desk.plan import Roster, Step
from tickets.domain.staffing.people import (
    Agent,
    CalendarHours,
    Category,
    Customer,
    Membership,
    Organisation,
    Team,
    WorkingHours,
    hours_of,
    way_kind,
)
from tickets.domain.staffing.phones import ONE_PHONE_ONE_AGENT
from tickets.domain.staffing.retired_teams import Left
from tickets.errors import Overtaken, Refused

_SQL = load_queries("desk")
_LEFT = load_queries("retired_teams")
EVERYTHING = 100_000
"""More of one kind no desk has."""


class Transactions(Protocol):
    """Where transactions come from: the pool of the service, or the one connection of a command."""

    def transaction(self) -> Any:
        """A connection inside a transaction."""

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """All rows of one statement."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Something of the desk with its version, and what else its row says."""

    value: Any
    version: int
    more: Mapping[str, Any]


class DeskStore:
    """Reads the desk. Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @asynccontextmanager
    async def editing(self) -> AsyncIterator["DeskEditing"]:
        """A transaction in which nobody else changes the desk.

        Raises:
            Overtaken: somebody else wrote the same thing meanwhile; nothing was written, do it again.
            DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
        """
        try:
            async with self._database.transaction() as connection:
                await connection.execute(_SQL["lock"], EDITING_DESK)
                yield DeskEditing(connection)
        except asyncpg.UniqueViolationError as error:
            raise Overtaken(str(error)) from error

    async def page(self, kind: str, after: str = "", limit: int = EVERYTHING) -> list[Stored]:
        """Teams, agents, organisations or marked customers in the order of their names."""
        return await _read(self._database, kind, after, None, limit)

    async def find(self, kind: str, name: str) -> Stored | None:
        """One of them, or None."""
        found = await _read(self._database, kind, "", name, 1)
        return found[0] if found else None

    async def in_slack(self, team_id: str, user_id: str) -> Stored | None:
        """The agent who is this user of Slack, retired or not, or None."""
        handle = await agent_in_slack(self._database, team_id, user_id)
        return None if handle is None else await self.find("agent", handle)

    async def with_mail(self, mail: str) -> list[Stored]:
        """The agents at work with this mail address, two at most."""
        found = [await self.find("agent", handle) for handle in await agents_with_mail(self._database, mail)]
        return [one for one in found if one is not None]

    async def roster(self) -> Roster:
        """The whole desk."""
        return await _roster(self._database)

    async def members(self, teams: Sequence[str]) -> dict[str, list[dict[str, str]]]:
        """Team → its members with their roles."""
        found: dict[str, list[dict[str, str]]] = {team: [] for team in teams}
        for row in await self._database.fetch(_SQL["members"], list(teams)):
            found[row["team"]].append({"agent": row["agent"], "role": row["role"]})
        return found

    async def absences(self, agents: Sequence[str]) -> dict[str, list[Any]]:
        """Agent → rows of present and future absences, soonest first."""
        found: dict[str, list[Any]] = {agent: [] for agent in agents}
        for row in await self._database.fetch(_SQL["absences"], list(agents)):
            found[row["agent"]].append(row)
        return found

    async def held(self, handle: str) -> dict[str, int]:
        """Channel → open tickets of an agent."""
        rows = await self._database.fetch(_SQL["held"], [handle])
        return {row["channel"]: row["tickets"] for row in rows}

    async def now(self) -> datetime:
        """The database's clock."""
        now: datetime = (await self._database.fetch(_SQL["now"]))[0]["now"]
        return now


class DeskEditing:
    """The statements of a transaction that changes the desk."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.documents = DocumentEditing(connection)
        self.slack = SlackLinks(connection)

    async def roster(self) -> Roster:
        """The whole desk as it is now."""
        return await _roster(self._connection)

    async def find(self, kind: str, name: str) -> Stored | None:
        """One team, agent or organisation, or None."""
        found = await _read(self._connection, kind, "", name, 1)
        return found[0] if found else None

    async def apply(self, steps: Sequence[Step], actor: str, why: str) -> None:
        """Do what a plan says of people, write down who wanted it, and let the router be told.

        Documents are written by `handlers.desk.importing`, because clocks follow them.

        Raises:
            Refused: a domain belongs to another organisation, or a phone to another agent.
        """
        for step in steps:
            if step.kind == "organisation" and step.action == "change":  # a domain may go from one to another
                await self._connection.execute(_SQL["leave_domains"], step.name, list(step.value.domains))
        for step in sorted(steps, key=lambda one: one.action != "remove"):
            if step.action == "remove":
                await self._remove(step)
            else:
                await _WRITERS[step.kind](self._connection, step.value)
            detail = {"name": step.name, "changes": step.as_data()["changes"]}
            await self.decide(actor, f"{step.kind}.{_DONE[step.action]}", detail, why)
        # Teams come after agents, because whoever assigns locks them so; who belongs where can only be written then.
        for step in steps:
            if step.kind == "agent":
                await _put_memberships(self._connection, step.value)
        await self._must_have_own_phones([step.name for step in steps if step.kind == "agent"])
        if steps:
            await self._connection.execute(_SQL["note_fact"], "desk", [""])
        touched = {domain for step in steps if step.kind == "organisation" for domain in _domains(step)}
        if touched:
            await self._connection.execute(_SQL["note_fact"], "domain", sorted(touched))
        if marked := sorted(step.name for step in steps if step.kind == "customer"):
            await self._connection.execute(_SQL["note_fact"], "customer", marked)

    async def left_by(self, teams: Sequence[str]) -> list[Left]:
        """Open tickets of teams, of those that have any."""
        return await left_by(self._connection, teams)

    async def set_availability(self, handle: str, availability: str) -> bool:
        """Let an agent be available, busy or away; False if they are that already."""
        return await self._connection.fetchrow(_SQL["set_availability"], handle, availability) is not None

    async def add_absence(self, handle: str, starts_at: datetime, ends_at: datetime, why: str, actor: str) -> int:
        """Note that an agent will not be there; returns the number of the entry."""
        id_: int = await self._connection.fetchval(_SQL["add_absence"], handle, starts_at, ends_at, why, actor)
        return id_

    async def absences(self, handle: str) -> int:
        """How many present and future absences of an agent are noted."""
        return len(await self._connection.fetch(_SQL["absences"], [handle]))

    async def now(self) -> datetime:
        """The database's clock."""
        now: datetime = await self._connection.fetchval(_SQL["now"])
        return now

    async def remove_absence(self, handle: str, id_: int) -> Any:
        """Take an absence back; its row, or None if there is none."""
        return await self._connection.fetchrow(_SQL["remove_absence"], handle, id_)

    async def decide(self, actor: str, action: str, detail: Mapping[str, Any], why: str) -> None:
        """Write down what somebody decided about the desk, and why."""
        await audit_log.add_line(self._connection, actor, action, detail, why)

    async def _must_have_own_phones(self, agents: Sequence[str]) -> None:
        """Refuse a number that two agents at work would have. The desk is locked, so nobody else writes one now."""
        shared = await self._connection.fetchrow(_SQL["shared_phone"], agents) if agents else None
        if shared is not None:
            raise Refused(f"{shared['agent']} and {shared['other']} would have the same phone; {ONE_PHONE_ONE_AGENT}")

    async def _remove(self, step: Step) -> None:
        await self._connection.execute(_SQL[f"remove_{step.kind}"], step.name)


_DONE = {"create": "created", "change": "changed", "retire": "retired", "remove": "removed"}


async def _roster(connection: Any) -> Roster:
    kinds = ("organisation", "customer", "agent", "team")
    read = {kind: await _read(connection, kind, "", None, EVERYTHING) for kind in kinds}
    categories = [Category(row["name"], row["needs_cause"]) for row in await connection.fetch(_SQL["categories"])]
    return Roster(
        skill={row["name"]: row["name"] for row in await connection.fetch(_SQL["skills"])},
        category={one.name: one for one in categories},
        organisation={one.value.name: one.value for one in read["organisation"]},
        customer={one.value.name: one.value for one in read["customer"]},
        agent={one.value.handle: one.value for one in read["agent"]},
        team={one.value.name: one.value for one in read["team"]},
        documents=await DocumentEditing(connection).in_force(),
    )


async def _read(connection: Any, kind: str, after: str, name: str | None, limit: int) -> list[Stored]:
    rows = await connection.fetch(_SQL[f"{kind}s"], after, name, limit)
    values = [_READERS[kind](row) for row in rows]
    if kind == "agent":
        values = await at_their_calendars(connection, values)
    return [Stored(value, row["version"], row) for value, row in zip(values, rows, strict=True)]


async def left_by(connection: Any, teams: Collection[str]) -> list[Left]:
    """What teams have that is not done, of those that have anything."""
    if not teams:
        return []
    rows = await connection.fetch(_LEFT["left_by"], sorted(teams))
    return [Left(row["team"], row["count"], tuple(row["first"])) for row in rows]


def agent_of(row: Any) -> Agent:
    """An agent from a row; `teams` holds `name role`, where the query selects them."""
    memberships = (entry.rpartition(" ") for entry in row.get("teams") or ())
    return Agent(
        handle=row["handle"],
        name=row["name"],
        email=row["email"],
        languages=tuple(row["languages"]),
        skills=tuple(row["skills"]),
        weight=row["weight"],
        hours=_hours(row["hours"]) if row["hours"] else None,
        capacity=_capacity(row["capacity"]),
        tiers=tuple(row["tiers"]),
        active=row["active"],
        teams=tuple(Membership(team, role) for team, _, role in memberships),
        phone=row["phone"],
    )


@lru_cache(maxsize=4096)
def _hours(text: str) -> WorkingHours | CalendarHours:
    return hours_of(json.loads(text))


@lru_cache(maxsize=4096)
def _capacity(text: str) -> Mapping[str, int]:
    return MappingProxyType(json.loads(text))


def team_of(row: Any) -> Team:
    """A team from a row."""
    names = ("name", "title_es", "title_en", "tier", "assignment", "calendar", "ladder", "active")
    return Team(**{name: row[name] for name in names})


def _organisation_of(row: Any) -> Organisation:
    return Organisation(row["name"], tuple(row["domains"]), row["vip"], row["plan"], tuple(row["tags"]))


def _customer_of(row: Any) -> Customer:
    return Customer(row["name"], row["vip"], tuple(row["tags"]), tuple(row["ways"]))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "team": team_of,
    "agent": agent_of,
    "organisation": _organisation_of,
    "customer": _customer_of,
}


def _domains(step: Step) -> set[str]:
    """Domains that an organisation has, had, or gets."""
    found = set(step.value.domains)
    for change in step.changes:
        if change.field == "domains":
            found |= {*change.old, *change.new}
    return found


async def _put_skill(connection: Any, name: str) -> None:
    await connection.execute(_SQL["put_skill"], name)


async def _put_category(connection: Any, category: Category) -> None:
    await connection.execute(_SQL["put_category"], category.name, category.needs_cause)


async def _put_team(connection: Any, team: Team) -> None:
    await connection.execute(
        _SQL["put_team"], team.name, team.title_es, team.title_en, team.tier, team.assignment, team.calendar,
        team.ladder, team.active,
    )  # fmt: skip


async def _put_agent(connection: Any, agent: Agent) -> None:
    hours = json.dumps(agent.hours.as_data()) if agent.hours else None
    await connection.execute(
        _SQL["put_agent"], agent.handle, agent.name, agent.email, list(agent.languages), list(agent.skills),
        agent.weight, hours, json.dumps(dict(agent.capacity)), list(agent.tiers), agent.active,
        agent.phone,
    )  # fmt: skip


async def _put_memberships(connection: Any, agent: Agent) -> None:
    teams = [one.team for one in agent.teams]
    await connection.execute(_SQL["leave_teams"], agent.handle, teams)
    if teams:
        await connection.execute(_SQL["join_teams"], agent.handle, teams, [one.role for one in agent.teams])


async def _put_organisation(connection: Any, organisation: Organisation) -> None:
    name, domains = organisation.name, list(organisation.domains)
    await connection.execute(
        _SQL["put_organisation"], name, organisation.vip, organisation.plan, list(organisation.tags)
    )
    if not domains:
        return
    taken = await connection.fetch(_SQL["foreign_domains"], name, domains)
    if taken:
        words = ", ".join(f"{row['domain']} belongs to {row['organisation']}" for row in taken)
        raise Refused(f"a domain belongs to one organisation: {words}; take it from there first")
    await connection.execute(_SQL["take_domains"], name, domains)


async def _put_customer(connection: Any, customer: Customer) -> None:
    await connection.execute(_SQL["put_customer"], customer.name, customer.vip, list(customer.tags))
    ways = list(customer.ways)
    await connection.execute(_SQL["drop_ways"], customer.name, ways)
    if ways:
        await connection.execute(_SQL["put_ways"], customer.name, [way_kind(way) for way in ways], ways)


_WRITERS: Mapping[str, Callable[[Any, Any], Awaitable[None]]] = {
    "skill": _put_skill,
    "category": _put_category,
    "team": _put_team,
    "agent": _put_agent,
    "organisation": _put_organisation,
    "customer": _put_customer,
}
