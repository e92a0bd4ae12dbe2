"""Messages that their authors edit or delete in a chat after the desk has them.

What a message said before stays with it. Of a deleted one nobody reads it any more but, for some weeks, whoever may
change the desk: it may have been deleted to hide something, or because it should never have been written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

EDITED, DELETED = "edited", "deleted"
UNCHANGED: Final = "unchanged"
KEPT_DAYS: Final = 30
"""So long what a deleted message said can still be read."""
MOST_KEPT: Final = 100
"""Former texts of one message; what was there in between later ones is not kept."""
_AUTHORS: Final = frozenset({"customer", "agent"})
_OF_THE_MESSAGE: Final = "message."


@dataclass(frozen=True, slots=True)
class Revision:
    """What somebody did to a message of theirs.

    Attributes:
        message_id: as the channel names the message; `account` makes it unique.
        id: as the channel names what they did.
        author: address of whoever wrote the message.
        at: when they did it, by the channel's clock: the order of what was done to a message.
        via: on which way they did it, as the history says it of agents.
        subject: what the message would be called as it is now; empty: nothing is left to call it after.
    """

    account: str
    message_id: str
    id: str
    kind: str
    author: str
    text: str
    text_cut: bool
    at: datetime
    via: str | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class RevisedMessage:
    """A message as it stands.

    Attributes:
        revised_at: when the last thing was done to it that is known, even if it changed nothing; None: nothing was.
        agent: handle of whoever wrote it, where that is known and an agent.
        revisions: how many of its former texts are kept.
        noted: this very revision is among them.
    """

    id: UUID
    ticket_number: int
    kind: str
    author_address: str
    subject: str
    body: str
    body_cut: bool
    language: str | None
    revised_at: datetime | None
    deleted_at: datetime | None
    revisions: int
    noted: bool
    agent: str | None

    @property
    def actor(self) -> str:
        """Its author, as the history names them."""
        if self.kind == "customer":
            return "customer"
        return f"agent:{self.agent}" if self.agent else "agent"


def why_ignored(message: RevisedMessage, revision: Revision) -> str | None:
    """Why a revision changes nothing, in a word for the log; None: it is to be noted."""
    if revision.kind not in (EDITED, DELETED):
        return "unknown_kind"
    if message.author_address != revision.author or message.kind not in _AUTHORS:
        return "not_the_author"
    if message.noted:
        return "known"
    if message.deleted_at is not None:
        return "deleted"
    if revision.kind == EDITED and (message.body, message.body_cut) == (revision.text, revision.text_cut):
        return UNCHANGED  # a link was unfolded, a reaction counted; or back to what was there at first
    return None


def is_called_after(subject: str, message: RevisedMessage) -> bool:
    """Whether a ticket is called after a message still: what its author takes out, nobody is to read there either."""
    return bool(message.subject) and subject == message.subject


def subject_after(message: RevisedMessage, revision: Revision) -> str | None:
    """What a message is called once it was revised; empty: nothing is left, None: as it was."""
    if revision.kind == DELETED or not message.subject:
        return ""
    if not revision.subject and revision.text.strip():
        return None  # an older release of the channel's service does not say
    return revision.subject


def is_late(message: RevisedMessage, revision: Revision) -> bool:
    """Whether a later text stands already: what this one says was there in between."""
    return revision.kind == EDITED and message.revised_at is not None and revision.at <= message.revised_at


def without_words(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A stored decision of the router without what its rules saw of the message itself."""
    facts = {name: value for name, value in decision.get("facts", {}).items() if not _is_of_message(name)}
    blind = {**decision, "facts": facts}
    blind.pop("found", None)  # phrases are looked for in nothing but messages
    if "trace" in decision:
        blind["trace"] = [_blind(rule) for rule in decision["trace"]]
    return blind


def _blind(rule: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [
        {**one, "saw": {name: value for name, value in one.get("saw", {}).items() if not _is_of_message(name)}}
        for one in rule.get("conditions", ())
    ]
    return {**rule, "conditions": conditions}


def _is_of_message(fact: str) -> bool:
    return fact.startswith(_OF_THE_MESSAGE)
