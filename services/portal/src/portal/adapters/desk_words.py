"""Words of the desk in the reader's language; what a newer ticket service says beside them stays as it is."""

from collections.abc import Callable, Mapping
from typing import Final

from babel import Locale

Texts = Callable[..., str]
FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "ticketstatus": frozenset({"new", "open", "pending", "on_hold", "solved", "closed"}),
    "priority": frozenset({"low", "normal", "high", "urgent"}),
    "kind": frozenset({"customer", "agent", "note", "automatic"}),
    "grade": frozenset({"verified", "plausible", "claimed"}),
    "delivery": frozenset({"queued", "delivered", "failed", "delayed", "bounced"}),
    "danger": frozenset({"executable", "script", "markup", "macros", "disguised"}),
    "clock": frozenset({"first_response", "next_response", "resolution", "update", "tier"}),
    "clockstate": frozenset({"none", "running", "paused", "met", "breached_open", "met_late", "cancelled"}),
    "counted": frozenset(
        {"counted", "closed", "paused", "before_start", "answered", "solved", "merged", "other_tier", "no_target",
         "day", "weeks"}
    ),
    "action": frozenset(
        {"ticket_created", "ticket_changed", "ticket_claimed", "ticket_assigned", "ticket_given", "ticket_released",
         "ticket_relieved", "ticket_returned", "ticket_escalated", "ticket_de_escalated", "ticket_snoozed",
         "ticket_merged", "ticket_merged_in", "ticket_merged_out", "ticket_unmerged", "ticket_split",
         "ticket_split_off", "ticket_linked", "ticket_unlinked", "message_added", "message_appended",
         "message_edited", "message_deleted", "revision_failed", "reply_sent", "note_added", "participants_added",
         "participants_removed", "requester_changed", "page_acknowledged", "ladder_started", "ladder_step",
         "ladder_raised", "ladder_stopped", "ladder_ended", "service_level_warned", "service_level_breached",
         "service_level_recalculated", "webhook_delivered", "webhook_failed"}
    ),
}  # fmt: skip
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def word(texts: Texts, family: str, value: str) -> str:
    """A word of a family in the reader's language; one that is not known as it is."""
    return texts(f"{family}.{value}") if value in FAMILIES[family] else value


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
