"""Events of Slack as values: what was said, changed, taken back, or reacted to; everything else is nothing to us.

Slack gives an event again when it is in doubt, over either door, and the history gives the same messages once more.
What an event is about has one id (`source_id`), so that however often it comes it is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from intake_chat.domain.slack.message_words import message_words
from intake_chat.domain.slack.places import Conversation, time_of

EVENT_CALLBACK: Final = "event_callback"
_SPOKEN: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that somebody wrote."""
_SLACKBOT: Final = "USLACKBOT"
"""Slack itself, which reminds people and tells what happened to them: as one of them, without a `bot_id`."""
_TOMBSTONE: Final = "tombstone"
"""Slack's own words in the place of a first message that was deleted while its thread has replies."""
_WITHIN_A_SECOND: Final = timedelta(microseconds=999_999)
_WORDS_TAG: Final = 8


@dataclass(frozen=True, slots=True)
class Author:
    """Whoever wrote; `team` is the workspace that they belong to, also where they are a guest of Slack Connect."""

    team: str
    user: str

    def __str__(self) -> str:
        return f"{self.team}/{self.user}"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message; the bytes are fetched with the app's token."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    url: str | None
    """None: Slack does not give it to this app (it is gone, or too large for the plan), or tells of it when asked.

    Of files in a channel that is shared with another organisation a message says nothing but the id.
    """


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody wrote a message.

    Attributes:
        kind: `im`, `mpim`, `channel` or `group`, as Slack calls the kinds of channels.
        reply: it stands in a thread below another message.
        machine: an app or a workflow wrote it.
    """

    where: Conversation
    ts: str
    author: Author
    text: str
    kind: str
    reply: bool
    machine: bool
    files: Sequence[File]

    @property
    def source_id(self) -> str:
        """The message, wherever it is heard of."""
        return f"{self.where.account}/{self.ts}"


@dataclass(frozen=True, slots=True)
class Revised:
    """Somebody changed a message of theirs; `text` None: took it back.

    Attributes:
        revision: Slack's name of what they did: the same one however often, and from wherever, it is heard.
        at: when they did, by Slack's clock, by which revisions of a message have their order; None: Slack does not say.
    """

    where: Conversation
    ts: str
    author: Author
    text: str | None
    revision: str
    at: datetime | None = None

    @property
    def source_id(self) -> str:
        """This very revision of the message."""
        return f"{self.where.account}/{self.ts}/{self.revision}"


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody put a reaction to a message."""

    channel: str
    ts: str
    user: str
    reaction: str
    event_id: str
    team: str = ""
    """The workspace in which we heard of it."""

    @property
    def source_id(self) -> str:
        """The event; a reaction can be put, taken away and put again."""
        return f"event/{self.event_id}"


Happening = Said | Revised | Reacted


def happening_of(envelope: Mapping[str, Any]) -> Happening | None:
    """What an `event_callback` tells; None: nothing that the desk looks at."""
    event = envelope.get("event")
    if envelope.get("type") != EVENT_CALLBACK or not isinstance(event, Mapping):
        return None
    try:
        team = _team(envelope)
        if event.get("type") == "message":
            # Who names no workspace of their own is of the one that Slack names, which in a shared channel is not ours.
            return _not_ours(_message(team, {"team": envelope.get("team_id"), **event}), envelope)
        if event.get("type") == "reaction_added":
            return _reaction(envelope, event)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return None


def _not_ours(happening: Happening | None, envelope: Mapping[str, Any]) -> Happening | None:
    """What was told, where our own words are a machine's: of files that an app shares Slack may name the user alone."""
    ours = {
        one.get("user_id")
        for one in envelope.get("authorizations") or ()
        if isinstance(one, Mapping) and one.get("is_bot")
    }
    if isinstance(happening, Said) and happening.author.user in ours:
        return replace(happening, machine=True)
    return None if isinstance(happening, Revised) and happening.author.user in ours else happening


def _team(envelope: Mapping[str, Any]) -> str:
    """The workspace in which the app heard it. In a shared channel `team_id` is that of whoever did it."""
    heard = envelope.get("context_team_id") or next(
        (one.get("team_id") for one in envelope.get("authorizations") or () if isinstance(one, Mapping)), None
    )
    return str(heard) if heard else _text(envelope, "team_id")


def is_heard_in(home: str, envelope: Mapping[str, Any]) -> bool:
    """Whether an event was heard in a workspace. Who did it may be of another one, in a channel that is shared.

    An app that others have installed as well is told of their workspaces too, in which its one token can do nothing.
    """
    named = envelope.get("authorizations")
    installed = [one for one in named if isinstance(one, Mapping)] if isinstance(named, list) else []
    if any(one.get("is_enterprise_install") for one in installed):
        return True  # for a whole organisation: Slack names no workspace
    heard = [team for team in (envelope.get("context_team_id"), *(one.get("team_id") for one in installed)) if team]
    return home in (heard or [envelope.get("team_id")])


