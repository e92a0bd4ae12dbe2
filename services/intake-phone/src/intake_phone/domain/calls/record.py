"""What is kept of a call while it goes on: of each document what its step noted, so that its end can tell all of it.

No number and no word that somebody said stand in it: only what `Entry` and `State` hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from intake_phone.domain.calls.effects import NotifyWhenSolved, RecordingLeft, StopRinging, TextLink, WantCallback
from intake_phone.domain.calls.state import KEY, State, write_state
from intake_phone.domain.calls.turn import BESIDE, FOUND, Entry, Step
from intake_phone.domain.flows.flow import STEPS, Flow

TEXTING: Final = "texting"
"""Line of the log about a text that was promised, until it is known what became of it."""
_ENDS: Final = frozenset({"ended", "hung_up", "rejected"})


@dataclass(frozen=True, slots=True)
class Noted:
    """One document of a call.

    Attributes:
        name: of it, within the call: the same document asked for again has the same one.
        state: the fields of the query that the next address carried.
        recordings: messages that were left: (SID, seconds).
        callback_number: in E.164, that was typed by somebody whose own one is withheld or costs extra.
        announcements: keys of those of whose end the caller wants to be told.
        callback_team: that is to call back; empty: nobody was asked. callback_ticket: what about; 0: nothing was said.
        waited_seconds: of the wait in a queue that ended with this document; None: none did, or Twilio did not say.
    """

    name: str
    flow: str
    state: Mapping[str, str]
    entries: tuple[Entry, ...]
    recordings: tuple[tuple[str, int], ...] = ()
    callback_number: str = field(default="", repr=False)
    announcements: tuple[str, ...] = ()
    callback_team: str = ""
    callback_ticket: int = 0
    waited_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """All that was kept of a call, in the order of its documents."""

    documents: tuple[Noted, ...] = ()
    found: tuple[tuple[str, int], ...] = ()
    """Recordings that Twilio's list alone tells of."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The log."""
        told = [entry for document in self.documents for entry in document.entries]
        known = {(entry.step, entry.position) for entry in told if entry.kind != TEXTING}
        kept = tuple(one for one in told if one.kind != TEXTING or (one.step, one.position) not in known)
        # When it was left nobody noted: most often last, and the call ended with it.
        step = max((entry.step for entry in kept), default=STEPS)
        return kept + tuple(
            Entry(step, FOUND + place, "recorded", "", str(one[1])) for place, one in enumerate(self.found)
        )

    @property
    def whole(self) -> bool:
        """Whether every document of an ended call is there: else a message may have been left that nobody noted."""
        steps = {int(one.name[:2]) for one in self.documents if one.state and one.name[:2].isdecimal()}
        ended = any(entry.kind in _ENDS for entry in self.entries)
        return ended and steps == set(range(1, max(steps, default=0) + 1))

    @property
    def texting(self) -> bool:
        """Whether a text that was promised is still under way."""
        return any(entry.kind == TEXTING for entry in self.entries)

    def with_recordings(self, listed: Sequence[tuple[str, int]]) -> "CallRecord":
        """The record with recordings that were kept nowhere."""
        known = {sid for document in self.documents for sid, _ in document.recordings}
        return replace(self, found=tuple(one for one in listed if one[0] not in known))

    @property
    def state(self) -> Mapping[str, str]:
        """The fields of where it stood last."""
        return next((one.state for one in reversed(self.documents) if one.state), {})

    @property
    def recordings(self) -> tuple[tuple[str, int], ...]:
        """Messages that were left, once each."""
        kept = dict(one for document in self.documents for one in document.recordings)
        return (*kept.items(), *self.found)

    def waited_seconds(self, step: int | None = None) -> int | None:
        """How long the wait lasted that began at a step, else the last one; None: nothing says it."""
        ends = None if step is None else (_name(step, over=True), _name(step + 1, over=False))
        said = [one for one in self.documents if one.waited_seconds is not None and (ends is None or one.name in ends)]
        return said[-1].waited_seconds if said else None

    @property
    def callback_number(self) -> str:
        """The number that was typed last, or empty."""
        return next((one.callback_number for one in reversed(self.documents) if one.callback_number), "")

    @property
    def callback(self) -> WantCallback | None:
        """What the caller asked for last; None: not to be called back."""
        asked = next((one for one in reversed(self.documents) if one.callback_team), None)
        if asked is None:
            return None
        return WantCallback(asked.callback_team, asked.callback_number, asked.callback_ticket or None)

    @property
    def announcements(self) -> tuple[str, ...]:
        """Keys of announcements of whose end the caller wants to be told, once each."""
        return tuple(dict.fromkeys(key for document in self.documents for key in document.announcements))


