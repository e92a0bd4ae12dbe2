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
    """Ring the phones of a team: `leg` is the query for an agent's leg, below the door `leg`."""

    team: str
    queue: str
    in_turn: bool
    ring_seconds: int
    most_seconds: int
    leg: str


@dataclass(frozen=True, slots=True)
class StopRinging:
    """The caller waits no longer."""

    queue: str


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
    """Send the caller a text."""

    number: str = field(repr=False)
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class RecordingLeft:
    """The caller left a message."""

    recording: str
    seconds: int
    language: str


@dataclass(frozen=True, slots=True)
class LegAccepted:
    """An agent takes whoever waits first."""

    queue: str


@dataclass(frozen=True, slots=True)
class LegDeclined:
    """Somebody, or a machine, answered an agent's phone and did not take the call."""

    queue: str


Effect = (
    RememberLanguage | RingTeam | StopRinging | StartRecording | PauseRecording | ResumeRecording | NotifyWhenSolved
    | WantCallback | TextLink | RecordingLeft | LegAccepted | LegDeclined
)  # fmt: skip
