"""What rules want of a ticket when a message joins it, as changes of its fields."""

from typing import Any, Final

from tickets.domain.incoming import TicketRow
from ventanilla_contracts.decisions import ReplyChanges

_FIELDS: Final = {
    "type": "type", "category": "category", "priority": "priority", "tier": "tier", "team": "team",
    "service_level_policy": "policy",
}  # fmt: skip


def wanted_on_reply(ticket: TicketRow, changes: ReplyChanges) -> dict[str, Any]:
    """The ticket's fields that differ from what the rules want; tags are added to those that it has."""
    wanted = {field: getattr(changes, name) for name, field in _FIELDS.items()}
    found = {field: value for field, value in wanted.items() if value is not None and value != getattr(ticket, field)}
    tags = tuple(dict.fromkeys((*ticket.tags, *changes.tags)))
    if len(tags) > len(ticket.tags):
        found["tags"] = tags
    return found


def named_by(changes: ReplyChanges) -> str:
    """The rules that want it, for the history."""
    return f"rules: {', '.join(changes.rules)}" if changes.rules else "a rule"
