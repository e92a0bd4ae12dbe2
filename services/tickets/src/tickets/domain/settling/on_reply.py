"""What rules want of a ticket when a message joins it, as changes of its fields."""

from collections.abc import Sequence
from typing import Any, Final

from tickets.domain.settling.incoming import TicketRow
from ventanilla_contracts.decisions import ReplyChanges
from ventanilla_contracts.words import PRIORITIES, TIERS

_FIELDS: Final = {
    "type": "type", "category": "category", "priority": "priority", "tier": "tier", "team": "team",
    "service_level_policy": "policy",
}  # fmt: skip
_RULES: Final = "rules: "
_SCALES: Final = {"priority": PRIORITIES, "tier": TIERS}


def wanted_on_reply(ticket: TicketRow, changes: ReplyChanges) -> dict[str, Any]:
    """The ticket's fields that differ from what the rules want; tags are added to those that it has."""
    wanted = {field: getattr(changes, name) for name, field in _FIELDS.items()}
    for field, scale in _SCALES.items():
        if wanted[field] is None:
            wanted[field] = _within(getattr(ticket, field), changes, field, scale)
    found = {field: value for field, value in wanted.items() if value is not None and value != getattr(ticket, field)}
    tags = tuple(dict.fromkeys((*ticket.tags, *changes.tags)))
    if len(tags) > len(ticket.tags):
        found["tags"] = tags
    return found


def _within(value: str, changes: ReplyChanges, field: str, scale: Sequence[str]) -> str | None:
    """The value held within what the rules allow; None: it is. Words that are not on the scale bound nothing."""
    least, most = changes.at_least.get(field, ""), changes.at_most.get(field, "")
    if value not in scale:
        return None
    if least in scale and scale.index(value) < scale.index(least):
        return least
    return most if most in scale and scale.index(value) > scale.index(most) else None


def named_by(changes: ReplyChanges) -> str:
    """The rules that want it, for the history."""
    return f"{_RULES}{', '.join(changes.rules)}" if changes.rules else "a rule"


def rules_named(why: str) -> list[str]:
    """The rules in the reason of a line of the history that `named_by` begins."""
    return why.partition(";")[0].removeprefix(_RULES).split(", ") if why.startswith(_RULES) else []
