"""Reading database rows into values."""

from typing import Any

from tickets.domain.settling.incoming import TicketRow

_FIELDS = (
    "number", "version", "subject", "type", "category", "status", "impact", "urgency", "priority", "tier", "team",
    "assignee", "channel", "account", "requester_id", "requester_address", "requester_name", "requester_grade",
    "language", "policy", "cause", "resolution", "related_to", "created_at", "updated_at", "first_response_at",
    "solved_at", "closed_at", "status_since", "merged_into", "conversation", "written_in",
    "requester_since", "page_epoch",
)  # fmt: skip


def ticket_row(row: Any) -> TicketRow:
    """A row of `ticket`, with `participants`, `former` and `aside` where the query selects them."""
    values = {name: row[name] for name in _FIELDS}
    there = row.keys()
    people: dict[str, Any] = {
        name: frozenset(row[name]) for name in ("participants", "former", "aside") if name in there
    }
    return TicketRow(**values, tags=tuple(row["tags"]), skills=tuple(row["skills"]), **people)
