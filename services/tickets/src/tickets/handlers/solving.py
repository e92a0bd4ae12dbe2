"""What whoever solves a ticket must have said."""

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.incoming import TicketRow
from tickets.errors import Invalid
from tickets.handlers.desk_work import DeskDeps


async def must_be_explained(before: TicketRow, ticket: TicketRow, transaction: DeskTransaction, deps: DeskDeps) -> None:
    """Let a ticket become solved only with a resolution, and with a cause where its category asks for one.

    Raises:
        Invalid: one of them is missing.
    """
    if ticket.status != "solved" or before.status == "solved":
        return
    if deps.solving_needs_resolution and not (ticket.resolution or "").strip():
        raise Invalid("/resolution", 'say what solved it: send "resolution" with the status, such as "toner replaced"')
    if not (ticket.cause or "").strip() and await transaction.settling.assigning.needs_cause(ticket.category):
        words = f'say what caused it: send "cause" with the status; the category {ticket.category} asks for one'
        raise Invalid("/cause", words)
