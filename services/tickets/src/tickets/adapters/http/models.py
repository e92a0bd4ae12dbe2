"""The API's answers as models: they make the OpenAPI document, and nothing is passed through them at run time."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.delivery_models import Delivery, SentRevision
from tickets.adapters.http.level_models import ServiceLevel
from tickets.adapters.http.names import Names
from tickets.adapters.http.routing_models import LaterDecision, SplitOff
from ventanilla_contracts.decisions import GroupTrace, RuleSetRef, RuleTrace

T = TypeVar("T")


class Fault(Answer):
    """One fault of a request."""

    detail: str
    pointer: str | None = Field(None, description="JSON pointer into the body.")
    parameter: str | None = Field(None, description="Name of the query parameter.")
    header: str | None = None


class Problem(Answer):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:ventanilla:problem:invalid",
                    "title": "The request has a field that is wrong",
                    "status": 422,
                    "detail": "status: 'opne' is none of new, open, pending, on_hold, solved, closed",
                    "instance": "/api/v1/tickets",
                    "correlation_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                    "errors": [{"parameter": "status", "detail": "'opne' is none of new, open, …"}],
                }
            ]
        }
    )
    type: str
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str | None
    errors: list[Fault] = Field(default_factory=list)
    current_version: int | None = Field(None, description="Of the ticket, where another version was expected.")
    missing_scope: str | None = None
    addresses: list[str] | None = Field(None, description="To which mail comes back, where one was to be sent there.")
    assignee: str | None = Field(None, description="Who has the ticket, where somebody else was to have it.")
    since: datetime | None = Field(None, description="Since when they have it.")


class Page(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(description="`cursor` of the next page; null on the last.")


class Identity(Answer):
    """An address under which somebody writes."""

    kind: str = Field(examples=["email"])
    address: str


class Requester(Answer):
    """Who asked."""

    name: str
    identities: list[Identity]
    grade: str = Field(description="How sure the identity is: verified, plausible or claimed.")


class TicketLinks(Answer):
    """Where to go from a ticket."""

    self: str
    messages: str
    history: str
    routing: str
    participants: str
    status_page: str | None = Field(
        description="The customer's page; whoever has this address may read and answer. Only for tokens with `write`."
    )


class NextCallback(Answer):
    """A callback that is planned or goes on."""

    state: str = Field(examples=["scheduled", "due", "talking"])
    team: str
    agent: str | None
    attempt: int = Field(description="How many have begun.")
    next_at: datetime = Field(description="When the next attempt begins; of one that goes on its time limit.")


class Ticket(Answer):
    """A ticket."""

    number: int = Field(examples=[4711])
    subject: str
    type: str = Field(examples=["incident"])
    category: str
    status: str = Field(examples=["open"])
    impact: str
    urgency: str
    priority: str
    tier: str
    team: str
    team_retired: bool = Field(False, description="Its team is retired: any agent may take it on, and hand it over.")
    assignee: str | None
    callback: NextCallback | None = Field(None, description="The next of its callbacks; null in lists, or without one.")
    channel: str
    account: str
    requester: Requester
    language: str
    tags: list[str]
    skills: list[str] = Field(description="Whoever takes it should have them.")
    cause: str | None
    resolution: str | None
    related_to: int | None
    merged_into: int | None = Field(description="The ticket in which it goes on; null: it is its own.")
    merged: list[int] = Field(description="Tickets that go on in this one.")
    version: int
    created_at: datetime
    updated_at: datetime
    solved_at: datetime | None
    closed_at: datetime | None
    service_level: ServiceLevel
    links: TicketLinks
    names: Names = Field(description="What its team and whoever has it are called.")


class Party(Answer):
    """Somebody named by a message."""

    address: str
    name: str


class Writer(Party):
    """Who wrote a message."""

    handle: str | None = Field(description="Of the agent who wrote it here; null: nobody did, or it is not known.")


class File(Answer):
    """A file that came with a message or went out with one."""

    id: str
    filename: str
    content_type: str
    size_bytes: int
    inline: bool
    detected_type: str | None = Field(description="What the bytes prove it to be; null: they prove nothing.")
    dangerous: str | None = Field(
        description="Why opening it can do harm; null: nothing speaks for it, or nobody looked.",
        examples=["executable", "script", "markup", "macros", "disguised"],
    )
    url: str


class Message(Answer):
    """A message of a ticket."""

    id: str
    ticket_number: int
    came_by: int | None = Field(
        description="The merged ticket in whose conversation it stands; un-merging takes it back there, unless it was"
        " sent from here. null: in this one's."
    )
    kind: str = Field(examples=["customer", "agent", "note", "automatic"])
    channel: str
    author: Writer
    to: list[Party]
    cc: list[Party]
    bcc: list[Party] = Field(description="Of an agent's answer: who got it without being named in it.")
    suggested_cc: list[Party] = Field(
        description="In copy of a mail whose sender is not proven: an agent may add them to the ticket."
    )
    subject: str
    text: str
    reply_text: str = Field(description="What of the text is newly written: no quotes, no signature.")
    html: str | None = Field(description="Safe to show; its pictures are attachments of the message.")
    text_cut: bool
    language: str | None
    automation: str
    authentication: dict[str, Any] | None = Field(
        description="SPF, DKIM, DMARC, ARC, the identity grade that follows, and why the sender may be somebody else."
    )
    protection: str | None = Field(examples=["pgp-encrypted", "pgp-signed", "smime-encrypted", "smime-signed"])
    filtered: dict[str, Any] | None = Field(description="What a spam filter in front of the desk found.")
    notes: list[str] = Field(
        description="What of the mail is only in its original.",
        examples=[["attachments_cut"]],
    )
    undelivered: list[dict[str, Any]] = Field(description="Of a bounce: whom a mail did not reach, and why.")
    message_id: str | None
    attachments: list[File]
    sent_at: datetime | None
    accepted_at: datetime
    edited_at: datetime | None = Field(description="When whoever wrote it last changed it.")
    deleted_at: datetime | None = Field(description="When they deleted it: it has no text any more.")
    delivery: Delivery | None
    revision: SentRevision | None = Field(description="null: it stands at its customer's as it was sent.")
    changeable_until: datetime | None = Field(
        description="Until when whoever wrote it can edit it and take it back. null: not, as with all that is mailed."
    )
    raw: str | None


class FormerText(Answer):
    """What a message said until its author edited or deleted it."""

    revision: str
    kind: str = Field(examples=["edited", "deleted"])
    text: str | None = Field(description="null: the message was deleted, and the caller has no scope `admin`.")
    revised_at: datetime
    noted_at: datetime


class TicketState(Answer):
    """What a reply made of its ticket."""

    number: int
    status: str
    version: int


class ReplyMade(Message):
    """The message that a reply became."""

    ticket: TicketState


class Routing(Answer):
    """The router's decision with its trace, as it was stored, and a sentence in each language."""

    model_config = ConfigDict(extra="allow")
    message_id: str
    decision: dict[str, Any]
    sentence: dict[str, str]
    set_by: dict[str, str] = Field(
        description="Field of the decision → the rule that set it, `matrix`, or `call.team`: the caller chose it."
    )
    overridden: dict[str, list[str]] = Field(description="Field → the rules (or `call.team`) whose value was replaced.")
    groups: list[GroupTrace] = Field(description="The rules of the set in the order in which they are tried.")
    trace: list[RuleTrace] = Field(description="Each rule: what became of it, its conditions and what they saw.")
    trace_cut: bool = Field(False, description="More was seen than is kept.")
    facts: dict[str, Any] = Field(description="What the rules saw of the message, long text cut.")
    context: dict[str, Any] | None = Field(description="What was known of the customer and of the desk's hours.")
    rule_set: RuleSetRef
    decided_at: datetime
    later: list[LaterDecision] = Field(
        [],
        description="Messages whose rules changed it since, the newest last; 20 at most, none with `message`.",
    )
    split_off: SplitOff | None = Field(None, description="None: it began by itself, or `message` is given.")
    names: Names = Field(description="What the teams and agents are called that it speaks of.")


