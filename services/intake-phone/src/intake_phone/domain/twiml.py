"""What Twilio is told to do, as values, and the document that these become.

Only the verbs that calls need, and only the attributes that they use; whatever is not said is Twilio's default. Text is
escaped here and nowhere else. A `Link` is an address of ours: which door, and the query that carries a call's state;
where the doors stand is known to whoever renders.

Twilio takes documents up to 64 kB (error 11750) and 4,096 characters a `<Say>`. `speechTimeout="auto"` beside a speech
model is refused (13335), so that it is a number here. `<Leave>` and `<Gather>` may stand in a queue's wait document,
`<Enqueue>` and `<Dial>` may not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

DOCUMENT_BYTES: Final = 64_000
SAY_CHARS: Final = 4_096
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Door = Literal["step", "wait", "leg", "taken", "page", "callback", "recording"]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a language is spoken and understood: its BCP 47 tag for both, and the name of Twilio's voice."""

    locale: str
    name: str


VOICES: Final[Mapping[str, Voice]] = {
    "es": Voice("es-ES", "Polly.Lucia-Neural"),
    "en": Voice("en-GB", "Polly.Amy-Neural"),
}
"""What a flow speaks with unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address of ours: a door, and what its query says."""

    door: Door
    query: str


@dataclass(frozen=True, slots=True)
class Say:
    """Words, in a voice. Line ends and runs of spaces do not count."""

    text: str
    voice: Voice


@dataclass(frozen=True, slots=True)
class Play:
    """A sound at an address that Twilio can fetch."""

    url: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, from 1 second on."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Gather:
    """Waits for keys or speech, saying something meanwhile; `link` is asked whatever came, nothing included.

    Attributes:
        digits: most keys; 0: until `finish_key` or a silence.
        finish_key: one key, or empty: none.
        hints: what is likely to be said; with it speech is listened for, in `voice`'s language.
        on_silence: `link` is asked if nothing came too; else what stands behind this verb follows.
    """

    link: Link
    inside: Sequence["Say | Play | Pause"]
    voice: Voice
    seconds: int = 5
    digits: int = 0
    finish_key: str = ""
    hints: Sequence[str] = ()
    on_silence: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """Records the caller up to so many seconds, after a tone; an empty recording goes on behind this verb."""

    link: Link
    told: Link
    most_seconds: int
    finish_key: str
    silence_seconds: int


@dataclass(frozen=True, slots=True)
class DialNumber:
    """Rings a number in E.164 and joins it to the call; the caller's own number is shown where one is known.

    `shown` is the number of the desk that is shown instead; empty: none is.
    """

    link: Link
    number: str
    ring_seconds: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class DialQueue:
    """Joins whoever waits first in a queue to this leg, or ends after so many seconds without anybody.

    `taken` is asked on the call of whoever is taken out, before the two are joined.
    """

    link: Link
    queue: str
    seconds: int
    record: bool
    told: Link
    taken: Link


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Waits in a queue: `wait` says what is heard there, `link` what follows."""

    link: Link
    wait: Link
    queue: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Goes on with another document."""

    link: Link


@dataclass(frozen=True, slots=True)
class Reject:
    """Does not answer the call; only as the very first verb of a call. Twilio charges nothing."""

    busy: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """Leaves the queue; only in a wait document."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """Ends the call."""


Verb = Say | Play | Pause | Gather | Record | DialNumber | DialQueue | Enqueue | Redirect | Reject | Leave | Hangup
ENDS: Final = (Gather, Record, DialNumber, DialQueue, Enqueue, Redirect, Reject, Leave, Hangup)
"""A document that is complete has one of these."""


def document(verbs: Sequence[Verb], doors: str) -> str:
    """The TwiML of some verbs; `doors` is the address that doors stand below, for example `https://…/twilio`."""
    return f"{_HEAD}<Response>{''.join(_render(verb, doors) for verb in verbs)}</Response>"


def size_bytes(verbs: Sequence[Verb], doors: str) -> int:
    """How large the document is."""
    return len(document(verbs, doors).encode())


def plain_text(text: str) -> str:
    """A text without what XML cannot carry, in one line."""
    return " ".join(_NOT_XML.sub(" ", text).split())


def _render(verb: Verb, doors: str) -> str:
    match verb:
        case Say(text, voice):
            words = escape(plain_text(text)[:SAY_CHARS])
            return _tag("Say", {"language": voice.locale, "voice": voice.name}, words)
        case Play(url):
            return _tag("Play", {}, escape(plain_text(url)))
        case Pause(seconds):
            return _tag("Pause", {"length": str(seconds)})
        case Gather():
            return _gather(verb, doors)
        case Record():
            return _record(verb, doors)
        case DialNumber(link, number, seconds, shown):
            attributes = {"action": _url(link, doors), "timeout": str(seconds)}
            attributes |= {"callerId": shown} if shown else {}
            return _tag("Dial", attributes, _tag("Number", {}, escape(number)))
        case DialQueue():
            return _dial_queue(verb, doors)
        case Enqueue(link, wait, queue):
            return _tag("Enqueue", {"action": _url(link, doors), "waitUrl": _url(wait, doors)}, escape(queue))
        case Redirect(link):
            return _tag("Redirect", {}, escape(_url(link, doors)))
        case Reject(busy):
            return _tag("Reject", {"reason": "busy" if busy else "rejected"})
        case Leave():
            return "<Leave/>"
        case Hangup():
            return "<Hangup/>"


def _gather(verb: Gather, doors: str) -> str:
    attributes = {
        "action": _url(verb.link, doors),
        **({"actionOnEmptyResult": "true"} if verb.on_silence else {}),
        "input": "dtmf speech" if verb.hints else "dtmf",
        "timeout": str(verb.seconds),
        "finishOnKey": verb.finish_key,
    }
    if verb.digits:
        attributes["numDigits"] = str(verb.digits)
    if verb.hints:
        attributes |= {"language": verb.voice.locale, "speechTimeout": "1", "hints": ",".join(verb.hints)}
    return _tag("Gather", attributes, "".join(_render(inner, doors) for inner in verb.inside))


def _record(verb: Record, doors: str) -> str:
    attributes = {
        "action": _url(verb.link, doors),
        "maxLength": str(verb.most_seconds),
        "finishOnKey": verb.finish_key,
        "timeout": str(verb.silence_seconds),
        "playBeep": "true",
        "recordingStatusCallback": _url(verb.told, doors),
        "recordingStatusCallbackEvent": "completed absent",
    }
    return _tag("Record", attributes)


def _dial_queue(verb: DialQueue, doors: str) -> str:
    attributes = {"action": _url(verb.link, doors), "timeout": str(verb.seconds)}
    if verb.record:
        attributes |= {
            "record": "record-from-answer-dual",
            "recordingStatusCallback": _url(verb.told, doors),
            "recordingStatusCallbackEvent": "completed absent",
        }
    return _tag("Dial", attributes, _tag("Queue", {"url": _url(verb.taken, doors)}, escape(verb.queue)))


def _url(link: Link, doors: str) -> str:
    return f"{doors}/{link.door}?{link.query}"


def _tag(name: str, attributes: Mapping[str, str], content: str = "") -> str:
    written = "".join(f" {key}={quoteattr(plain_text(value))}" for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"
