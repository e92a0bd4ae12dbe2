"""The events, version 1, as pydantic models. JSON Schemas and AsyncAPI are generated from this file.

Rules for changing them: fields may be added with a default; nothing may be removed, renamed, narrowed or made required
within a major version (`ventanilla-contracts check` compares with the last release). Readers ignore fields that they do
not know. Times are aware UTC in RFC 3339. An encoded event stays below 256 KiB; text is capped per field, and the rest
is in the original that `raw` names.
"""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from ventanilla_contracts.call_events import CallChanged, TicketCallback
from ventanilla_contracts.chat_events import ChatForm as ChatForm  # noqa: PLC0414  # it stood here before
from ventanilla_contracts.chat_events import NotificationRevised as NotificationRevised  # noqa: PLC0414  # with the others
from ventanilla_contracts.decisions import Decision, RuleSetRef, RuleTexts, RuleTrace
from ventanilla_contracts.event import Event as Event  # noqa: PLC0414  # whoever knows events knows what they have in common
from ventanilla_contracts.operations_events import ChannelEndangered as ChannelEndangered  # noqa: PLC0414  # it stood here before
from ventanilla_contracts.operations_events import PersonForgotten
from ventanilla_contracts.operations_events import TimerLate as TimerLate  # noqa: PLC0414  # it stood here before
from ventanilla_contracts.parts import TEXT_LIMIT_CHARS as TEXT_LIMIT_CHARS  # noqa: PLC0414  # it stood here before
from ventanilla_contracts.parts import Acceptance, Authentication, CallFacts, FilterVerdict, Line, Part, Text
from ventanilla_contracts.parts import Party as Party  # noqa: PLC0414  # it stood here before
from ventanilla_contracts.routing import RoutingContext
from ventanilla_contracts.ticket_events import (
    TicketChanged,
    TicketCreated,
    TicketMessageAdded,
    TicketMessageChanged,
    TicketPaged,
    TicketPageSettled,
    TicketServiceLevel,
)

EVENT_LIMIT_BYTES = 256 * 1024
HTML_LIMIT_CHARS = 100_000
REFERENCE_LIMIT = 50


class BlobRef(Part):
    """Where bytes lie that are too big for an event.

    `stream` names a message of a stream (`created_at` and `sequence` say which), `bucket` an object of an object store.
    Exactly one of the two is set.
    """

    size_bytes: int = Field(ge=0)
    sha256: str = Field(min_length=64, max_length=64)
    stream: str | None = None
    created_at: str | None = None
    sequence: int | None = None
    bucket: str | None = None
    name: str | None = None


class Attachment(Part):
    """A file that came with a message or goes out with one."""

    filename: Line
    content_type: Line
    size_bytes: int = Field(ge=0)
    sha256: str = Field(min_length=64, max_length=64)
    inline: bool = False
    content_id: Line | None = None
    blob: BlobRef | None = Field(None, description="None: only the original holds the bytes.")
    detected_type: str | None = Field(
        None, description="Media type that the bytes prove, whatever the sender says. None: they prove none."
    )
    dangerous: str | None = Field(
        None,
        description="Why opening it can do harm. None: nothing speaks for it, or nobody looked.",
        examples=["executable", "script", "markup", "macros", "disguised"],
    )
    desk_only: bool = Field(False, description="The desk's: its customer's page does not show it.")


class Threading(Part):
    """What a message says about the messages it belongs to. All ids without angle brackets."""

    message_id: Line | None = None
    in_reply_to: Line | None = None
    references: tuple[Line, ...] = Field((), max_length=REFERENCE_LIMIT)
    reply_token: Line | None = Field(None, description="Token of the plus-address that the message was sent to.")
    bounce_token: Line | None = Field(None, description="Token of the return path that the message was sent to.")
    bounced_message_id: Line | None = Field(None, description="Id of the message that a bounce or report is about.")
    conversation: Line | None = Field(
        None,
        description="The conversation in which a chat message stands, as its channel names it: whoever can write there"
        " takes part in it. It is the message id of its first message.",
        examples=["T024BE7LD/C024BE91L/1355517523.000005"],
    )
    opens: bool = Field(
        False,
        description="It joins no ticket by its conversation: unless something else proves one, it begins one, and what"
        " comes in the conversation after it belongs there.",
    )


class Undelivered(Part):
    """What a bounce or a delivery report says of one recipient."""

    recipient: Line
    status: str | None = Field(None, description="Enhanced status code (RFC 3463), where the report names one.")
    reason: str = Field(
        examples=["user_unknown", "mailbox_full", "host_unknown", "message_too_big", "policy", "expired"]
    )
    diagnostic: Line = Field("", description="The remote server's words.")
    action: str = Field(
        "failed",
        examples=["failed", "delayed", "delivered", "refused"],
        description="`refused`: by the next server, before it took the mail; else what a report says (RFC 3464).",
    )


