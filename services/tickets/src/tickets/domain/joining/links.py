"""That tickets have to do with each other: related, a duplicate, caused by a problem, following one up. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tickets.domain.changes import FieldChange
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Refused

RELATED, DUPLICATE, CAUSED_BY, FOLLOW_UP = "related", "duplicate", "caused_by", "follow_up"
LINKED, UNLINKED = "ticket.linked", "ticket.unlinked"
MOST_LINKS: Final = 1000
"""Of one ticket."""
MOST_INCIDENTS: Final = 500
"""That one problem has caused."""
PROBLEM: Final = "problem"


@dataclass(frozen=True, slots=True)
class Link:
    """That a ticket has to do with another one; the kind reads from the first."""

    ticket_number: int
    to_number: int
    kind: str


def must_link(link: Link, ticket: TicketRow, to: TicketRow, links: Sequence[int], incidents: int) -> None:
    """Let two tickets be linked only where that says something.

    Args:
        links: tickets with which either has to do already, those of the one with more.
        incidents: how many tickets the other one has caused.

    Raises:
        Refused: says why not, and what can be done instead.
    """
    must_be_its_own(ticket)
    if to.merged_into is not None:
        raise Refused(f"ticket {to.number} was merged into {to.merged_into}; name that one")
    if len(links) >= MOST_LINKS:
        raise Refused(f"{MOST_LINKS} links of one ticket are the most; unlink some first")
    if link.kind != CAUSED_BY:
        return
    if to.type != PROBLEM:
        raise Refused(f"ticket {to.number} is no problem but of type {to.type}; only a problem causes others")
    if incidents >= MOST_INCIDENTS:
        raise Refused(f"{MOST_INCIDENTS} incidents of one problem are the most; unlink some of {to.number} first")


def with_links(
    ticket: TicketRow, before: Sequence[int], after: Sequence[int], now: datetime
) -> tuple[TicketRow, list[FieldChange]]:
    """A ticket that has to do with others from now on, and what of it changed."""
    changed = [FieldChange("links", list(before), list(after))]
    return replace(ticket, version=ticket.version + 1, updated_at=max(ticket.updated_at, now)), changed
