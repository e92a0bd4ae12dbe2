"""The life of a ticket: which status follows from what happens.

A customer's message makes the ticket live again whatever an agent had set, because nobody who set it can have read it.
That holds in whatever order replicas settle the messages of a ticket, so they agree. `closed` is final: what comes
later opens a new ticket that points at the old one. Only what was closed as spam by mistake opens again: one wrong
press must not cost somebody their ticket.
"""

from collections.abc import Collection
from typing import Final

from ventanilla_contracts.words import STATUSES

REOPENED_BY_CUSTOMER = frozenset({"pending", "on_hold", "solved"})
FINAL = "closed"
SPAM: Final = "spam"
"""The tag of a ticket that was closed as spam."""
_ALLOWED = {
    "new": frozenset({"open", "pending", "on_hold", "solved", "closed"}),
    "open": frozenset({"pending", "on_hold", "solved", "closed"}),
    "pending": frozenset({"open", "on_hold", "solved", "closed"}),
    "on_hold": frozenset({"open", "pending", "solved", "closed"}),
    "solved": frozenset({"open", "pending", "on_hold", "closed"}),
    "closed": frozenset[str](),
}


def status_after_customer_message(status: str) -> str:
    """The status of a ticket after its customer wrote. Not for closed tickets: they take no messages."""
    return "open" if status in REOPENED_BY_CUSTOMER else status


def status_after_agent_reply(status: str, wanted: str | None) -> str:
    """The status after an agent's public reply: what the agent wants, else a new ticket counts as open."""
    if wanted is not None:
        return wanted
    return "open" if status == "new" else status


def is_no_spam_after_all(status: str, wanted: str, tags: Collection[str], wanted_tags: Collection[str]) -> bool:
    """Whether a change takes back that a ticket was closed as spam: it opens, and loses the tag with it."""
    return status == FINAL and wanted == "open" and SPAM in tags and SPAM not in wanted_tags


def why_not(status: str, wanted: str) -> str | None:
    """Why a ticket cannot go from one status to another, or None if it can (or is there already)."""
    if wanted not in STATUSES:
        return f"status must be one of {', '.join(STATUSES)}"
    if wanted == status or wanted in _ALLOWED[status]:
        return None
    if status == FINAL:
        return "the ticket is closed; open a new one that points at it"
    return f"a ticket cannot go from {status} to {wanted}"
