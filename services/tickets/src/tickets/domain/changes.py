"""Changes that a person makes to a ticket: what the ticket is like afterwards, and what goes into its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tickets.domain.lifecycle import FINAL, is_no_spam_after_all, why_not
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import facets, joined, place_facets
from tickets.errors import Refused
from ventanilla_contracts.ids import event_id

CHANGEABLE: Final = (
    "subject", "type", "category", "status", "impact", "urgency", "priority", "tier", "team", "assignee", "tags",
    "cause", "resolution", "policy", "skills",
)  # fmt: skip
_LISTS: Final = frozenset({"tags", "skills"})
CHANGED = "ticket.changed.v1"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as plain data."""

    field: str
    old: Any
    new: Any

    def as_data(self) -> dict[str, Any]:
        """The form that history and events carry."""
        return {"field": self.field, "old": self.old, "new": self.new}


def change(ticket: TicketRow, wanted: Mapping[str, Any], now: datetime) -> tuple[TicketRow, list[FieldChange]]:
    """The ticket with the wanted values, and which fields that changed; the same ticket if none did.

    Raises:
        Refused: the ticket cannot go to the wanted status.
    """
    changes = []
    for field in CHANGEABLE:
        if field not in wanted:
            continue
        old, new = getattr(ticket, field), wanted[field]
        if field in _LISTS:
            old, new = list(old), list(new)
        if old != new:
            changes.append(FieldChange(field, old, new))
    if not changes:
        return ticket, []
    values: dict[str, Any] = {item.field: item.new for item in changes}
    values |= {name: tuple(values[name]) for name in _LISTS & values.keys()}
    if "status" in values:
        status, tags = values["status"], values.get("tags", ticket.tags)
        if not is_no_spam_after_all(ticket.status, status, ticket.tags, tags) and (
            reason := why_not(ticket.status, status)
        ):
            raise Refused(reason)
        values |= _times(ticket, values["status"], now)
    return replace(ticket, version=ticket.version + 1, updated_at=now, **values), changes


def changed_event(
    ticket: TicketRow, changes: Iterable[FieldChange], actor: str, now: datetime, source: str = ""
) -> dict[str, Any]:
    """The event `TicketChanged`, as plain data.

    Args:
        source: what makes it unique, where the ticket itself has no new version.
    """
    return {
        "id": event_id(CHANGED, source or change_source(ticket)),
        "ticket": ticket.snapshot(),
        "occurred_at": now,
        "actor": actor,
        "changes": [item.as_data() for item in changes],
    }


def change_source(ticket: TicketRow) -> str:
    """What makes an event about a change unique: the version that it led to."""
    return f"{ticket.number}/{ticket.version}"


def search_row(ticket: TicketRow, words: Iterable[str] = ()) -> tuple[int, str]:
    """Number and lexemes with which a ticket's entry in the search is brought up to date."""
    lexemes = {*words, *facets(ticket.search_facets()), *place_facets(ticket.number), str(ticket.number)}
    return ticket.number, joined(sorted(lexemes))


def _times(ticket: TicketRow, status: str, now: datetime) -> dict[str, Any]:
    if status == FINAL:
        return {"closed_at": now, "solved_at": ticket.solved_at or now}
    return {"solved_at": now if status == "solved" else None, "closed_at": None}
