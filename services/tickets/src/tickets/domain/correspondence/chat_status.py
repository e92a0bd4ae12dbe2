"""When a customer in a chat is told, unasked, how a request stands: that somebody has taken it, that it is solved."""

from typing import Final

from tickets.domain.correspondence.ways import CHATS, way_to
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow

TAKEN, SOLVED = "taken", "solved"
"""Names of the templates too."""
TOLD: Final = "status.told"
"""What the history calls it."""
_SPAM: Final = "spam"


def news_of(before: TicketRow, ticket: TicketRow) -> str | None:
    """`taken` or `solved`, where a change made it so and its customer reads it in a chat; None: nothing to tell."""
    if way_to(ticket) not in CHATS or ticket.merged_into is not None or _SPAM in ticket.tags:
        return None
    if ticket.status in DONE:
        return SOLVED if ticket.status == "solved" and before.status not in DONE else None
    return TAKEN if ticket.assignee is not None and before.assignee is None else None


def source_of(news: str, ticket: TicketRow) -> str:
    """What makes it unique: a ticket is taken for the first time once; it may be solved again."""
    return f"status/{ticket.number}/{news}" + (f"/{ticket.version}" if news == SOLVED else "")
