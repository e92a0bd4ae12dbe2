"""What a step wants done beside the document: by whoever owns the phones, the desk and the texts.

A request may come twice, and so may its effects: they are keyed by the call, the step and their position in it.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RememberLanguage:
    """The caller chose a language."""

    language: str


@dataclass(frozen=True, slots=True)
class RingTeam:
    """Ring the phones of a team: `leg` is the query for an agent's leg, below the door `leg`.

    It is wanted again with each round of waiting: whoever did not answer is rung anew, and a word that was lost is said
    again.

    Attributes:
        round: of waiting, from 0; None: the caller is on the way into the queue. Nobody is rung before they are there,
            since whoever presses the key has to find them.
    """

    team: str
    queue: str
    in_turn: bool
    ring_seconds: int
    leg: str
    language: str
    ticket: int | None
    round: int | None


@dataclass(frozen=True, slots=True)
class StopRinging:
    """The caller waits no longer.

    Attributes:
        seconds: of the wait; None: Twilio does not say. served: somebody had taken the caller out of the queue.
    """

    queue: str
    seconds: int | None = None
    served: bool = False


@dataclass(frozen=True, slots=True)
class SendCode:
    """Text a code to the number on file of whoever asks in a ticket. The document waits for what comes of it."""

    ticket: int


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Ask whether that is the code. The document waits for the answer."""

    ticket: int
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeftByKey:
    """The caller leaves the queue by the key that is offered: Twilio will not say why they left."""


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the call from here on: the announcement has been heard."""


@dataclass(frozen=True, slots=True)
class PauseRecording:
    """Record nothing until it is resumed: what follows is not for any recording."""


@dataclass(frozen=True, slots=True)
class ResumeRecording:
    """Go on with the recording."""


@dataclass(frozen=True, slots=True)
class NotifyWhenSolved:
    """The caller wants to be told when these announcements are over."""

    announcements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WantCallback:
    """The caller wants to be called back by a team; no number: at the one that was shown."""

    team: str
    number: str = field(repr=False)
    ticket: int | None


@dataclass(frozen=True, slots=True)
class TextLink:
    """Send the caller a text. It is kept before the caller hears of it."""

    number: str = field(repr=False)
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class RecordingLeft:
    """The caller left a message."""

    recording: str
    seconds: int
    language: str


Effect = (
    RememberLanguage | RingTeam | StopRinging | LeftByKey | StartRecording | PauseRecording | ResumeRecording
    | NotifyWhenSolved | WantCallback | TextLink | RecordingLeft | SendCode | CheckCode
)  # fmt: skip
