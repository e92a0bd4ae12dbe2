"""The words that travel in events. On the wire they are open strings: readers map what they do not know to a fallback.

The fields of the models are `str` for that reason; `known()` is how a reader narrows them.
"""

from typing import Final

CHANNELS: Final = ("email", "slack", "webchat", "sms", "whatsapp", "voice", "portal", "api")
IDENTITY_KINDS: Final = ("email", "slack", "webchat", "phone")
"""On which ways somebody has an address. A number is one, whether they call or text."""
TYPES: Final = ("incident", "request", "question", "problem")
STATUSES: Final = ("new", "open", "pending", "on_hold", "solved", "closed")
PRIORITIES: Final = ("low", "normal", "high", "urgent")
LEVELS: Final = ("low", "medium", "high")
"""Impact and urgency."""
TIERS: Final = ("1", "2", "3")
MESSAGE_KINDS: Final = ("customer", "agent", "note", "automatic")
GRADES: Final = ("verified", "plausible", "claimed")
LANGUAGES: Final = ("es", "en")
"""Languages that the desk itself speaks; a message may be in any."""
DISPOSITIONS: Final = ("message", "unparseable", "own_loop", "opt_out")
AUTOMATION: Final = ("no", "auto-replied", "auto-generated", "bounce", "list", "feedback", "dsn")
AS_TEMPLATE: Final = "template: "
"""How the detail of a delivery begins where a template of the channel's went in place of the words."""
OUTCOMES: Final = ("created", "appended", "quarantined", "ignored", "duplicate", "dead_lettered", "probe")


def identity_kind(channel: str) -> str:
    """Under which kind of identity people of a channel are known; a channel that is not known is a kind of its own."""
    if channel in ("portal", "api"):
        return "email"
    return "phone" if channel in ("sms", "whatsapp", "voice") else channel


def known(word: str, words: tuple[str, ...], fallback: str) -> str:
    """Return `word` if this release knows it, else `fallback`."""
    return word if word in words else fallback
