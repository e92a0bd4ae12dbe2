"""The state of an account, everything bounded: the oldest of each kind go first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from ventanilla_devstack.twilio.errors import ALERTS
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.pace import Pace
from ventanilla_devstack.twilio.records import (
    FINAL,
    Account,
    Alert,
    Call,
    DeskNumber,
    Media,
    Message,
    Person,
    Queue,
    Recording,
)

CALLS, MESSAGES, RECORDINGS, ALERTS_KEPT, QUEUES, PEOPLE, MEDIA_BYTES = (
    5_000,
    20_000,
    2_000,
    2_000,
    200,
    5_000,
    64 << 20,
)
_WINDOW_SECONDS = 24 * 3600
T = TypeVar("T")

log = structlog.get_logger()


@dataclass(slots=True)
class Exchange:
    """Everything that there is.

    Attributes:
        opted_out: pairs of a number of the desk and one outside whose owner wrote STOP.
        windows: when somebody last wrote to a WhatsApp sender; their 24 hours are open from then on.
        listeners: called after every change.
    """

    account: Account
    pace: Pace
    numbers: dict[str, DeskNumber] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    windows: dict[tuple[str, str], float] = field(default_factory=dict)
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def changed(self) -> None:
        """Tell whoever watches."""
        for listener in self.listeners:
            listener()

    def person(self, number: str) -> Person:
        """Whoever has a number outside; a number that nobody has cannot be reached."""
        bare = number.removeprefix("whatsapp:")
        return self.people.get(bare) or Person(bare, answers="unreachable", receives="undelivered", text_error=30005)

    def add_call(self, call: Call) -> Call:
        """Keep a call. A call that goes on is never dropped."""
        _make_room(self.calls, CALLS, lambda each: each.status in FINAL)
        self.calls[call.sid] = call
        self.changed()
        return call

    def add_message(self, message: Message) -> Message:
        """Keep a message."""
        _make_room(self.messages, MESSAGES, lambda _: True)
        self.messages[message.sid] = message
        self.changed()
        return message

    def add_recording(self, recording: Recording) -> Recording:
        """Keep a recording."""
        _make_room(self.recordings, RECORDINGS, lambda each: each.status in ("completed", "absent"))
        self.recordings[recording.sid] = recording
        self.changed()
        return recording

    def add_media(self, message_sid: str, content_type: str, content: bytes) -> Media:
        """Keep a file of a message; the oldest files make room."""
        total = sum(len(each.content) for each in self.media.values()) + len(content)
        while self.media and total > MEDIA_BYTES:
            oldest = next(iter(self.media))
            total -= len(self.media.pop(oldest).content)
        kept = Media(new_sid("ME"), message_sid, content_type, content, self.pace.now())
        self.media[kept.sid] = kept
        return kept

    def queue_named(self, name: str, *, make: bool = False) -> Queue | None:
        """A queue by its name or sid; made on demand if wanted."""
        found = next((each for each in self.queues.values() if name in (each.friendly_name, each.sid)), None)
        if found is None and make:
            _make_room(self.queues, QUEUES, lambda each: not each.members)
            found = Queue(new_sid("QU"), name, self.pace.now())
            self.queues[found.sid] = found
        return found

    def alert(self, code: int, *, detail: str = "", resource: str = "", url: str = "", warning: bool = False) -> None:
        """Note what Twilio would show in its debugger."""
        text = ALERTS.get(code, "") + (f": {detail}" if detail else "")
        level = "warning" if warning else "error"
        self.alerts.append(Alert(new_sid("NO"), code, level, text, resource, url, self.pace.now()))
        del self.alerts[:-ALERTS_KEPT]
        log.info("twilio_alert.raised", code=code, level=level, detail=detail)
        self.changed()

    def window_open(self, sender: str, person: str) -> bool:
        """Whether free text may be sent by WhatsApp."""
        at = self.windows.get((sender, person))
        return at is not None and self.pace.clock() - at < _WINDOW_SECONDS

    def codes(self) -> list[int]:
        """The codes of the alerts so far."""
        return [alert.code for alert in self.alerts]


def _make_room(kept: dict[str, T], most: int, may_go: Callable[[T], bool]) -> None:
    """Drop the oldest tenth of what may go, once there is too much."""
    if len(kept) >= most:
        for sid in [sid for sid, each in kept.items() if may_go(each)][: most // 10 or 1]:
            del kept[sid]
