"""What happens when a calendar or policy got another version: the history says it, and the clocks follow that line."""

from typing import Final

from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.service_levels.from_history import RECALCULATED
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due, Moment

KIND: Final = "recalculate"


def recalculate(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Note that the ticket's clocks count by something else from now on, unless its policy has changed meanwhile."""
    policy = due.detail.get("policy")
    if policy is not None and policy[0] != ticket.policy:
        return ticket
    rows.history.append(HistoryRow(ticket.number, moment.now, "desk", RECALCULATED, due.detail, due.key))
    return ticket
