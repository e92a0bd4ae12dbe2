"""Ladders on tickets: they follow the histories in the transactions that write these, and know whom to tell."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.desk_store import agent_of, team_of
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.page_store import Pages
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.ladders.documents import PAGE, Ladder
from tickets.domain.ladders.on_duty import OnDuty
from tickets.domain.ladders.runs import ACTOR, KIND, SEEN, Followed, Run, TicketFacts, begins, follow, run_of
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due
from tickets.errors import Refused

_SQL = load_queries("ladders")
MOST_TOLD = 2_000
"""People who are looked up for what is fired at once."""

_Lines = Mapping[int, Sequence[HistoryRow]]
"""Ticket → its new lines that ladders see."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that is under way on a locked ticket; `is_due`: its next step is to be done now."""

    run: Run
    is_due: bool


class Ladders:
    """The statements of a transaction that concern ladders."""

    def __init__(self, connection: Any, levels: Levels) -> None:
        self._connection = connection
        self._levels = levels
        self.pages = Pages(connection)
        self.documents_held = False
        """The transaction knows all ladders that there are."""

    async def follow(self, rows: Settlement) -> None:
        """Start and stop runs as the new lines of histories say, and add lines and timers to `rows`.

        The tickets are locked. New tickets on which nothing begins pay no statement.
        """
        lines: defaultdict[int, list[HistoryRow]] = defaultdict(list)
        for row in rows.history:
            if row.action in SEEN and not row.actor.startswith(ACTOR):
                lines[row.ticket_number].append(row)
        if not lines:
            return
        if not (self._levels.ladders or self.documents_held):
            # A replica that has just begun, or has not heard of the first ladder yet: a run may be under way.
            await self._levels.refresh(self._connection)
        if not self._levels.ladders:
            return
        created = {ticket.number: ticket for ticket in rows.created if ticket.number in lines}
        if created:
            await self._follow_new(created, lines, rows)
        if standing := [number for number in lines if number not in created]:
            await self._follow_standing(standing, lines, rows)

    async def _follow_new(self, created: Mapping[int, TicketRow], lines: _Lines, rows: Settlement) -> None:
        """Start runs on tickets of this transaction: they have no run that could end, and no page to take back."""
        ladders = await self._ladders_of_new(created, lines)
        starting = {
            number: one for number, one in ladders.items() if begins(one, lines[number], created[number].priority)
        }
        if not starting:
            return
        now: datetime = await self._connection.fetchval(_SQL["now"])
        for number, ladder in starting.items():
            ticket = created[number]
            facts = TicketFacts(number, ticket.status, ticket.priority, ticket.team, ladder)
            await self._write(number, None, await self._followed(None, lines[number], facts, now), rows, now)

    async def _ladders_of_new(self, created: Mapping[int, TicketRow], lines: _Lines) -> dict[int, Ladder]:
        """The ladders of new tickets; teams are asked for theirs only if one that is in force could begin."""
        found: dict[int, Ladder] = {}
        unnamed: list[TicketRow] = []
        in_force = self._levels.ladders_in_force()
        for number, ticket in created.items():
            if (ladder := self._levels.ladder_of_policy(ticket.policy)) is not None:
                found[number] = ladder
            elif any(begins(one, lines[number], ticket.priority) for one in in_force):
                unnamed.append(ticket)
        of_team = await self._of_team({ticket.team for ticket in unnamed}) if unnamed else {}
        for ticket in unnamed:
            if (ladder := self._levels.ladder_in_force(ticket.policy, of_team.get(ticket.team))) is not None:
                found[ticket.number] = ladder
        return found

    async def _follow_standing(self, numbers: Sequence[int], lines: _Lines, rows: Settlement) -> None:
        known = {row["number"]: row for row in await self._connection.fetch(_SQL["facts"], numbers)}
        facts = await self._facts(known, rows.changed)
        for number in numbers:
            if number in facts:
                now: datetime = known[number]["now"]
                run = _run_now(number, known[number], rows)
                followed = await self._followed(run, lines[number], facts[number], now)
                await self._write(number, run, followed, rows, now)

    async def _followed(
        self, run: Run | None, lines: Sequence[HistoryRow], facts: TicketFacts, now: datetime
    ) -> Followed:
        if run is not None:
            await self.ladder(run.ladder, run.version)  # another replica may have started one that is new here
        return follow(run, lines, facts, lambda name, version: self._levels.ladders[name, version], now)

    async def _write(self, number: int, run: Run | None, followed: Followed, rows: Settlement, now: datetime) -> None:
        rows.history.extend(followed.lines)
        if followed.over is not None:
            await self.pages.withdraw(number, followed.over, now)
        if followed.run is not run:
            rows.timers[number, KIND] = [followed.first] if followed.first else []

    async def _facts(self, known: Mapping[int, Any], live: Mapping[int, TicketRow]) -> dict[int, TicketFacts]:
        now_in = {number: live.get(number) for number in known}
        teams = {ticket.team if ticket else known[number]["team"] for number, ticket in now_in.items()}
        of_team = await self._of_team(teams)
        facts = {}
        for number, ticket in now_in.items():
            row = known[number]
            status, priority, team, policy = (
                (ticket.status, ticket.priority, ticket.team, ticket.policy)
                if ticket
                else (row["status"], row["priority"], row["team"], row["policy"])
            )
            ladder = self._levels.ladder_in_force(policy, of_team.get(team))
            facts[number] = TicketFacts(number, status, priority, team, ladder, row["paged"])
        return facts

    async def _of_team(self, teams: Collection[str]) -> dict[str, str]:
        """Team → the ladder that it names, for those that name one."""
        rows = await self._connection.fetch(_SQL["team_ladders"], sorted(teams))
        return {row["name"]: row["ladder"] for row in rows}

    async def ladder(self, name: str, version: int) -> Ladder:
        """A version of a ladder.

        Raises:
            Refused: it is not there, or this release cannot read it.
        """
        if (name, version) not in self._levels.ladders:
            await self._levels.refresh(self._connection)
        found = self._levels.ladders.get((name, version))
        if found is None:
            raise Refused(f"ladder {name}, version {version}, cannot be read")
        return found

    async def waiting(self, number: int) -> Waiting | None:
        """The run that is under way on a locked ticket."""
        row = await self._connection.fetchrow(_SQL["run"], number)
        return Waiting(run_of(row["key"], orjson.loads(row["detail"])), row["is_due"]) if row else None

    async def on_duty(self, tickets: Mapping[int, TicketRow], due: Sequence[Due]) -> OnDuty | None:
        """What the steps that are due need to know of the desk; None: no step is due."""
        runs = [(tickets[one.ticket_number], run_of(one.key, one.detail)) for one in due if one.kind == KIND]
        if not runs:
            return None
        await self._levels.refresh(self._connection)  # an override that was made a moment ago counts
        levels = self._levels
        steps = [
            ladder.steps[run.step - 1]
            for _, run in runs
            if (ladder := levels.ladders.get((run.ladder, run.version))) is not None
        ]
        teams = sorted({ticket.team for ticket, _ in runs} | {step.team for step in steps if step.team})
        handles = {ticket.assignee for ticket, _ in runs if ticket.assignee}
        for step in steps:
            if step.do == PAGE and (rota := levels.rotas.get(step.rota)) is not None:
                handles |= rota.people()
        members: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in await self._connection.fetch(_SQL["members"], teams, MOST_TOLD):
            members[row["team"]].append((row["handle"], row["role"]))
        agents = await self._connection.fetch(_SQL["agents"], sorted(handles), teams, MOST_TOLD)
        found = await self._connection.fetch(_SQL["teams"], teams)
        return OnDuty(
            ladders=levels.ladders,
            rotas=levels.rotas,
            calendars=levels.calendars_in_force(),
            agents={row["handle"]: agent_of(row) for row in agents},
            teams={row["name"]: team_of(row) for row in found},
            members=members,
            at_night=levels.at_night(),
        )


def _run_now(number: int, row: Mapping[str, Any], rows: Settlement) -> Run | None:
    """The run under way, with what this transaction has made of it so far."""
    if (number, KIND) in rows.timers:
        listed = rows.timers[number, KIND]
        return run_of(listed[0].key, listed[0].detail) if listed else None
    return run_of(row["key"], orjson.loads(row["detail"])) if row["key"] is not None else None
