"""Events that tell that an account was deactivated, or is there again.

Slack sends `user_change` for whatever anybody changes of themselves: only what of it matters to the desk is read.
https://docs.slack.dev/reference/events/user_change
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake_chat.domain.slack.events import EVENT_CALLBACK

CHANGE = "user_change"


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody's account as it is from now on."""

    user: str
    gone: bool


def changed_person(envelope: Mapping[str, Any]) -> Changed | None:
    """Whose account an event tells of, and whether it is deactivated; None: it tells of none."""
    event = envelope.get("event")
    if envelope.get("type") != EVENT_CALLBACK or not isinstance(event, Mapping) or event.get("type") != CHANGE:
        return None
    user = event.get("user")
    if not isinstance(user, Mapping):
        return None
    id_ = user.get("id")
    if not isinstance(id_, str) or not id_.isascii() or not id_.isalnum():
        return None
    return Changed(id_, user.get("deleted") is True)
