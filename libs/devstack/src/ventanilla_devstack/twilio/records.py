"""What an account consists of: numbers, people outside, calls, messages, recordings, queues, alerts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Answers = Literal["by_hand", "answers", "busy", "no-answer", "voicemail", "fax", "unreachable", "rejects"]
ANSWERS: tuple[Answers, ...] = ("by_hand", "answers", "busy", "no-answer", "voicemail", "fax", "unreachable", "rejects")
Receives = Literal["delivered", "read", "sent", "undelivered", "failed"]
RECEIVES: tuple[Receives, ...] = ("delivered", "read", "sent", "undelivered", "failed")
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""States in which a call ends."""


@dataclass(slots=True)
class Account:
    """The account.

    Attributes:
        status: `active`, `suspended` or `closed`.
        forbidden: countries (ISO codes) to which geographic permissions forbid calls and messages.
        blocked: numbers that the account may not call.
        templates: SID of a content template → what WhatsApp says of it (`approved`, `pending`, `rejected`).
    """

    sid: str
    auth_token: str
    friendly_name: str = "Ventanilla"
    status: str = "active"
    balance: float = 100.0
    forbidden: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    templates: dict[str, str] = field(default_factory=dict)
    created: datetime | None = None


@dataclass(slots=True)
class DeskNumber:
    """A number of the desk.

    Attributes:
        sid: `PN…`.
        status_callback: told when an incoming call is over.
        whatsapp: it is a sender of WhatsApp too, as `whatsapp:` and the number.
        advanced_opt_out: Twilio answers keywords in several languages and tells `OptOutType`.
        keywords: with advanced opt-out, a word to STOP, START or HELP.
    """

    sid: str
    number: str
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice: bool = True
    sms: bool = True
    mms: bool = True
    whatsapp: bool = False
    advanced_opt_out: bool = False
    keywords: Mapping[str, str] = field(default_factory=dict)
    messaging_service_sid: str = ""
    created: datetime | None = None


@dataclass(slots=True)
class Person:
    """Somebody outside with a telephone.

    Attributes:
        answers: what happens when it rings. `by_hand`: it rings until a test or the page answers.
        ring_seconds: until it is answered.
        script: what they do on the line: `hear:…`, `press:…`, `speak:…`, `wait:…`, `hang up`.
        greeting: what a voicemail says, and for how long.
        receives: what becomes of texts; `text_error` says why not. `read`: by WhatsApp they are opened too.
        mobile: a landline is refused texts (21614).
        whatsapp: whether the number has WhatsApp.
    """

    number: str
    name: str = ""
    answers: Answers = "by_hand"
    ring_seconds: float = 4.0
    script: tuple[str, ...] = ()
    greeting: str = "Este es el contestador. Deje su mensaje después de la señal."
    greeting_seconds: float = 4.0
    receives: Receives = "delivered"
    text_error: int = 30003
    mobile: bool = True
    whatsapp: bool = True
    language: str = "es"


@dataclass(slots=True)
class Wish:
    """Where somebody wants to be told of something."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(slots=True)
class Call:
    """One leg.

    Attributes:
        direction: `inbound`, `outbound-api` or `outbound-dial`.
        skipped: seconds that have passed on the line without passing here.
        wish: who is told of its states.
        fallback: where to ask when a document fails.
        sequence: of the next status callback.
    """

    sid: str
    from_: str
    to: str
    direction: str
    created: datetime
    status: str = "queued"
    parent: str = ""
    number_sid: str = ""
    updated: datetime | None = None
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    skipped: float = 0.0
    answered_by: str = ""
    forwarded_from: str = ""
    caller_name: str = ""
    wish: Wish = field(default_factory=Wish)
    fallback: Wish = field(default_factory=Wish)
    sequence: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def seconds_since(self, moment: datetime | None, now: datetime) -> float:
        """How long ago something was, in the line's time, if nothing was skipped before it."""
        return 0.0 if moment is None else max((now - moment).total_seconds() + self.skipped, 0.0)

    @property
    def duration(self) -> int:
        """Seconds from the answer to the end, rounded up as on a bill; 0 if nobody answered or it goes on."""
        if self.answered is None or self.ended is None:
            return 0
        return max(round(self.seconds_since(self.answered, self.ended)), 1)


@dataclass(slots=True)
class Recording:
    """What was recorded.

    Attributes:
        source: `RecordVerb`, `DialVerb` or `StartCallRecordingAPI`.
        status: `in-progress`, `paused`, `stopped`, `completed`, `absent`.
        words: what was said meanwhile; the WAV carries them in a comment, so that a stand-in can transcribe it.
    """

    sid: str
    call_sid: str
    source: str
    started: datetime
    status: str = "in-progress"
    channels: int = 1
    seconds: float = 0.0
    words: list[str] = field(default_factory=list)
    wish: Wish = field(default_factory=Wish)
    updated: datetime | None = None


@dataclass(slots=True)
class Message:
    """A text.

    Attributes:
        direction: `inbound`, `outbound-api` or `outbound-reply`.
        media: sids of its files.
    """

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    created: datetime
    status: str = "queued"
    media: list[str] = field(default_factory=list)
    error_code: int | None = None
    updated: datetime | None = None
    sent: datetime | None = None
    service_sid: str = ""
    content_sid: str = ""
    callback: str = ""
    history: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a message."""

    sid: str
    message_sid: str
    content_type: str
    content: bytes
    created: datetime


@dataclass(slots=True)
class Taking:
    """What whoever takes a member out of a queue wants to happen: a document first, then a bridge to a leg.

    Attributes:
        url: on the queued caller's end, before they are connected; "" for none.
        by: the sid of the call that takes it.
        bridge: to be talked over; None if the member is only sent to the document.
        met: told whether the member was still there when it came to talking.
    """

    url: str
    method: str
    by: str
    bridge: Any = None
    met: "asyncio.Future[bool] | None" = None


@dataclass(slots=True)
class Member:
    """A call that waits.

    Attributes:
        taken: how it leaves the queue.
        seconds: that it had waited when it left.
    """

    call: Call
    enqueued: datetime
    skipped_before: float
    taken: "asyncio.Future[Taking]"
    seconds: int = 0

    def waited(self, now: datetime) -> int:
        """Seconds in the queue so far."""
        return round(max((now - self.enqueued).total_seconds() + self.call.skipped - self.skipped_before, 0.0))


@dataclass(slots=True)
class Queue:
    """Calls that wait, the longest first.

    Attributes:
        news: set whenever somebody joins.
    """

    sid: str
    friendly_name: str
    created: datetime
    max_size: int = 1000
    members: list[Member] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def average_wait(self) -> int:
        """Seconds that the last calls waited, on average."""
        return round(sum(self.waits) / len(self.waits)) if self.waits else 0


@dataclass(frozen=True, slots=True)
class Alert:
    """What Twilio's debugger would show."""

    sid: str
    code: int
    level: str
    text: str
    resource_sid: str
    url: str
    at: datetime
