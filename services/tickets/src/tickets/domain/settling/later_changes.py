"""What rules changed of a ticket after it was opened, from its history: for whoever asks why it is here."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tickets.domain.settling.on_reply import rules_named
from tickets.domain.staffing.rule_moves import FIELDS
from ventanilla_contracts.trace_text import LaterChange

ACTIONS: Final = ("ticket.changed", "ticket.escalated", "ticket.de_escalated")
"""Lines of a history in which rules change a ticket."""
MOST_LINES: Final = 200
MOST_CHANGES: Final = 20
"""So many messages are told of, the newest."""
MOST_SAID: Final = 3
"""So many of them in the sentence."""


def later_changes(rows: Iterable[Mapping[str, Any]]) -> list[LaterChange]:
    """A change for each message whose rules changed something, oldest first.

    Args:
        rows: lines of the history with the message that each is about, the newest first.
    """
    lines: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        lines.setdefault(row["message_id"], []).append(row)
    newest = list(lines.items())[:MOST_CHANGES]
    return [_change(str(message), told[::-1]) for message, told in reversed(newest)]


def _change(message: str, lines: list[Mapping[str, Any]]) -> LaterChange:
    changed: dict[str, Any] = {}
    rules: dict[str, None] = {}
    for line in lines:
        detail = line["detail"]
        rules |= dict.fromkeys(rules_named(line["why"]))
        if line["action"] == "ticket.changed":
            changed[detail["field"]] = detail["new"]
        else:
            old, new = detail["from"], detail["to"]
            changed |= {name: new[name] for name in FIELDS if new[name] != old[name]}
    return LaterChange(message_id=message, at=lines[0]["at"], rules=tuple(rules), changed=changed)
