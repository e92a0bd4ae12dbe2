"""The history of a ticket without anybody in it: what clocks, reports and the ledger go by stays, words go.

What stays is named here, key by key; what a later release writes and nobody named goes. Clocks are folded from these
lines (`domain.service_levels.from_history`), so each of them must give the same clocks afterwards.
"""

from collections.abc import Mapping
from typing import Any, Final

_KEPT: Final = frozenset(
    {
        "aside", "at", "attempt", "automatic", "automation", "calendar", "calendars", "channel", "clock", "count",
        "cycle",
        "due_at", "field", "from", "into", "kind", "ladder", "level", "media", "medium", "message", "new_time",
        "next_update_by", "number", "outcome", "page", "policy", "promised", "revision", "round", "run", "seconds",
        "shared", "status", "step", "team", "agent", "ticket", "tier", "to", "unanswered", "until", "version",
    }
)  # fmt: skip
_STRUCTURE: Final = frozenset(
    {"status", "priority", "impact", "urgency", "tier", "team", "type", "category", "policy", "assignee", "language"}
)
"""Fields of a ticket that name no customer."""
_PLACES: Final = ("from", "to")


def scrubbed(action: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of a line without what anybody wrote, or was called."""
    kept = {name: value for name, value in detail.items() if name in _KEPT}
    if action == "ticket.changed":
        structural = detail.get("field") in _STRUCTURE
        kept |= {name: detail.get(name) if structural else None for name in ("old", "new") if name in detail}
    for place in _PLACES:  # where a ticket went is a team and its tier; to whom a mail went is somebody
        value = kept.get(place)
        if isinstance(value, Mapping):
            kept[place] = {name: value[name] for name in ("team", "tier", "agent") if name in value}
        elif place in kept:
            del kept[place]
    return kept


def keeps_reason(actor: str) -> bool:
    """Whether the reason of a line is the desk's own words, and no person's."""
    return actor in ("desk", "timer") or actor.startswith("rule")