class Quarantined(Answer):
    """A message that waits for a person."""

    id: str
    reason: str = Field(
        examples=["spam", "dmarc_fail", "own_domain", "lookalike", "display_name", "unverified_join", "too_many",
                  "loop_suspected", "denied", "bounce_unproven", "unparseable"],
        description="One of these, or what a rule of the desk says.",
    )  # fmt: skip
    detail: str = Field(description="What was found, in the words of those who looked.")
    channel: str
    account: str
    sender: dict[str, str]
    subject: str
    text: str = Field(
        description="What was written: in lists its beginning, of one message all that the event carries."
    )
    text_cut: bool = Field(description="There is more; the whole is in the original (`raw`).")
    state: str
    accepted_at: datetime
    quarantined_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    why: str
    ticket_number: int | None
    raw: str | None


class QuarantineDecided(Answer):
    """What became of a message in quarantine."""

    id: str
    state: str
    ticket_number: int | None


class QuarantineDecidedAll(Answer):
    """What became of many messages in quarantine."""

    items: list[QuarantineDecided]
    refused: list[dict[str, str]] = Field(description="`id` and `detail` of those that somebody else was faster with.")
    remaining: int = Field(description="So many more match and wait: ask again.")


class DeskDecision(Answer):
    """What somebody of the desk decided, and why."""

    id: int
    at: datetime
    actor: str
    via: str | None = Field(description="On which way the agent came, where a service asked for them.")
    action: str = Field(
        examples=["quarantine.released", "quarantine.rejected", "sender.listed", "sender.unlisted", "address.reached"]
    )
    detail: dict[str, Any]
    why: str


class ListedSender(Answer):
    """A sender whom the desk allows or denies."""

    id: int
    kind: str = Field(examples=["allow", "deny"])
    sender: str = Field(description="An address, or a domain with its subdomains.")
    note: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    expired: bool
    names: Names = Field(description="What the agent who listed it is called.")


class UndeliverableAddress(Answer):
    """An address to which no mail is sent, because it comes back."""

    address: str
    since: datetime | None = Field(description="null: mail is sent there.")
    reason: str | None = Field(examples=["user_unknown", "host_unknown", "mailbox_full"])
    message_id: str | None = Field(description="Our message that bounced.")
    soft_bounces: int = Field(description="In a row, within a week; the third stops mail to the address.")


class Upload(Answer):
    """A file that waits for its reply."""

    id: str
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    detected_type: str | None
    dangerous: str | None
