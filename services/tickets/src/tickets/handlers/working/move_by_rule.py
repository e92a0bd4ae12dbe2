"""Hands on what rules send elsewhere when a message joins a ticket: by the one way in which tickets are handed on.

It is done alone, in the transaction of the handover, which checks under the ticket's lock that the row is still there
and removes it: whoever dies before the commit has done nothing, and two workers at once do it once.
"""

from dataclasses import dataclass
from typing import Any, Final

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.ladders.climbing import ticket_values
from tickets.domain.lifecycle import FINAL
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.escalating import Destination
from tickets.domain.staffing.rule_moves import (
    KIND,
    PASSED_OVER,
    RuleMove,
    is_there,
    kind_of_move,
    move_of,
    stays_with_its_team,
    tier_of_move,
)
from tickets.domain.timers.due import Due
from tickets.errors import Refused
from tickets.handlers.working.change import save_change
from tickets.handlers.working.escalate import Move, move_ticket
from tickets.handlers.working.work import DESK, DeskDeps, Leaving, until_settled
from tickets.metrics import RULE_MOVES_IGNORED

log = structlog.get_logger()

_TEMPLATE: Final = "rule_moved"


async def move_by_rule(due: Due, deps: DeskDeps, caps: AcknowledgementCaps, mails_per_minute: int) -> None:
    """Hand a ticket to where rules want it, or say why not. Done before: nothing happens.

    Raises:
        DatabaseAway: nothing was written, or it cannot be known; the row is still due then.
    """
    moving = _ByRule(due, move_of(due.detail), deps)
    try:
        await move_ticket(due.ticket_number, moving, DESK, deps, caps, mails_per_minute)
    except Refused as error:
        refused = error
        await until_settled(lambda: _pass_over(due, refused, deps))


@dataclass(frozen=True, slots=True)
class _ByRule:
    """What a handover needs to know, and to do besides, when rules ask for it."""

    due: Due
    move: RuleMove
    deps: DeskDeps

    async def wanted(self, transaction: DeskTransaction, ticket: TicketRow) -> Move | None:
        """The handover; None where it is not to be done any more.

        Raises:
            Refused: the ticket stays with its team.
        """
        if not await transaction.waits(ticket.number, KIND, self.due.key):
            return None
        assigning, move = transaction.settling.assigning, self.move
        if is_there(move, ticket):
            raise Refused("it is there already")
        team = await assigning.team(move.team) if move.team else None
        here = await assigning.team(ticket.team)
        there = await assigning.teams_of_tier(move.tier) if move.tier and not move.team else []
        if stays_with_its_team(move, here, there):
            raise Refused(f"it stays with {ticket.team}: {_why_it_stays(move, [one.name for one in there])}")
        values = {**ticket_values(ticket), "why": move.why, "message": move.message}
        words = self.deps.render(_TEMPLATE, self.deps.desk.default_language, values)
        where = Destination(move.tier, move.team, anyway=True)
        kind = kind_of_move(tier_of_move(move, team, ticket), ticket)
        return Move(kind, where, move.why, words.text.strip(), message=move.message, automatic=True)

    async def besides(self, transaction: DeskTransaction, ticket: TicketRow) -> None:
        """The row is done."""
        await transaction.remove_timer(ticket.number, KIND, self.due.key)


def _why_it_stays(move: RuleMove, there: list[str]) -> str:
    if len(there) > 1:
        return f"several teams work in tier {move.tier} ({', '.join(there)}), and the rules name none"
    return f"no other team works in tier {move.tier}" if not there else f"it works in tier {move.tier}"


async def _pass_over(due: Due, refused: Refused, deps: DeskDeps) -> None:
    """Leave the ticket where it is; a tier alone it gets all the same, while somebody waits for it."""
    move, why = move_of(due.detail), str(refused)
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(due.ticket_number)
        if not await transaction.waits(ticket.number, KIND, due.key):
            return
        await transaction.remove_timer(ticket.number, KIND, due.key)
        if is_there(move, ticket):
            return
        if move.team is None and ticket.status != FINAL and ticket.merged_into is None:
            await save_change(ticket, {"tier": move.tier}, f"{move.why}; {why}", DESK, transaction, leaving)
            await leaving.store(transaction)
        else:
            detail: dict[str, Any] = {"team": move.team, "tier": move.tier, "rules": move.why, "message": move.message}
            line = HistoryRow(ticket.number, await transaction.now(), "desk", PASSED_OVER, detail, why)
            await transaction.save(history=[line])
            RULE_MOVES_IGNORED.labels(refused.slug).inc()
            log.warning("rule.passed_over", ticket=ticket.number, team=move.team, tier=move.tier, why=why)
    leaving.send()
