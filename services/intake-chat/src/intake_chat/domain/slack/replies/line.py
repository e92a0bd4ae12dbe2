"""The one line about a reply in the thread of its ticket's card: it waits, went, arrived, was undone, or failed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from intake_chat.domain.slack.cards.card import quoted
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.mrkdwn import inert, shown_name
from intake_chat.domain.slack.replies.words import phrase

Json = dict[str, Any]
METADATA: Final = "ventanilla_reply"
UNDO, RETRY = "reply_undo", "reply_retry"
HELD, SENT, DELIVERED, RECALLED, FAILED, UNSENT = "held", "sent", "delivered", "recalled", "failed", "unsent"
DONE: Final = frozenset({DELIVERED, RECALLED, FAILED, UNSENT})
LONGEST_EXTRACT: Final = 600


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What is kept of a reply until its end is shown.

    Attributes:
        id: of the reply, at the ticket service.
        channel, root: where the line is to stand; "" as root: under no message; "" as channel: nobody knows yet.
        user: who wrote it, in Slack.
        ts: the line; "" until it stands.
        posting_at: when a post was begun, in seconds since 1970; 0: never, or its end is known.
        shown: the state that the line shows.
        since: when it was written, in seconds since 1970.
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

    @classmethod
    def parse(cls, value: bytes) -> "ReplyLine | None":
        """What was kept; None: nothing that this release can read, or nothing any more."""
        try:
            found = json.loads(value or b"{}")
            known = {name: found[name] for name in (one.name for one in fields(cls)) if name in found}
            return cls(**known)
        except (ValueError, TypeError, AttributeError):
            return None

    def written(self) -> bytes:
        """The form in which it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()


def state_of(answer: Mapping[str, Any]) -> str:
    """How a reply stands, by what the ticket service says of it."""
    if answer["state"] == "sent":
        delivery = answer.get("delivery")
        return DELIVERED if delivery == "delivered" else FAILED if delivery in ("failed", "bounced") else SENT
    return UNSENT if answer["state"] == "failed" else str(answer["state"])


def reply_line(line: ReplyLine, state: str, why: str) -> tuple[str, list[Json]]:
    """(text for notifications, blocks) of the line in a state.

    Args:
        why: it failed; of a delivered one what the customer has not got.
    """
    key = f"line.{state if state in (HELD, SENT, *DONE) else SENT}"
    first = phrase(key, line.language, name=inert(shown_name(line.name)))
    blocks = quoted(line.text, first)
    if why and state in (FAILED, UNSENT, DELIVERED):
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
    return first, blocks


def reply_named(value: str) -> tuple[int, str]:
    """Number of the ticket and id of the reply that a button of the line names.

    Raises:
        NotOurs: it is no such button's value.
    """
    number, colon, id_ = value.partition(":")
    if not colon or not number.isdigit() or not id_ or not id_.replace("-", "").isalnum():
        raise NotOurs(f"{value[:60]!r} names no reply")
    return int(number), id_
