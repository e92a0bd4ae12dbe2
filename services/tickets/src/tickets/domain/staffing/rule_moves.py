"""Tickets that rules send elsewhere when a message joins them: a row that is done at once, as a handover of its own.

Settling writes the row and nothing else: whom a ticket goes to, who is told, and what the customer hears is found out
in the transaction of the handover.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.domain.rows import Timer
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.escalating import DE_ESCALATE, ESCALATE
from tickets.domain.staffing.people import Team

KIND: Final = "rule_move"
PASSED_OVER: Final = "rule.passed_over"
FIELDS: Final = ("team", "tier")
"""What of a ticket goes only by being handed over."""


@dataclass(frozen=True, slots=True)
class RuleMove:
    """Where rules want a ticket; at least one of team and tier is given.

    Attributes:
        why: names the rules.
        message: id of the message that made them want it.
    """

    team: str | None
    tier: str | None
    why: str
    message: str


def timer_of_move(wanted: Mapping[str, Any], message_id: UUID, why: str, now: datetime) -> Timer:
    """The row that a move is until it is done."""
    detail = {**{name: wanted.get(name) for name in FIELDS}, "why": why, "message": str(message_id), "alone": KIND}
    return Timer(str(message_id), now, detail)


def move_of(detail: Mapping[str, Any]) -> RuleMove:
    """The move that a row is."""
    return RuleMove(detail["team"], detail["tier"], detail["why"], detail["message"])


def is_there(move: RuleMove, ticket: TicketRow) -> bool:
    """Whether nothing is left to do."""
    return move.team in (None, ticket.team) and move.tier in (None, ticket.tier)


def tier_of_move(move: RuleMove, team: Team | None, ticket: TicketRow) -> str:
    """The tier in which the ticket is afterwards: what the rules say, else that of the team that they name."""
    return move.tier or (team.tier if team else ticket.tier)


def kind_of_move(tier: str, ticket: TicketRow) -> str:
    """What such a handover is called; to another team of the same tier it goes as one upwards does."""
    return DE_ESCALATE if tier < ticket.tier else ESCALATE


def stays_with_its_team(move: RuleMove, here: Team | None, there: Sequence[Team]) -> bool:
    """Whether a ticket changes its tier and nothing else: its team works there, or it is not clear which one does.

    Args:
        here: the team that has the ticket, if the desk knows it.
        there: teams that work in the tier that is wanted.
    """
    return move.team is None and ((here is not None and here.tier == move.tier) or len(there) != 1)
