"""A routed message as the ticket service sees it, and what the database holds about its surroundings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.domain.settling.reach import REACHED, Reach
from tickets.domain.settling.threads import Claim, KnownReference, ThreadTicket
from ventanilla_contracts import ids
from ventanilla_contracts.decisions import Decision, RuleTexts
from ventanilla_contracts.events import Undelivered
from ventanilla_contracts.parts import WantedCallback
from ventanilla_contracts.words import identity_kind

_AUTOMATIC = frozenset({"auto-replied", "auto-generated", "bounce", "feedback", "dsn"})
REPORTS = frozenset({"bounce", "dsn"})
"""Automation of messages that say what became of a mail."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies in a stream; `epoch` stands for (stream, created-at)."""

    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """One accepted message with the router's decision.

    Attributes:
        accepted: key of the acceptance; the ledger row.
        intake: place in INTAKE; with `accepted_at` the order inside a ticket.
        accepted_at: the broker's time of acceptance. Service levels start here.
        routing: the router's event without the message and the texts of its rules, as JSON text.
        rule_texts: what the rules ask, where the event tells it.
    """

    id: UUID
    event_id: str
    accepted: Place
    intake: Place
    accepted_at: datetime
    channel: str
    account: str
    disposition: str
    disposition_reason: str
    sender_address: str
    sender_name: str
    grade: str
    subject: str
    text: str
    text_cut: bool
    automation: str
    claim: Claim
    named: frozenset[str]
    """From, To and Cc addresses."""
    addressed: str
    attachments: str
    raw: str | None
    sent_at: datetime | None
    decision: Decision
    routing: str
    traceparent: str | None
    event: bytes = b""
    """The router's whole event: kept with what goes to quarantine, so that releasing it starts from the same bytes."""
    brought_by: str | None = None
    """Who brought it to the desk, where that was not the sender."""
    reply_text: str | None = None
    """What of the text is newly written; None: all of it."""
    html: str | None = None
    language: str | None = None
    findings: str | None = None
    """Verdicts and reports about the message, as JSON text; None where there is nothing to say."""
    notes: tuple[str, ...] = ()
    """What of the message is only in its original."""
    dangerous: tuple[tuple[str, str], ...] = ()
    """Files that can do harm when opened: name, and why as `Attachment.dangerous` says it."""
    rule_texts: RuleTexts | None = None
    suspicion: str | None = None
    """Why the sender may be somebody else."""
    verdict: str = ""
    """The findings behind suspicion or spam in a few words."""
    undelivered: Sequence[Undelivered] = ()
    """Of a bounce or report: whom a mail did or did not reach."""
    member_mail: str | None = None
    """Confirmed mail address of a sender who is a member of our own workspace in a chat."""
    announcements: tuple[str, ...] = ()
    """Keys of announcements of whose end whoever called wants to be told."""
    taken_by: str | None = None
    """Of a call that somebody of the desk took: the handle of an agent, as the intake says."""
    callback: WantedCallback | None = None
    """Of a call whose caller wants to be called back."""

    @property
    def writer(self) -> tuple[str, str]:
        """(kind of identity, address): who wrote, as contacts are known."""
        return identity_kind(self.channel), self.sender_address

    @property
    def said_about(self) -> tuple[int, ...]:
        """The ticket that a caller says it is about; that alone joins nothing."""
        return (self.callback.ticket,) if self.callback and self.callback.ticket else ()

    @property
    def automatic(self) -> bool:
        """Written by a machine: never answered, and it does not wake a ticket."""
        return self.automation in _AUTOMATIC


@dataclass(frozen=True, slots=True)
class Settled:
    """How an acceptance ended."""

    outcome: str
    ticket_number: int | None
    message_id: UUID | None
    vanished: bool = False
    event_id: str = ""
    """Whose acceptance it was; "": not known."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person, as far as settling a message needs to know."""

    id: int
    language: str | None
    acknowledged_since: datetime
    acknowledged_count: int
    reach: Reach = REACHED
    """Whether mail gets to the address under which they were looked up."""


