"""When a customer in a chat is told, unasked, how a request stands: each step that they would ask about.

Customers who write mails are told nothing of these: they have the status page, and a mail is no line in a conversation.
"""

from typing import Final

from tickets.domain.correspondence.fallback import way_from_call
from tickets.domain.correspondence.ways import CHATS, way_to
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow

TAKEN, SOLVED, REOPENED, WAITING, ON_HOLD, PROMISED = "taken", "solved", "reopened", "waiting", "on_hold", "promised"
"""Names of the templates too."""
TOLD: Final = "status.told"
"""What the history calls it."""
_SPAM: Final = "spam"
_STATUSES: Final = {"solved": SOLVED, "pending": WAITING, "on_hold": ON_HOLD}


def reads_of_it(ticket: TicketRow) -> bool:
    """Whether a ticket's customer is told in a chat how it stands.

    Whoever called from where no text arrives is told where they can be, as if a text had failed.
    """
    reads = way_to(ticket) in CHATS or way_from_call(ticket) is not None
    return reads and ticket.merged_into is None and _SPAM not in ticket.tags


def news_of(before: TicketRow, ticket: TicketRow) -> str | None:
    """What a change of a ticket is worth telling its customer, who reads it in a chat; None: nothing to tell."""
    if not reads_of_it(before) or not reads_of_it(ticket):
        return None
    if ticket.status != before.status:
        if news := _STATUSES.get(ticket.status):
            return news
        if before.status == "solved" and ticket.status not in DONE:
            return REOPENED
    if ticket.status in DONE:
        return None
    return TAKEN if ticket.assignee is not None and before.assignee is None else None


def source_of(news: str, ticket: TicketRow) -> str:
    """What makes it unique: a ticket is taken for the first time once; all else may happen again."""
    return f"status/{ticket.number}/{news}" + ("" if news == TAKEN else f"/{ticket.version}")
