"""In which conversation customers of chats talk with the desk: a statement of whichever transaction asks."""

from collections.abc import Sequence
from typing import Any

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.correspondence.ways import CHATS, TalkedIn, way_to
from tickets.domain.settling.incoming import TicketRow

_SQL = load_queries("talking")


async def talked_in(connection: Any, tickets: Sequence[TicketRow]) -> dict[int, TalkedIn]:
    """Ticket → the merged ticket in whose conversation whoever asks last wrote; of most tickets there is none.

    Args:
        tickets: locked, where something is said there by it.
    """
    numbers = sorted(one.number for one in tickets if way_to(one) in CHATS)
    if not numbers:
        return {}
    rows = await connection.fetch(_SQL["talked_in"], numbers)
    return {row["ticket_number"]: TalkedIn(row["number"], row["account"], row["conversation"]) for row in rows}
