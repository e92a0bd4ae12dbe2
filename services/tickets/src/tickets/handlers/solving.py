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
        raise Invalid("/resolution", "say what solved it: a solved ticket has a resolution")
    if not (ticket.cause or "").strip() and await transaction.settling.assigning.needs_cause(ticket.category):
        raise Invalid("/cause", f"say what caused it: the category {ticket.category} asks for that")
