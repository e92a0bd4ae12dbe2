"""What is kept of a probe for its prober."""

from collections.abc import Mapping
from typing import Any


def seen_of(outcome: str, reason: str, ticket: Mapping[str, Any] | None, events: int) -> Mapping[str, Any]:
    """What became of a probe, as plain data.

    Args:
        outcome: what would have become of the message, were it a customer's: `created`, or `quarantined` by a rule.
        ticket: as it was read; None: there was none. Its number is no ticket's, and is left out.
        events: how many would have left.
    """
    shown = {name: value for name, value in (ticket or {}).items() if name != "number"}
    return {"outcome": outcome, "reason": reason, "ticket": shown or None, "events": events}
