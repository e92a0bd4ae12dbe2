"""Replies that wait a little before they go: what is kept of them meanwhile, and how they end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.recipients import Wanted

KIND: Final = "held_reply"
"""Of the rows in `due` that send them."""
HELD, SENT, RECALLED, FAILED = "held", "sent", "recalled", "failed"
STATES: Final = (HELD, SENT, RECALLED, FAILED)
LONGEST: Final = timedelta(seconds=60)
RECALL_LINE, FAILED_LINE = "reply.recalled", "reply.unsent"
"""What the history calls their ends; a reply that is sent has the line of every reply."""
UNSENT: Final = "unsent"
"""What `ticket.message_changed` says of one that could not be sent; it never became a message, so it is named."""


@dataclass(frozen=True, slots=True)
class Author:
    """Whose reply it is, as they asked for it."""

    token_id: int
    name: str
    actor: str
    agent: str | None
    bot: bool
    admin: bool
    via: str | None


@dataclass(frozen=True, slots=True)
class HeldReply:
    """A reply that waits, or did.

    Attributes:
        reply: its fields as plain data; of one that was sent what it asked for of the ticket, without words.
    """

    id: UUID
    ticket_number: int
    send_at: datetime
    state: str
    why: str
    message_id: UUID | None
    reply: Mapping[str, Any]
    author: Author


@dataclass(frozen=True, slots=True)
class Became:
    """The message that a reply became, as far as that has come.

    Attributes:
        changeable_until: until when it can be changed where its customer reads it; None: it cannot, or not yet.
        revised: it was, or somebody asked for it.
    """

    delivery: str | None = None
    detail: str | None = None
    changeable_until: datetime | None = None
    revised: bool = False


def people_as_data(wanted: Wanted) -> dict[str, Any]:
    """Whom an agent named, to be kept."""
    named = {"to": wanted.to, "cc": wanted.cc, "bcc": wanted.bcc}
    return {role: None if who is None else [one.as_party() for one in who] for role, who in named.items()}


def people_of(kept: Mapping[str, Any]) -> Wanted:
    """Whom an agent named, as it was kept."""
    return Wanted(_people(kept["to"]), _people(kept["cc"]), _people(kept["bcc"]) or ())


def _people(kept: Sequence[Mapping[str, str]] | None) -> Sequence[Person] | None:
    return None if kept is None else [Person(one["address"], one["name"]) for one in kept]
