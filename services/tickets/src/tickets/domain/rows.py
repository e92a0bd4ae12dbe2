"""Rows as they will be written: what settling a batch, or an agent's work, leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.domain.callbacks.wishes import Callback
from tickets.domain.correspondence.notices import Notice
from tickets.domain.correspondence.participants import Participant
from tickets.domain.ladders.pages import Page
from tickets.domain.settling.bounces import SentMail
from tickets.domain.settling.incoming import Contact, Incoming, Place, TicketRow
from tickets.domain.settling.reach import Reach
from tickets.domain.webhooks import WebhookCall

BOT: Final = "bot:"
"""The actor of what a program wrote by itself, before its name."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message of a ticket."""

    id: UUID
    ticket_number: int
    kind: str
    event_id: str
    channel: str
    account: str
    author_address: str
    author_name: str
    subject: str
    body: str
    body_html: str | None
    body_cut: bool
    language: str | None
    automation: str
    rfc_message_id: str | None
    addressed: str
    attachments: str
    raw: str | None
    sent_at: datetime | None
    accepted_at: datetime
    intake_epoch: int | None
    intake_sequence: int | None
    notification_id: str | None = None
    delivery_state: str | None = None
    reply_text: str | None = None
    findings: str | None = None
    came_by: int | None = None
    """The merged ticket by which it came, where it lies in the one in which that goes on."""
    fallback_to: str | None = None
    """Where it went, if not to whom it was addressed: another way to them. Not everybody's to read."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The end of an acceptance."""

    accepted: Place
    channel: str
    event_id: str
    outcome: str
    reason: str
    ticket_number: int | None
    message_id: UUID | None
    intake: Place
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Who did what to a ticket, when and why."""

    ticket_number: int
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event that leaves when the transaction has committed."""

    type: str
    source: str
    payload: Mapping[str, Any]
    traceparent: str | None
    medium: str | None = None
    notification_id: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that will happen to a ticket: see `domain.timers.due`."""

    key: str
    due_at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Settlement:
    """All rows of a batch. `changed` holds tickets that existed, as they are now.

    Whoever asks for a ticket takes part in it: that needs no row in `participants`.
    """

    created: list[TicketRow] = field(default_factory=list)
    skills: dict[int, Sequence[str]] = field(default_factory=dict)
    """New ticket → what whoever takes it should be able to do; not there: nothing special."""
    turns: dict[str, str] = field(default_factory=dict)
    """Team → who had the last turn, where some of these tickets were handed out."""
    changed: dict[int, TicketRow] = field(default_factory=dict)
    answered: dict[int, datetime] = field(default_factory=dict)
    """Tickets that an agent answered for the first time in the customer's own thread → when."""
    messages: list[MessageRow] = field(default_factory=list)
    routings: list[tuple[UUID, str]] = field(default_factory=list)
    references: list[tuple[str, str, int, UUID, bool]] = field(default_factory=list)
    """(account, id, ticket, message, own)"""
    history: list[HistoryRow] = field(default_factory=list)
    search: list[tuple[int, str]] = field(default_factory=list)
    quarantined: list[Incoming] = field(default_factory=list)
    quarantine_reasons: dict[UUID, str] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    notices: list[tuple[Notice, Incoming]] = field(default_factory=list)
    contacts: dict[int, Contact] = field(default_factory=dict)
    retagged: set[int] = field(default_factory=set)
    """Changed tickets whose tags changed."""
    returned: dict[UUID, tuple[SentMail, str]] = field(default_factory=dict)
    """Mails of ours of whose fate something is known now, and what in a few words."""
    reaches: dict[str, Reach] = field(default_factory=dict)
    """Mail address → the way to it, where that has changed."""
    participants: list[Participant] = field(default_factory=list)
    followers: list[tuple[int, str, datetime]] = field(default_factory=list)
    """(ticket, agent, since when) of those who follow it because they took a call."""
    timers: dict[tuple[int, str], Sequence[Timer]] = field(default_factory=dict)
    """(ticket, kind) → what is to happen by itself from now on; replaces whatever of that kind waited before."""
    waits: list[tuple[int, str, Timer]] = field(default_factory=list)
    """(ticket, kind, row) of what is to happen besides whatever of that kind waits already."""
    restarted: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    """Tickets that existed and have another status → that, since when: its timers start."""
    pages: list[Page] = field(default_factory=list)
    webhooks: list[WebhookCall] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)

    def add(self, other: "Settlement") -> None:
        """Everything of another one as well."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            mine.extend(theirs) if isinstance(mine, list) else mine.update(theirs)