def noted(flow: Flow, step: Step, *, over: bool) -> Noted:
    """What is kept of a step. `over`: the caller had hung up before it."""
    left = [effect for effect in step.effects if isinstance(effect, RecordingLeft)]
    wanted = next((effect for effect in step.effects if isinstance(effect, WantCallback)), None)
    waited = next((effect.seconds for effect in step.effects if isinstance(effect, StopRinging)), None)
    return Noted(
        _name(step.state.step, over=over),
        flow.name,
        dict(parse_qsl(write_state(step.state, flow))),
        (*step.entries, *_texting(step)),
        tuple((one.recording, one.seconds) for one in left),
        wanted.number if wanted else "",
        tuple(key for effect in step.effects if isinstance(effect, NotifyWhenSolved) for key in effect.announcements),
        wanted.team if wanted else "",
        (wanted.ticket or 0) if wanted else 0,
        waited,
    )


def _texting(step: Step) -> Iterable[Entry]:
    """Of each text that a step promises, that it is under way: what `noted_beside` keeps takes its place."""
    for position, effect in enumerate(step.effects):
        if isinstance(effect, TextLink):
            yield Entry(step.state.step, BESIDE + position, TEXTING, step.state.node)


def noted_beside(state: State, position: int, kind: str, detail: str = "") -> Noted:
    """What became of a document's effect after its answer had left, as a document of its own: it says no state.

    Args:
        position: of the effect; the same one again is the same line.
    """
    entry = Entry(state.step, BESIDE + position, kind, state.node, detail)
    return Noted(f"{state.step:02d}b{position}", "", {}, (entry,))


def written(document: Noted) -> bytes:
    """The form that `read_noted` reads."""
    return orjson.dumps(
        {
            "flow": document.flow,
            "state": document.state,
            "entries": [[e.step, e.position, e.kind, e.node, e.detail] for e in document.entries],
            "recordings": document.recordings,
            **({"callback": document.callback_number} if document.callback_number else {}),
            **({"back": [document.callback_team, document.callback_ticket]} if document.callback_team else {}),
            **({"announcements": document.announcements} if document.announcements else {}),
            **({"waited": document.waited_seconds} if document.waited_seconds is not None else {}),
        }
    )


def read_noted(name: str, value: bytes) -> Noted | None:
    """A document of a call as it was kept; None: that cannot be read."""
    try:
        found: dict[str, Any] = orjson.loads(value)
        return Noted(
            name,
            str(found["flow"]),
            {str(key): str(text) for key, text in found["state"].items()},
            tuple(Entry(int(e[0]), int(e[1]), str(e[2]), str(e[3]), str(e[4])) for e in found["entries"]),
            tuple((str(sid), int(seconds)) for sid, seconds in found["recordings"]),
            str(found.get("callback", "")),
            tuple(str(key) for key in found.get("announcements", ()) if KEY.match(str(key))),
            str(found["back"][0]) if "back" in found else "",
            int(found["back"][1]) if "back" in found else 0,
            int(found["waited"]) if "waited" in found else None,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None


def _name(step: int, *, over: bool) -> str:
    return f"{step:02d}{'z' if over else ''}"
