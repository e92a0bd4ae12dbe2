"""A probe, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MAIL, SLACK, SMS, WHATSAPP, VOICE, API, PORTAL = "mail", "slack", "sms", "whatsapp", "voice", "api", "portal"
CHANNELS: Final = (MAIL, SLACK, SMS, WHATSAPP, VOICE, API, PORTAL)
DESK_CHANNEL: Final[Mapping[str, str]] = {MAIL: "email", PORTAL: "api"}
"""How the desk calls what a probe goes by, where that is another word."""
ISSUE, DOOR, SETTLE, TICKET, ANSWER, CLEAN = "issue", "door", "settle", "ticket", "answer", "clean"
STAGES: Final = (ISSUE, DOOR, SETTLE, TICKET, ANSWER, CLEAN)
BROKEN: Final = "broken"
REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    ISSUE: ("refused", "away", BROKEN),
    DOOR: ("refused", "away", BROKEN),
    SETTLE: ("refused", "late", BROKEN),
    TICKET: ("quarantined", "wrong_ticket", "no_ticket", BROKEN),
    ANSWER: ("refused", "late", BROKEN),
    CLEAN: ("refused", "away", BROKEN),
}
"""Stage → how it fails; `broken`: by what the prober itself did not expect."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the desk has issued: these words and no others, or it is an ordinary message."""

    id: str
    token: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a probe.

    Attributes:
        stage: at which it failed; empty: at none.
        reason: one word. detail: what was said. look: what to look at.
        seconds: stage → how long it took; `total` from the first byte at the door to the ticket.
        ticket: as the desk saw it for a moment.
    """

    channel: str
    probe: str = ""
    stage: str = ""
    reason: str = ""
    detail: str = ""
    look: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    ticket: Mapping[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether all of it went well."""
        return not self.stage

    def as_data(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "channel": self.channel,
            "ok": self.ok,
            "probe": self.probe,
            "stage": self.stage or None,
            "reason": self.reason or None,
            "detail": self.detail or None,
            "look_at": self.look or None,
            "seconds": {name: round(seconds, 4) for name, seconds in self.seconds.items()},
            "ticket": self.ticket,
        }


def wrong_in(seen: Mapping[str, Any], probe: Probe, channel: str) -> tuple[str, str] | None:
    """Why what the desk saw is not the ticket of this probe: (reason, words); None: it is.

    Args:
        channel: as the desk calls it.
    """
    if seen.get("outcome") != "created":
        held = seen.get("reason") or seen.get("outcome")
        return str(seen.get("outcome")), f"a customer's message like this would be {seen.get('outcome')}: {held}"
    ticket = seen.get("ticket") or {}
    if not ticket:
        return "no_ticket", "the ticket could not be read back"
    if ticket.get("channel") != channel:
        return "wrong_ticket", f"the ticket came by {ticket.get('channel')} and not by {channel}"
    if channel != "voice" and str(ticket.get("text", "")).strip() != probe.text:
        return "wrong_ticket", "the ticket has other words than the probe"
    if not ticket.get("searchable"):
        return "wrong_ticket", "the ticket could not be searched for"
    return None
