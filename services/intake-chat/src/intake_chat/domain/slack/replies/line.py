"""The one line about a reply in the thread of its ticket's card: it waits, went, arrived, was undone, or failed.

What arrived in a chat can be edited and taken back by whoever wrote it; the line says that, and whether it is seen.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from intake_chat.domain.slack import blocks as made
from intake_chat.domain.slack.cards.card import marked, quoted
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.mrkdwn import inert, shown_name
from intake_chat.domain.slack.replies.words import phrase

Json = dict[str, Any]
METADATA: Final = "ventanilla_reply"
UNDO, RETRY = "reply_undo", "reply_retry"
EDIT, TAKE_BACK = "reply_edit", "reply_take_back"
HELD, SENT, DELIVERED, RECALLED, FAILED, UNSENT = "held", "sent", "delivered", "recalled", "failed", "unsent"
EDITING, EDITED, NOT_EDITED = "editing", "edited", "not_edited"
TAKING, TAKEN, NOT_TAKEN = "taking", "taken", "not_taken"
DONE: Final = frozenset({DELIVERED, RECALLED, FAILED, UNSENT, EDITED, NOT_EDITED, TAKEN, NOT_TAKEN})
_REVISED: Final[Mapping[tuple[str, str], str]] = {
    ("edited", "queued"): EDITING,
    ("edited", "delivered"): EDITED,
    ("edited", "failed"): NOT_EDITED,
    ("deleted", "queued"): TAKING,
    ("deleted", "delivered"): TAKEN,
    ("deleted", "failed"): NOT_TAKEN,
}
_KNOWN: Final = frozenset({HELD, SENT, EDITING, TAKING, *DONE})
_WORDLESS: Final = frozenset({TAKING, TAKEN})
"""Nobody is to read any more what was taken back."""
_NOT_ARRIVED: Final = frozenset({FAILED, UNSENT})
_WITH_REASON: Final = frozenset({FAILED, UNSENT, NOT_EDITED, NOT_TAKEN})
LONGEST_EXTRACT: Final = 600
_LONGEST_FILE_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What is kept of a reply until its end is shown.

    Attributes:
        id: of the reply, at the ticket service.
        channel, root: where the line is to stand; "" as root: under no message; "" as channel: nobody knows yet.
        user: who wrote it, in Slack.
        ts: the line; "" until it stands.
        posting_at: when a post was begun, in seconds since 1970; 0: never, or its end is known.
        shown: the state that the line shows, behind a dot with the revision that it is of.
        since: when it was written, in seconds since 1970.
        message: of the ticket, where the line is about one that was revised.
        to_author: it is no line of the thread, but tells whoever wrote the reply, directly, that it did not arrive.
        files: their names, as far as they are known.
    """

    id: str
    number: int
    user: str
    name: str
    text: str
    language: str
    since: float
    channel: str = ""
    root: str = ""
    ts: str = ""
    posting_at: float = 0.0
    shown: str = ""
    message: str = ""
    to_author: bool = False
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """By which it is known apart from every other line."""
        return f"{self.id}_author" if self.to_author else self.id

    def told_to_author(self) -> "ReplyLine | None":
        """What its author is told directly besides: a line that changes calls nobody, and its thread may be another
        team's by now. None: its author has this very line, or it says nothing that they must know.
        """
        if self.shown not in _NOT_ARRIVED or not self.user or not self.root or self.message:
            return None
        return replace(self, channel="", root="", ts="", posting_at=0.0, shown="", to_author=True)

    @classmethod
    def parse(cls, value: bytes) -> "ReplyLine | None":
        """What was kept; None: nothing that this release can read, or nothing any more."""
        try:
            found = json.loads(value or b"{}")
            known = {name: found[name] for name in (one.name for one in fields(cls)) if name in found}
            return cls(**{**known, "files": tuple(map(str, known.get("files") or ()))})
        except (ValueError, TypeError, AttributeError):
            return None

    def written(self) -> bytes:
        """The form in which it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()


def state_of(answer: Mapping[str, Any]) -> str:
    """How a reply stands, by what the ticket service says of it."""
    if answer["state"] == "sent":
        delivery = answer.get("delivery")
        return DELIVERED if delivery in ("delivered", "read") else FAILED if delivery in ("failed", "bounced") else SENT
    return UNSENT if answer["state"] == "failed" else str(answer["state"])


@dataclass(frozen=True, slots=True)
class Stands:
    """How a reply stands.

    Attributes:
        why: it failed; of a delivered one what the customer has not got.
        message: id of the message that it became, where that can be edited and taken back; else "".
        revision: how often something was made of it since.
        text: what it says; None: what it said.
    """

    state: str
    why: str = ""
    message: str = ""
    revision: int = 0
    text: str | None = None

    @property
    def shown(self) -> str:
        """The state as it is remembered of a line."""
        return f"{self.state}.{self.revision}" if self.revision else self.state


def is_done(shown: str) -> bool:
    """Whether a line that shows this is not looked after any more."""
    return shown.partition(".")[0] in DONE


def revised_state(message: Mapping[str, Any]) -> tuple[str, int, str]:
    """(state, number of the last revision, why it failed) of a message, by what the ticket service says of it."""
    revision = message.get("revision")
    if not revision:
        return DELIVERED, 0, ""
    state = _REVISED.get((str(revision["kind"]), str(revision["state"])), EDITING)
    return state, int(revision["number"]), str(revision.get("detail") or "") if state in _WITH_REASON else ""


def reply_line(line: ReplyLine, stands: Stands, mention: str = "") -> tuple[str, list[Json]]:
    """(text for notifications, blocks) of the line as a reply stands.

    Args:
        mention: of whoever wrote it, where the line is to call them; else their name stands there.
    """
    state, why = stands.state, stands.why
    key = f"line.{state if state in _KNOWN else SENT}"
    if state in _NOT_ARRIVED and line.channel and not line.root:  # nothing around it says which ticket it is about
        first = phrase(f"line.author.{state}", line.language, number=str(line.number))
    else:
        first = phrase(key, line.language, name=mention or inert(shown_name(line.name)))
    text = line.text if stands.text is None else stands.text[:LONGEST_EXTRACT]
    blocks: list[Json] = [{"type": "section", "text": marked(first)}]
    if state not in _WORDLESS:
        blocks = quoted(text, first)
        if line.files:
            names = ", ".join(made.cut(name, _LONGEST_FILE_NAME) for name in line.files)
            blocks.append(made.small(card_word("line.files", line.language, names=names)))
    if why and state in (DELIVERED, *_WITH_REASON):
        text = (why if state == DELIVERED else phrase("line.why", line.language, why=why))[:500]
        blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": False}]})
    button = {HELD: UNDO, FAILED: RETRY, UNSENT: RETRY}.get(state)
    if button is not None:
        words = phrase("line.undo" if button == UNDO else "line.retry", line.language)
        element = {
            "type": "button",
            "action_id": button,
            "text": {"type": "plain_text", "text": words, "emoji": False},
            "value": f"{line.number}:{line.id}",
        }
        blocks.append({"type": "actions", "block_id": "reply", "elements": [element]})
    if stands.message and state not in _WORDLESS:
        blocks.append(made.buttons("reply", _changing(line, stands)))
    return first, blocks


def _changing(line: ReplyLine, stands: Stands) -> list[Json]:
    """The buttons for whoever wrote it. What could not be taken back has no words that could be edited."""
    language, value = line.language, f"{line.number}:{stands.message}:{line.user}"
    asked = made.Confirmation(
        title=phrase("take_back.title", language),
        text=phrase("take_back.sure", language),
        yes=phrase("line.take_back", language),
        no=phrase("cancel", language),
    )
    take_back = made.button(TAKE_BACK, phrase("line.take_back", language), value, confirm=asked)
    edit = made.button(EDIT, phrase("line.edit", language), value)
    return [take_back] if stands.state == NOT_TAKEN else [edit, take_back]


def message_named(value: str) -> tuple[int, str, str]:
    """Number of the ticket, id of the message, and who wrote it in Slack, that a button of the line names.

    Raises:
        NotOurs: it is no such button's value.
    """
    reply, _, user = value.rpartition(":")
    number, message = reply_named(reply)
    return number, message, user


def reply_named(value: str) -> tuple[int, str]:
    """Number of the ticket and id of the reply that a button of the line names.

    Raises:
        NotOurs: it is no such button's value.
    """
    number, colon, id_ = value.partition(":")
    if not colon or not number.isdigit() or not id_ or not id_.replace("-", "").isalnum():
        raise NotOurs(f"{value[:60]!r} names no reply")
    return int(number), id_
