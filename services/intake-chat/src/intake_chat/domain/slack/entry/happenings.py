"""Ways to the desk that are no event of Slack's: what somebody asks for by a command, and messages that are handed in.

Both come as interactions, which Slack gives once. So that they are as durable as everything else, each is stored in
CHAT as an event of our own, and read from there. Slack's doors never pass on events of these kinds: their names are
not Slack's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from intake_chat.domain.slack.events import Author, Happening, Said, happening_of, message_said
from intake_chat.domain.slack.message_words import message_words
from intake_chat.domain.slack.places import time_of

REQUEST: Final = "ventanilla_request"
HAND_IN: Final = "ventanilla_hand_in"
TICKET_EMOJI: Final = "ticket"
LONGEST_REQUEST: Final = 3_000
METADATA: Final = "ventanilla_request"
"""Event type in the metadata of a conversation's first message that we have written."""
_OURS: Final = "ventanilla_"
_LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Requested:
    """Somebody asks the desk for something, not in a conversation: theirs with the app is to become one.

    Attributes:
        id: of the dialog or command by which they asked: the same request has the same one.
        at: time stamp of when.
    """

    id: str
    author: Author
    text: str
    at: str

    @property
    def source_id(self) -> str:
        """The request, however often it comes."""
        return f"request/{self.author.team}/{self.id}"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Somebody makes a ticket of a message.

    Attributes:
        by: who does.
        channel: in which it stands.
        at: time stamp of when they did.
        said: the message as it was shown; None: it is still to be read (of a reaction Slack says no more).
    """

    by: Author
    channel: str
    ts: str
    at: str
    said: Said | None

    @property
    def source_id(self) -> str:
        """The message and who hands it in: who may not does not stand in the way of who may."""
        return f"hand-in/{self.by}/{self.channel}/{self.ts}"


@dataclass(frozen=True, slots=True)
class Heard:
    """Something said to the desk, in its place.

    Attributes:
        id: of the desk's event; None: the message's own.
        by: who brought it, where that was not its author.
        placeless: Slack lets us write nowhere: it has no conversation.
    """

    said: Said
    id: str | None = None
    by: Author | None = None
    placeless: bool = False


def what_happened(envelope: Mapping[str, Any]) -> Happening | Requested | HandedIn | None:
    """What an accepted event tells, of Slack's kinds and of ours; None: nothing that the desk looks at."""
    kind = envelope.get("type")
    if kind not in (REQUEST, HAND_IN):
        return happening_of(envelope)
    try:
        return _requested(envelope) if kind == REQUEST else _handed_in(envelope)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def request(id_: str, author: Author, text: str, at: str) -> dict[str, Any]:
    """The event for a request, to be accepted."""
    return {
        "type": REQUEST,
        "team_id": author.team,
        "id": id_[:_LONGEST_ID],
        "user": author.user,
        "text": text[:LONGEST_REQUEST],
        "at": at,
    }


def hand_in(by: Author, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The event for a message shortcut, as `message_action` tells of it; None: it names no message."""
    message, channel = payload.get("message"), payload.get("channel") or {}
    if not isinstance(message, Mapping) or not message.get("ts") or not channel.get("id"):
        return None
    kind = "im" if str(channel["id"]).startswith("D") else "channel"
    # What stands in blocks and attachments alone is kept as the words that it is.
    kept = {key: value for key, value in message.items() if key not in ("blocks", "attachments")}
    kept["text"] = message_words(message)
    return {
        "type": HAND_IN,
        "team_id": by.team,
        "user": by.user,
        "channel": str(channel["id"]),
        "kind": kind,
        "at": str(payload.get("action_ts") or message["ts"]),
        "message": kept,
    }


def is_somebodys(envelope: Mapping[str, Any]) -> bool:
    """Whether somebody or an app wrote what is handed in. What Slack says of a channel (who joined it) nobody did."""
    happening = what_happened(envelope)
    return isinstance(happening, HandedIn) and happening.said is not None


def is_ours(message: Mapping[str, Any]) -> bool:
    """Whether the desk itself has written a message, as Slack shows it with its metadata."""
    return str((message.get("metadata") or {}).get("event_type") or "").startswith(_OURS)


def own(said: Said, by: Author) -> Said:
    """A message that nobody wrote (an alert, say), as the matter of whoever hands it in."""
    return replace(said, author=by, machine=False)


def _requested(envelope: Mapping[str, Any]) -> Requested:
    author = Author(str(envelope["team_id"]), str(envelope["user"]))
    text, at = str(envelope["text"]), str(envelope["at"])
    time_of(at)
    if not text.strip() or not envelope["id"]:
        raise ValueError("a request without words")
    return Requested(str(envelope["id"]), author, text, at)


def _handed_in(envelope: Mapping[str, Any]) -> HandedIn:
    by = Author(str(envelope["team_id"]), str(envelope["user"]))
    channel, message = str(envelope["channel"]), envelope["message"]
    said = message_said(by.team, channel, str(envelope["kind"]), message)
    at = str(envelope["at"])
    time_of(at)
    return HandedIn(by, channel, str(message["ts"]), at, said)
