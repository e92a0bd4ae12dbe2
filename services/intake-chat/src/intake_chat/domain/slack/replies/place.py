"""Where an answer will stand, in a sentence for whoever writes it: in private, by mail, or before a whole channel.

The ticket service says it (`GET /tickets/{n}/replies/place`, and `place` of a preview): after a merge it may be another
conversation than the one in which the ticket began.
"""

from collections.abc import Mapping
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.mrkdwn import inert, shown_name
from intake_chat.domain.slack.places import channel_of
from intake_chat.domain.slack.replies.words import phrase

Json = dict[str, Any]
_MAIL, _DIRECT, _CHANNEL = "mail", "direct", "channel"
_LONGEST_PARTY: Final = 120
_MOST_COPIES: Final = 3


def kept_place(answer: Mapping[str, Any] | None) -> Json:
    """What a dialog keeps of an answer of the ticket service; nothing of what an earlier release does not say."""
    kind = str((answer or {}).get("kind") or "")
    if answer is None or kind not in (_MAIL, _DIRECT, _CHANNEL):
        return {}
    copies = answer.get("cc") or ()
    return {
        "kind": kind,
        "channel": "" if kind == _MAIL else channel_of(str(answer.get("account") or "")),
        "thread": "" if kind == _MAIL else str(answer.get("conversation") or "").rpartition("/")[2],
        "to": party(answer.get("to") or {}),
        "cc": [party(one) for one in copies[:_MOST_COPIES]],
        "more": max(len(copies) - _MOST_COPIES, 0),
    }


def place_block(place: Mapping[str, Any], language: str) -> Json:
    """The line that says it.

    Args:
        place: of `kept_place`, and something.
    """
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": place_sentence(place, language), "verbatim": True}],
    }


def place_sentence(place: Mapping[str, Any], language: str) -> str:
    """The sentence, as Slack's words."""
    to = inert(str(place["to"]))
    if place["kind"] == _CHANNEL:
        return phrase("place.channel", language, channel=f"<#{place['channel']}>")
    if place["kind"] == _DIRECT:
        return phrase("place.direct", language, name=to)
    copies = [inert(str(one)) for one in place.get("cc") or ()]
    if not copies:
        return phrase("place.mail", language, to=to)
    more = [phrase("place.more", language, count=str(place["more"]))] if place.get("more") else []
    return phrase("place.mail_copies", language, to=to, cc=", ".join([*copies, *more]))


def moved(before: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    """Whether an answer will stand elsewhere, or be read by others, than whoever wrote it was told."""
    return bool(before and place and dict(before) != dict(place))


def party(one: Mapping[str, Any]) -> str:
    """Somebody by name and address; an id of Slack's tells nobody anything."""
    name, address = shown_name(str(one.get("name") or "")), str(one.get("address") or "")
    if "@" not in address:
        return blocks.cut(name or address or "?", _LONGEST_PARTY)
    return blocks.cut(f"{name} <{address}>" if name else address, _LONGEST_PARTY)