class MessageReceived(Event):
    """A channel accepted a message. Exactly one for each acceptance, also for what nobody can read."""

    type: ClassVar[str] = "message.received.v1"

    id: str = Field(description="Event id, derived from the source: the unique key of the effect.")
    channel: str = Field(examples=["email"])
    account: Line = Field(description="The desk's own address that the message was sent to.")
    acceptance: Acceptance | None = Field(
        None, description="None: the acceptance is this event's own place in INTAKE (chat, phone)."
    )
    disposition: str = Field("message", examples=["message", "unparseable", "own_loop"])
    disposition_reason: str = ""
    sent_at: datetime | None = Field(None, description="What the sender's clock said; for display only.")
    sender: Party
    brought_by: Line | None = Field(
        None,
        description="Who brought it to the desk, as the channel names them, where that was not the sender.",
        examples=["T024BE7LD/U2147483697"],
    )
    reply_to: Party | None = None
    to: tuple[Party, ...] = Field((), max_length=100)
    cc: tuple[Party, ...] = Field((), max_length=100)
    subject: Line = ""
    text: Text = ""
    text_cut: bool = Field(False, description="The text was longer than an event may carry.")
    reply_text: Text | None = Field(
        None, description="What of the text is newly written: no quotes, no signature. None: all of it."
    )
    html: bool = Field(False, description="The original has an HTML part.")
    html_body: str | None = Field(
        None,
        max_length=HTML_LIMIT_CHARS,
        description="The message as HTML that is safe to show, its pictures by content id. None: none, or too large.",
    )
    language: str | None = Field(None, description="BCP 47 code of the text's language. None: too short to tell.")
    protection: str | None = Field(None, examples=["pgp-encrypted", "pgp-signed", "smime-encrypted", "smime-signed"])
    threading: Threading = Threading()
    automation: str = Field("no", examples=["no", "auto-replied", "bounce"])
    undelivered: tuple[Undelivered, ...] = Field((), max_length=100)
    authentication: Authentication = Authentication()
    filtered: FilterVerdict | None = Field(None, description="None: no filter that the desk trusts looked at it.")
    attachments: tuple[Attachment, ...] = Field((), max_length=200)
    call: CallFacts | None = Field(None, description="Of a telephone call. None: it is none, or it says no more.")
    raw: BlobRef | None = None
    defects: tuple[str, ...] = Field((), max_length=50)


class MessageRouted(Event):
    """The router's decision, with all that is needed to explain it and to decide again."""

    type: ClassVar[str] = "message.routed.v1"

    id: str
    received: MessageReceived = Field(description="The bytes of the received event, unchanged.")
    decision: Decision
    set_by: dict[str, str] = Field(default_factory=dict, description="Field → who set it: rule, `matrix`, `call.team`.")
    overridden: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Field → rules, or `call.team`, whose value a later rule replaced."
    )
    facts: dict[str, Any] = Field(default_factory=dict, description="The facts that the rules saw, long text cut.")
    context: RoutingContext | None = Field(
        None, description="What was known outside the message, whole; None: decided before 0.2.0, or nothing was."
    )
    facts_revision: int = Field(0, description="Revision of the customer facts in KV; 0: none were known.")
    outcomes: dict[str, str] = Field(
        default_factory=dict,
        description="Group → what happened to its rules, in the order of happening; a group without was not tried. "
        "A word for each rule up to the one that ended the group: m matched, n not, u unknown, f failed; then for "
        "each of its conditions 1 true, 0 false, ? neither.",
        examples=[{"kind": "n0 m11", "routing": "n0 n00"}],
    )
    found: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Rule/number of the condition, from 0 → the phrases that it found.",
        examples=[{"outage/0": ["no imprime"]}],
    )
    failed: dict[str, str] = Field(default_factory=dict, description="Rule that failed → the error.")
    rule_texts: RuleTexts | None = Field(
        None,
        description="What the rules ask, for `outcomes` of this id. The first message that a router decides with a set "
        "has it, and one a minute from then on.",
    )
    trace: tuple[RuleTrace, ...] = Field(
        (), description="What happened to each rule, whole: events before 0.2.0 have this in place of `outcomes`."
    )
    trace_cut: bool = Field(False, description="More was seen than an event can hold: parts of the trace are left out.")
    sentence: dict[str, str] = Field(
        default_factory=dict,
        description="Language → the decision and its reasons in one sentence, for the desk's people.",
    )
    rule_set: RuleSetRef
    decided_at: datetime