def message_said(team: str, channel: str, kind: str, message: Mapping[str, Any]) -> Said | None:
    """What a message of a channel's history says; None: nobody wrote it."""
    return _said(team, {"channel": channel, "channel_type": kind, **message})


def _message(team: str, event: Mapping[str, Any]) -> Happening | None:
    subtype = event.get("subtype") or ""
    if subtype == "message_changed":
        return _changed(team, event)
    if subtype == "message_deleted":
        return _deleted(team, event)
    return _said(team, event)


def _said(team: str, event: Mapping[str, Any]) -> Said | None:
    subtype = event.get("subtype") or ""
    app = bool(event.get("bot_id")) or subtype == "bot_message"
    if subtype not in _SPOKEN and not app:
        return None
    user = event.get("user") or event.get("bot_id")
    if not isinstance(user, str):
        return None
    ts = _text(event, "ts")
    root = event.get("thread_ts") or ts
    return Said(
        where=Conversation(team, _text(event, "channel"), str(root)),
        ts=ts,
        author=_author(team, event, user),
        text=message_words(event),
        kind=str(event.get("channel_type") or "channel"),
        reply=root != ts,
        machine=app or user == _SLACKBOT,
        files=[file_of(file) for file in event.get("files") or () if isinstance(file, Mapping)],
    )


def _changed(team: str, event: Mapping[str, Any]) -> Revised | None:
    """Somebody edited their words. To add a preview or to count replies is a change for Slack too, without `edited`."""
    message, before = event["message"], event.get("previous_message") or {}
    if message.get("subtype") == _TOMBSTONE:
        return _taken_back(team, event, _text(message, "ts"))
    edited = message.get("edited")
    if not edited or message.get("bot_id"):
        return None
    if edited == before.get("edited") and message.get("text") == before.get("text"):
        return None  # else they edited it twice within the second that Slack names
    ts = _text(message if "ts" in message else before, "ts")
    where = Conversation(team, _text(event, "channel"), str(message.get("thread_ts") or ts))
    author = _author(team, message, _text(message, "user"))
    words, edited_ts = message_words(message), _text(edited, "ts")
    return Revised(where, ts, author, words, f"edited/{edited_ts}/{_tag(words)}", _edited_at(edited_ts, event))


def _tag(words: str) -> str:
    """Tells apart what was edited twice within a second: of an edit Slack names no more than that."""
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:_WORDS_TAG]


def _edited_at(edited_ts: str, event: Mapping[str, Any]) -> datetime | None:
    """When a message was edited: in the second that its own stamp says, at the moment that the event's says.

    The history gives no event; of what was edited within one second it shows the last alone.
    """
    edited, told = _time(edited_ts), _told_at(event)
    if edited is None or told is None:
        return edited or told
    return min(max(edited, told), edited + _WITHIN_A_SECOND)


def _told_at(event: Mapping[str, Any]) -> datetime | None:
    return _time(event.get("event_ts") or event.get("ts"))


def _time(ts: object) -> datetime | None:
    try:
        return time_of(ts) if isinstance(ts, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _deleted(team: str, event: Mapping[str, Any]) -> Revised | None:
    return _taken_back(team, event, _text(event, "deleted_ts"))


def _taken_back(team: str, event: Mapping[str, Any], ts: str) -> Revised | None:
    """Who took a message back only the message as it was before tells; what stands in its place is Slack's."""
    before = event.get("previous_message") or {}
    user = before.get("user")
    if not user or before.get("bot_id") or before.get("subtype") == _TOMBSTONE:
        return None
    where = Conversation(team, _text(event, "channel"), str(before.get("thread_ts") or ts))
    return Revised(where, ts, _author(team, before, str(user)), None, "deleted", _told_at(event))


def _reaction(envelope: Mapping[str, Any], event: Mapping[str, Any]) -> Reacted | None:
    item = event["item"]
    if item.get("type") != "message":
        return None
    return Reacted(
        _text(item, "channel"), _text(item, "ts"), _text(event, "user"), _text(event, "reaction"),
        _text(envelope, "event_id"), _team(envelope),
    )  # fmt: skip


def _author(team: str, event: Mapping[str, Any], user: str) -> Author:
    return Author(str(event.get("user_team") or event.get("source_team") or event.get("team") or team), user)


def file_of(file: Mapping[str, Any]) -> File:
    """A file as messages and `files.info` tell of it."""
    there = file.get("mode") not in ("tombstone", "hidden_by_limit") and file.get("file_access") != "access_denied"
    url = file.get("url_private_download") or file.get("url_private")
    size = file.get("size")
    return File(
        id=str(file.get("id", "")),
        name=str(file.get("name") or file.get("title") or file.get("id", "file")),
        media_type=str(file.get("mimetype") or "application/octet-stream"),
        size_bytes=size if isinstance(size, int) else 0,
        url=str(url) if url and there else None,
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing")
    return value
