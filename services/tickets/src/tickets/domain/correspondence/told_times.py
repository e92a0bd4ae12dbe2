"""Times as customers are told them: in one form and one zone, whichever mail or answer names the time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


def time_told(at: datetime, team: str, zones: Mapping[str, str], otherwise: str) -> dict[str, Any]:
    """What the template `moment` says a time with: by the wall clock of the team's calendar, else of the desk.

    Args:
        team: that has the ticket.
        zones: team → zone of its calendar; not of those whose calendar has none.
        otherwise: the desk's.
    """
    zone = zones.get(team, otherwise)
    local = at.astimezone(ZoneInfo(zone))
    return {
        "weekday": local.weekday(),
        "day": local.day,
        "month": local.month,
        "time": f"{local:%H:%M}",
        "zone": zone.replace("_", " "),
    }
