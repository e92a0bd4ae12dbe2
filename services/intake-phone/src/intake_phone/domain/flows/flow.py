"""A call flow as a value: prompts, calendars, and nodes that lead to one another.

Nodes name one another; `flows.review` has seen to it that what is named exists. A node is named by at most 40
characters out of a-z, 0-9 and the hyphen, so that it can travel in an address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from intake_phone.domain.flows.hours import Calendar
from intake_phone.domain.twiml import Voice

NAME_CHARS: Final = 40
KEYS: Final = tuple("1234567890*#")
MISUNDERSTANDINGS: Final = 3
"""After so many in a row a call goes to the flow's fallback."""
STEPS: Final = 40
"""So many documents a call gets at most, those of a queue's waiting not counted."""
LATE_STEP: Final = 30
"""From here on a call goes to the fallback, so that it can still come to a good end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt in one language: words to say, or a recording to play. One of the two is empty."""

    text: str
    url: str = ""


Prompt = Mapping[str, Line]
"""Language → how it is said there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on in a menu: a key, what may be said in its place (language → phrases), and where it leads."""

    key: str
    words: Mapping[str, tuple[str, ...]]
    then: str


@dataclass(frozen=True, slots=True)
class SayNode:
    """Says something and goes on."""

    say: str
    then: str


@dataclass(frozen=True, slots=True)
class LanguageNode:
    """Asks for the language, in each of them; skipped where the caller's is known, unless a menu led here.

    A silence keeps to what is known, or takes the flow's first one.
    """

    say: str
    choices: Mapping[str, Choice]
    then: str


@dataclass(frozen=True, slots=True)
class MenuNode:
    """Offers choices by key and by speech."""

    say: str
    choices: tuple[Choice, ...]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class HoursNode:
    """Goes one way while a calendar is open and another while it is closed; `say` is told to whom it is closed for."""

    calendar: str
    open: str
    closed: str
    special: str
    say: str


@dataclass(frozen=True, slots=True)
class AnnouncementsNode:
    """Tells what the desk announces now, for example a known outage; a key asks to be told when it is solved."""

    key: str
    offer: str
    confirm: str
    then: str


@dataclass(frozen=True, slots=True)
class TicketNode:
    """Offers the caller's newest open tickets by number, never by what is in them; skipped where there is none."""

    say: str
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class CollectNode:
    """Asks for digits. Sensitive ones are kept nowhere and recording pauses meanwhile."""

    say: str
    name: str
    least: int
    most: int
    sensitive: bool
    then: str


@dataclass(frozen=True, slots=True)
class VerifyNode:
    """Texts a code to the number on file of the ticket that the call is about, and asks for it off the record.

    Attributes:
        again: said in place of `say` once a code was wrong, or nothing was typed: no other one is sent.
    """

    say: str
    again: str
    wait_seconds: int
    confirm: str
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class RecordNode:
    """Tells that what follows is recorded; only behind this node anything but voicemail is."""

    say: str
    what: Literal["call", "conversation"]
    then: str


@dataclass(frozen=True, slots=True)
class TeamNode:
    """Lets a team's phones ring while the caller waits in its queue; not yet while `say` is heard.

    Attributes:
        ring: `at_once` all who are available, or `in_turn` by rota.
        whisper: prompt that an agent hears before taking the call.
        say: prompt that the caller hears before waiting.
        every_seconds: between two announcements in the queue.
        position: prompt that tells the position; empty: it is not told.
        music: address of what is played between announcements, or empty.
        offer_key, offer, offered: key that leaves the queue, the prompt that says so, and where it leads; or empty.
        answered, unavailable, unanswered: where it leads after a conversation, where nobody is available, and where
            nobody
            came in `most_seconds`.
    """

    team: str
    ring: Literal["at_once", "in_turn"]
    ring_seconds: int
    whisper: str
    say: str
    most_seconds: int
    every_seconds: int
    position: str
    music: str
    offer_key: str
    offer: str
    offered: str
    answered: str
    unavailable: str
    unanswered: str


@dataclass(frozen=True, slots=True)
class VoicemailNode:
    """Takes a message after an announcement and a tone."""

    say: str
    most_seconds: int
    silence_seconds: int
    finish_key: str
    then: str


@dataclass(frozen=True, slots=True)
class CallbackNode:
    """Has somebody call back: at the number that was shown, or at one that is asked for."""

    team: str
    confirm: str
    ask: str
    then: str


@dataclass(frozen=True, slots=True)
class TransferNode:
    """Hands the call over to another number."""

    number: str
    say: str
    ring_seconds: int
    pause_recording: bool
    answered: str
    unanswered: str


@dataclass(frozen=True, slots=True)
class TextLinkNode:
    """Texts a link to a caller whose number takes texts and who wants them; others go on at `otherwise`.

    What became of the text stands in the log of the call.
    """

    say: str
    text: str
    url: str
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class HangUpNode:
    """Says good-bye and ends the call."""

    say: str


@dataclass(frozen=True, slots=True)
class RejectNode:
    """Does not answer; only where a call begins."""

    busy: bool


Node = (
    SayNode | LanguageNode | MenuNode | HoursNode | AnnouncementsNode | TicketNode | CollectNode | VerifyNode
    | RecordNode | TeamNode | VoicemailNode | CallbackNode | TransferNode | TextLinkNode | HangUpNode | RejectNode
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flow:
    """What happens to calls that come in on some numbers.

    Attributes:
        digest: names this version: of what stands in its file, not of how it is written down.
        languages: the first one is spoken until another is known.
        start, fallback: names of nodes. The fallback reaches a person or takes a message.
        confidence: from 0 to 1; what was heard with less is a misunderstanding.
        prompts: name → prompt; the standard ones too.
        hang_up_words: language → phrases with which a caller ends the call.
        words: language → key → text of what is said in small pieces: digits, weekdays.
    """

    name: str
    digest: str
    numbers: tuple[str, ...]
    languages: tuple[str, ...]
    voices: Mapping[str, Voice]
    start: str
    fallback: str
    confidence: float
    hang_up_words: Mapping[str, tuple[str, ...]]
    calendars: Mapping[str, Calendar]
    prompts: Mapping[str, Prompt]
    nodes: Mapping[str, Node]
    words: Mapping[str, Mapping[str, str]] = field(repr=False)

    @property
    def language(self) -> str:
        """What is spoken to somebody of whom nothing is known."""
        return self.languages[0]
