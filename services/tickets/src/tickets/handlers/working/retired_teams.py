"""Tells of open tickets whose team is retired: their histories, the desk's leads, `/readyz` and a metric.

It looks every few seconds at what is there, whether or not it was woken: a team may be retired by a command in another
process, and a ticket may be opened again long afterwards.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.retired_team_store import RetiredTeamStore
from tickets.domain.changes import CHANGED, FieldChange, change_source, changed_event
from tickets.domain.correspondence.agent_mail import agent_mail
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.escalating import language_of_agent
from tickets.domain.staffing.retired_teams import LINE, worry_of
from tickets.handlers.working.work import DESK, DeskDeps, Leaving, until_settled
from tickets.metrics import WITHOUT_TEAM
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

ROUND_SECONDS: Final = 15.0
_MOST_AT_ONCE: Final = 50
"""In one transaction: so many tickets are locked for a moment."""


class RetiredTeams:
    """Looks after tickets that were left by teams."""

    def __init__(self, store: RetiredTeamStore, deps: DeskDeps) -> None:
        self._store = store
        self._deps = deps
        self._worry: str | None = None
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look soon: a team may have been retired, or put back."""
        self._wake.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.tell_once() == _MOST_AT_ONCE:
                    pass
            except Temporary as error:
                log.warning("retired_teams.delayed", error=error)
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._wake.wait()

    async def tell_once(self, most: int = _MOST_AT_ONCE) -> int:
        """Tell of some tickets; returns of how many.

        Raises:
            Temporary: the database is away; nothing was written, or it cannot be known.
        """
        standing = await self._store.standing()
        self._worry = worry_of(standing)
        WITHOUT_TEAM.set(sum(standing.values()))
        numbers = await self._store.untold(most) if standing else []
        return await until_settled(lambda: _tell(numbers, self._deps)) if numbers else 0

    def worry(self) -> str | None:
        """What somebody should look at, or None."""
        return self._worry


async def _tell(numbers: Sequence[int], deps: DeskDeps) -> int:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        tickets = await transaction.retired_teams.lock(numbers)
        now = await transaction.now()
        lines = []
        for before in tickets:
            at = max(before.updated_at, now)
            ticket = replace(before, version=before.version + 1, updated_at=at)
            lines.append(HistoryRow(ticket.number, at, DESK.actor, LINE, {"team": ticket.team}))
            await transaction.save_ticket(ticket)
            gone = FieldChange("team_retired", old=None, new=ticket.team)  # no field of it, but something that is told
            leaving.add(CHANGED, change_source(ticket), changed_event(ticket, (gone,), DESK.actor, at))
        await transaction.save(history=lines)
        # Teams come after tickets, because whoever assigns locks them so.
        for team, first in sorted({one.team: one for one in reversed(tickets)}.items()):
            await _tell_leads(team, first, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    if tickets:
        log.warning("team.left_tickets", tickets=len(tickets), teams=sorted({one.team for one in tickets}))
    return len(tickets)


async def _tell_leads(team: str, ticket: TicketRow, transaction: DeskTransaction, leaving: Leaving) -> None:
    """Ask once for a mail to each lead, about all open tickets of a team.

    Args:
        ticket: one of them, by whose mailbox the mail goes.
    """
    telling = await transaction.retired_teams.begin_telling(team)
    if telling is None:
        return
    desk, render = leaving.deps.desk, leaving.deps.render
    (left,) = await transaction.retired_teams.left_by([team])
    for agent in await transaction.retired_teams.leads(team):
        title = telling.titles.get(language_of_agent(agent, desk.languages, desk.default_language)) or team
        values = {"number": ticket.number, "team": title, "count": left.count, "numbers": left.numbers}
        source = f"team-retired/{team}/{telling.since.isoformat()}/{agent.handle}"
        mail = agent_mail(agent, ticket, source, "team_retired", values, desk, render, telling.since)
        if mail is not None:
            leaving.extend([mail])
