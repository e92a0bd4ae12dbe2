"""Times as people read them: by the clock of their zone, with day and month in their language."""

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = {
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS: Final = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_WITHOUT_A_PLACE: Final = "Etc/"


def zone_of(name: str) -> tzinfo:
    """The zone of this name, such as `Europe/Madrid`; UTC where this machine knows none of it."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # unknown; no name at all; a folder, or too long for a file
        return UTC


def zone_called(zone: tzinfo) -> str:
    """What people call a zone: `Madrid`, `Buenos Aires`, `UTC`."""
    name = str(zone)
    return name if name.startswith(_WITHOUT_A_PLACE) else name.rpartition("/")[2].replace("_", " ")


def local_time(at: datetime, zone: tzinfo, language: str, *, year: bool = True) -> str:
    """A time such as `vie 27 nov 2026 11:05`, always as wide in its language but for days of one digit.

    Args:
        at: aware.
        language: one of the desk's; another is English.
        year: it is said.
    """
    there = at.astimezone(zone)
    spoken = language if language in _DAYS else "en"
    day, month = _DAYS[spoken][there.weekday()], _MONTHS[spoken][there.month - 1]
    date = f"{day} {there.day} {month} {there.year}" if year else f"{day} {there.day} {month}"
    return f"{date} {there:%H:%M}"
