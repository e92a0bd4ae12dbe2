"""Which cards are brought up to date first where Slack lets only some of them go."""

from collections.abc import Mapping
from typing import Any, Final

_YIELDS_SECONDS: Final[Mapping[str, float]] = {"urgent": 0.0, "high": 20.0, "normal": 40.0, "low": 60.0}
_LATE: Final = "breached_open"


def yields_seconds(ticket: Mapping[str, Any]) -> float:
    """How much later another card may be wanted and still go first; 0 where time is up or nearly so.

    It only puts cards in order: a low one waits a minute longer than by its turn at most, however many are urgent.
    """
    clocks = (ticket.get("service_level") or {}).values()
    if any(isinstance(clock, Mapping) and clock.get("state") == _LATE for clock in clocks):
        return 0.0
    return _YIELDS_SECONDS.get(str(ticket["priority"]), 0.0)
