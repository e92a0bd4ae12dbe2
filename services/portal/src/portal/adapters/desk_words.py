"""Words of the desk in the reader's language; what a newer ticket service says beside them stays as it is."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from babel import Locale

Texts = Callable[..., str]
FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "ticketstatus": frozenset({"new", "open", "pending", "on_hold", "solved", "closed"}),
    "priority": frozenset({"low", "normal", "high", "urgent"}),
    "kind": frozenset({"customer", "agent", "note", "automatic"}),
    "grade": frozenset({"verified", "plausible", "claimed"}),
    "channel": frozenset({"email", "slack", "webchat", "sms", "whatsapp", "voice", "portal", "api"}),
    "delivery": frozenset({"queued", "sent", "delivered", "read", "failed", "delayed", "bounced"}),
    "danger": frozenset({"executable", "script", "markup", "macros", "disguised"}),
    "clock": frozenset({"first_response", "next_response", "resolution", "update", "tier"}),
    "clockstate": frozenset({"none", "running", "paused", "met", "breached_open", "met_late", "cancelled"}),
    "counted": frozenset(
        {"counted", "closed", "paused", "before_start", "answered", "solved", "merged", "other_tier", "no_target",
         "day", "weeks"}
    ),
}  # fmt: skip
_SLACK_ID: Final = re.compile(r"[A-Z0-9]{2,30}/[A-Z0-9]{2,30}")
_ALWAYS: Final = "always"
_MAIL, _ASKED_FOR = "email", "api"
_BY_MAIL: Final = frozenset({"portal", _ASKED_FOR})
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def word(texts: Texts, family: str, value: str) -> str:
    """A word of a family in the reader's language; one that is not known as it is."""
    return texts(f"{family}.{value}") if value in FAMILIES[family] else value


def way_of(channel: str, message: Mapping[str, str] | None = None) -> str:
    """The channel by which the customer of a ticket of this channel is answered; of a message, on which way it went.

    An agent's answer that was asked for by the API went to the customer as all answers do.
    """
    if message is not None and (message["kind"] == "customer" or message["channel"] != _ASKED_FOR):
        return message["channel"]
    return _MAIL if channel in _BY_MAIL else channel


def is_slack_id(address: str) -> bool:
    """Whether an address is a workspace and a user of Slack, which nobody can read: `T024BE7LD/U2147483697`."""
    return _SLACK_ID.fullmatch(address) is not None


def clock_name(texts: Texts, clock: str) -> str:
    """What a clock measures: `tier:2` is the time of the second line."""
    name, _, tier = clock.partition(":")
    return f"{word(texts, 'clock', name)} {tier}".strip()


def why_counted(texts: Texts, why: str, language: str) -> str:
    """Why a stretch of time counted or not, such as `closed:saturday` or `paused:pending`."""
    name, _, more = why.partition(":")
    if more in _DAYS:
        more = Locale(language).days["format"]["wide"][_DAYS.index(more)]
    elif name == "paused":
        more = word(texts, "ticketstatus", more)
    said = word(texts, "counted", name)
    return f"{said}: {more}" if more else said


def calendar_name(texts: Texts, calendar: str | None) -> str:
    """What people call a calendar: the desk puts its version behind the name, as in `office 3`; a dash for none."""
    if not calendar:
        return "–"
    name = calendar.rpartition(" ")[0] or calendar
    return texts("desk.always_open") if name == _ALWAYS else name


def duration(seconds: float | None) -> str:
    """A length of time in hours and minutes: `2 h 05 min`, `45 s`; a dash where there is none."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def size(size_bytes: int) -> str:
    """The size of a file: `12 kB`, `3.4 MB`."""
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1_000:.0f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:.1f} MB"