@dataclass(frozen=True, slots=True)
class Staff:
    """An agent who wrote in a channel where customers write."""

    handle: str
    name: str


@dataclass(slots=True)
class Surroundings:
    """What the database holds about a batch of messages. `references` and `tickets` grow while the batch is settled."""

    settled: Mapping[Place, Settled]
    effects: Mapping[UUID, int | None]
    """Ids of messages and quarantined messages that exist → ticket number."""
    tickets: dict[int, "TicketRow"]
    references: dict[str, list[KnownReference]] = field(default_factory=dict)
    recent: dict[int, list[tuple[str, float]]] = field(default_factory=dict)
    """Ticket → (author, Unix time of acceptance) of what came in for it lately."""
    staff: Mapping[str, Staff] = field(default_factory=dict)
    """Address in a chat → agent at work, of those who wrote."""

    def copy(self) -> "Surroundings":
        """The same, to try something out: what grows here does not grow there."""
        references = {id_: list(places) for id_, places in self.references.items()}
        recent = {number: list(entries) for number, entries in self.recent.items()}
        return Surroundings(self.settled, self.effects, dict(self.tickets), references, recent, self.staff)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as it is stored."""

    number: int
    version: int
    subject: str
    type: str
    category: str
    status: str
    impact: str
    urgency: str
    priority: str
    tier: str
    team: str
    assignee: str | None
    channel: str
    account: str
    requester_id: int
    requester_address: str
    requester_name: str
    requester_grade: str
    language: str
    tags: Sequence[str]
    policy: str
    cause: str | None
    resolution: str | None
    related_to: int | None
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    status_since: datetime | None = None
    """Since when it has its status; None: since it exists, or nobody noted it then."""
    participants: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    """Participants whom an agent removed."""
    aside: frozenset[str] = frozenset()
    """Participants who were asked aside: what they write is nobody's request."""
    merged_into: int | None = None
    """The ticket in which it goes on; None: it is its own."""
    conversation: str | None = None
    """Where it is talked about with the customer in a chat, as the channel names it."""
    requester_since: datetime | None = None
    """Since when whoever asks may read what is said; None: since it exists."""
    page_epoch: int = 0
    """How often links to its status page were made to lead nowhere: whoever asks changed, others may have read them."""
    skills: tuple[str, ...] = ()
    """What whoever takes it should be able to do."""
    written_in: str | None = None
    """In which language the customer wrote, where that is known; `language` is that of the answers."""

    @property
    def thread(self) -> ThreadTicket:
        """What of the ticket matters for threading."""
        return ThreadTicket(
            self.number,
            self.status,
            self.account,
            self.participants,
            self.merged_into,
            self.requester_address,
            self.conversation,
        )

    def snapshot(self) -> dict[str, Any]:
        """The form in which events carry a ticket (`TicketSnapshot`)."""
        return {
            "number": self.number,
            "version": self.version,
            "subject": self.subject,
            "type": self.type,
            "category": self.category,
            "status": self.status,
            "priority": self.priority,
            "tier": self.tier,
            "team": self.team,
            "assignee": self.assignee,
            "channel": self.channel,
            "requester": {"address": self.requester_address, "name": self.requester_name},
            "language": self.language,
            "tags": list(self.tags),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def search_facets(self) -> dict[str, str | None]:
        """The fields that a list can be filtered by."""
        return {
            "type": self.type,
            "category": self.category,
            "status": self.status,
            "priority": self.priority,
            "tier": self.tier,
            "team": self.team,
            "assignee": self.assignee or "none",
            "channel": self.channel,
            "requester": self.requester_address,
        }


def effect_id(event_id: str) -> UUID:
    """The id of what an event causes, as the contracts have it."""
    return ids.effect_id(event_id)