class MessageRevised(Event):
    """Whoever wrote a chat message edited or deleted it. It is no message: no rule sees it, and it opens nothing."""

    type: ClassVar[str] = "message.revised.v1"

    id: str
    channel: str = Field(examples=["slack"])
    account: Line = Field(description="As `MessageReceived.account` of the message.")
    message_id: Line = Field(
        description="Of the message, as `Threading.message_id` named it.",
        examples=["T024BE7LD/C024BE91L/1355517523.000005"],
    )
    revision: Line = Field(
        description="The channel's own id of the revision, unique for the message.", examples=["1355517540.000100"]
    )
    kind: str = Field(examples=["edited", "deleted"])
    author: Line = Field(
        description="Address of whoever wrote the message, as `MessageReceived.sender`: nobody else's is revised.",
        examples=["T024BE7LD/U023BECGF"],
    )
    text: Text = Field("", description="The message as it is now; of a deleted one nothing.")
    text_cut: bool = Field(False, description="The text was longer than an event may carry.")
    subject: Line = Field(
        "",
        description="As `MessageReceived.subject` of the message as it is now; empty: nothing names it.",
    )
    revised_at: datetime = Field(
        description="When, by the channel's clock where it says: the one that was made last holds, however they came."
    )


class MailForm(Part):
    """What a mail needs beyond its words. Ids without angle brackets."""

    from_address: Line
    from_name: Line = ""
    reply_to: Line | None = Field(None, description="The desk's address with the ticket's reply token.")
    return_path: Line = Field("", description="Envelope sender; empty on automatic mail (RFC 3834).")
    message_id: Line = Field(description="Carries an HMAC: coming back it proves that we wrote it.")
    in_reply_to: Line | None = None
    references: tuple[Line, ...] = Field((), max_length=REFERENCE_LIMIT)


class NotificationRequested(Event):
    """Words for somebody outside, to be sent by the channel that owns the medium."""

    type: ClassVar[str] = "notification.requested.v1"

    id: str = Field(description="Notification id: one effect, however often it is published.")
    medium: str = Field(examples=["email"])
    ticket_number: int | None = None
    to: Party
    also_to: tuple[Party, ...] = Field((), max_length=100, description="Further addressees beside `to`.")
    cc: tuple[Party, ...] = Field((), max_length=100)
    bcc: tuple[Party, ...] = Field((), max_length=100, description="Get it without being named in it.")
    subject: Line = ""
    text: Text
    html: str | None = Field(None, max_length=100_000)
    language: str = "en"
    automatic: bool = Field(description="Not written by a person: never answered, not sent twice in doubt.")
    mail: MailForm | None = None
    chat: ChatForm | None = Field(None, description="Of media that hold conversations: Slack and the like.")
    attachments: tuple[Attachment, ...] = Field((), max_length=50)
    requested_at: datetime
    expires_at: datetime


class NotificationDelivered(Event):
    """The next system took a notification over."""

    type: ClassVar[str] = "notification.delivered.v1"

    id: str
    notification_id: str
    medium: str
    delivered_at: datetime
    detail: str = Field("", description="What the next system said, for example its queue id.")
    undelivered: tuple[Undelivered, ...] = Field(
        (), max_length=300, description="Recipients whom it did not take the notification for."
    )
    taken: bool = Field(
        False, description="The next system has it, and will say later whether it arrived: another report follows."
    )
    read: bool = Field(False, description="Whom it is for has opened it, as far as the channel tells.")
    unread: bool = Field(False, description="It stands where others read it, and whom it is for does not any more.")
    template: bool = Field(False, description="The channel's template went in place of its words.")


class NotificationFailed(Event):
    """A notification will not be delivered."""

    type: ClassVar[str] = "notification.failed.v1"

    id: str
    notification_id: str
    medium: str
    failed_at: datetime
    reason: str = Field(examples=["rejected", "expired", "no_address"])
    detail: str = ""
    undelivered: tuple[Undelivered, ...] = Field((), max_length=300, description="Recipients who were refused.")


class DeadLetter(Event):
    """A message that a service could not handle. It names the original, and holds it if it fits."""

    type: ClassVar[str] = "deadletter.v1"

    id: str
    service: str
    stream: str
    created_at: str
    sequence: int
    subject: str = Field("", description="Subject of the message, with the desk's prefix.")
    reason: str
    detail: str = ""
    deliveries: int = 1
    channel: str | None = None
    acceptance: str | None = Field(None, description="Acceptance key of the message, where it has one.")
    headers: dict[str, str] = Field(default_factory=dict)
    body_base64: str | None = None
    failed_at: datetime


class Redrive(Event):
    """Order to a service to handle a message of a stream again."""

    type: ClassVar[str] = "redrive.v1"

    stream: str
    created_at: str
    sequence: int
    attempt: int = Field(ge=1)


EVENTS: tuple[type[Event], ...] = (
    MessageReceived,
    MessageRouted,
    MessageRevised,
    TicketCreated,
    TicketMessageAdded,
    TicketMessageChanged,
    TicketChanged,
    TicketServiceLevel,
    TicketPaged,
    TicketPageSettled,
    TicketCallback,
    CallChanged,
    NotificationRequested,
    NotificationRevised,
    NotificationDelivered,
    NotificationFailed,
    ChannelEndangered,
    TimerLate,
    PersonForgotten,
    DeadLetter,
    Redrive,
)
