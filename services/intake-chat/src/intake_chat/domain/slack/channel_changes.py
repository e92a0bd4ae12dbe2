"""Events that tell that a channel may be heard from now on, or may not be any more."""

from collections.abc import Mapping
from typing import Any, Final

from intake_chat.domain.slack.events import EVENT_CALLBACK

UNHEARD: Final = frozenset({"not_in_channel", "is_archived", "channel_not_found"})
"""Words by which Slack refuses to post where nothing is heard either."""
_OF_ALL: Final = frozenset(
    {"channel_archive", "channel_left", "channel_unarchive", "group_archive", "group_left", "group_unarchive"}
)
_JOINED: Final = "member_joined_channel"


def changed_channel(envelope: Mapping[str, Any]) -> str | None:
    """The channel that was archived, brought back, left by the app or joined by it; None: it tells no such thing.

    Of everybody else's joining nothing is said.
    """
    event = envelope.get("event")
    if envelope.get("type") != EVENT_CALLBACK or not isinstance(event, Mapping):
        return None
    kind, channel = event.get("type"), event.get("channel")
    if not isinstance(channel, str) or not channel.isalnum():
        return None
    if kind in _OF_ALL or (kind == _JOINED and event.get("user") in _ours(envelope)):
        return channel
    return None


def _ours(envelope: Mapping[str, Any]) -> set[object]:
    """Ids of the app's user, as the envelope names it."""
    named = envelope.get("authorizations")
    found = named if isinstance(named, list) else []
    return {one.get("user_id") for one in found if isinstance(one, Mapping) and one.get("is_bot")} - {None}
