"""A ticket on which nobody has worked yet."""

from datetime import datetime
from typing import Any

from tickets.domain.settling.incoming import TicketRow
from ventanilla_contracts.decisions import Decision


def new_ticket(number: int, decision: Decision, at: datetime, **fields: Any) -> TicketRow:
    """A new ticket as rules decide it.

    Args:
        at: since when it exists.
        fields: those that no rule decides, and those that differ.
    """
    decided: dict[str, Any] = {
        "type": decision.ticket_type,
        "category": decision.category,
        "impact": decision.impact,
        "urgency": decision.urgency,
        "priority": decision.priority,
        "tier": decision.tier,
        "team": decision.team,
        "tags": decision.tags,
        "policy": decision.service_level_policy,
    }
    fresh: dict[str, Any] = {
        "version": 1,
        "status": "new",
        "assignee": None,
        "cause": None,
        "resolution": None,
        "created_at": at,
        "updated_at": at,
    }
    return TicketRow(number=number, **{**fresh, **decided, **fields})
