"""The step of a ladder that moves its ticket: raising the tier, by the one way in which tickets are handed on.

It is done alone, in the transaction of the move: that checks under the ticket's lock that the step is still to be done,
and puts the next one in its place. Whoever dies before the commit has done nothing; two workers at once do it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.ladders.climbing import gone_on, step_line, ticket_values
from tickets.domain.ladders.documents import Ladder
from tickets.domain.ladders.runs import KIND, STEPPED, Run, run_of, why_over
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.escalating import ESCALATE, Destination
from tickets.domain.timers.due import Due
from tickets.errors import Invalid, Refused
from tickets.handlers.working.escalate import Move, move_ticket
from tickets.handlers.working.work import Asked, DeskDeps, until_settled
from ventanilla_contracts.words import TIERS

log = structlog.get_logger()

_TEMPLATE: Final = "ladder_raise"


async def raise_tier(due: Due, deps: DeskDeps, caps: AcknowledgementCaps, mails_per_minute: int) -> None:
    """Hand a ticket to the next tier that has a team, or say that none has, and go on. Done before: nothing happens.

    Raises:
        DatabaseAway: nothing was written, or it cannot be known; the step is still due then.
    """
    run = run_of(due.key, due.detail)
    asked = Asked(0, "", run.actor, admin=True)
    raising = _Raising(run, deps)
    try:
        await move_ticket(due.ticket_number, raising, asked, deps, caps, mails_per_minute)
    except Refused as error:
        words = str(error)
        await until_settled(lambda: _pass_over(due.ticket_number, run, words, deps))


@dataclass(frozen=True, slots=True)
class _Raising:
    """What a move needs to know, and to do besides, when a ladder asks for it."""

    run: Run
    deps: DeskDeps

    async def wanted(self, transaction: DeskTransaction, ticket: TicketRow) -> Move | None:
        """The move; None where the step is not to be done any more."""
        ladder = await _still_due(transaction, ticket, self.run)
        if ladder is None:
            return None
        tier = await _next_tier(transaction, ticket)
        values = {**ticket_values(ticket), "ladder": self.run.ladder, "step": self.run.step, "on": self.run.on}
        words = self.deps.render(_TEMPLATE, self.deps.desk.default_language, values)
        return Move(ESCALATE, Destination(tier=tier), words.subject, words.text.strip(), automatic=True)

    async def besides(self, transaction: DeskTransaction, ticket: TicketRow) -> None:
        """Put the next step in place of this one; the run goes with the ticket to its new team."""
        ladder = await transaction.settling.ladders.ladder(self.run.ladder, self.run.version)
        run = replace(self.run, team=ticket.team)
        await _go_on(transaction, ticket, run, ladder, "", {"to": {"team": ticket.team, "tier": ticket.tier}})


async def _pass_over(number: int, run: Run, why: str, deps: DeskDeps) -> None:
    """Go on without having moved the ticket."""
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(number)
        ladder = await _still_due(transaction, ticket, run)
        if ladder is not None:
            await _go_on(transaction, ticket, run, ladder, why, {"to": None})


async def _still_due(transaction: DeskTransaction, ticket: TicketRow, run: Run) -> Ladder | None:
    """The ladder of a run, if this step of it is to be done at this moment; the ticket is locked."""
    waiting = await transaction.settling.ladders.waiting(ticket.number)
    if waiting is None or waiting.run != run or not waiting.is_due:
        return None
    ladder = await transaction.settling.ladders.ladder(run.ladder, run.version)
    return None if why_over(run, ladder, ticket.status, ticket.team) else ladder


async def _next_tier(transaction: DeskTransaction, ticket: TicketRow) -> str:
    """The nearest tier above a ticket's in which exactly one team works.

    Raises:
        Refused: there is none; the text says why.
    """
    for tier in _above(ticket.tier):
        teams = await transaction.settling.assigning.teams_of_tier(tier)
        if len(teams) > 1:
            names = ", ".join(team.name for team in teams)
            raise Invalid("/tier", f"several teams work in tier {tier}: {names}; a ladder cannot choose")
        if teams:
            return tier
    raise Refused(f"no team works in a tier above {ticket.tier}")


def _above(tier: str) -> Sequence[str]:
    return [one for one in sorted(TIERS) if one > tier]


async def _go_on(
    transaction: DeskTransaction, ticket: TicketRow, run: Run, ladder: Ladder, why: str, detail: dict[str, Any]
) -> None:
    now = await transaction.now()
    timers, lines = gone_on(ticket.number, run, ladder, now)
    step = ladder.steps[run.step - 1]
    line: HistoryRow = step_line(ticket.number, run, step, now, STEPPED, why, detail)
    await transaction.save(history=[line, *lines])
    await transaction.set_timers({(ticket.number, KIND): timers})
    log.info("ladder.raised", ticket=ticket.number, ladder=run.ladder, step=run.step, why=why)
