"""Where a call stands: small enough for the query of the next address, which Twilio's signature covers.

A state that this flow did not write (another version of it, another release, garbage) is not an error: the call goes on
at the flow's fallback, in its language where that can be told. Nothing in it tells who calls, and no card number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from intake_phone.domain.flows.flow import STEPS, Flow

VERSION: Final = "1"
STATE_BYTES: Final = 1_024
ANSWER_LIMIT: Final = 4
LIST_LIMIT: Final = 3
TICKET_MOST: Final = 999_999_999
KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}\Z")
_WHOLE: Final = re.compile(r"[0-9]{1,9}\Z")
_ANSWER: Final = re.compile(r"([a-z0-9-]{1,40})=([0-9]{1,20}|x[0-9]{1,2})\Z")
REST: Final = "rest"
"""The case of a call whose digits were taken, and which swallows what is typed beyond them."""
_CASES: Final = ("", "asked", "told", "queued", "empty", REST)
_RECORDING: Final = ("", "told", "on", "paused")


@dataclass(frozen=True, slots=True)
class State:
    """Where a call stands before a request.

    Attributes:
        node: at which node it waits; empty: it has just begun.
        language: empty: nothing said yet.
        step: documents so far; those of waiting in a queue not counted.
        missed: misunderstandings in a row.
        case: what was done at the node.
        fell_back: it has been at the fallback already.
        recording: `told` that conversations are recorded, the call is `on` record, or `paused`.
        ticket: the one that the caller says it is about, or 0.
        offered: numbers of tickets that keys stand for. said: keys of announcements. answers: name → digits, or `x16`
            for
            sixteen that are not kept.
        foreign: it was not written by this version of the flow.
    """

    node: str = ""
    language: str = ""
    step: int = 0
    missed: int = 0
    case: str = ""
    fell_back: bool = False
    recording: str = ""
    ticket: int = 0
    offered: tuple[int, ...] = ()
    said: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    foreign: bool = False

    def with_answer(self, name: str, digits: str) -> "State":
        """With one answer more; of too many the oldest goes."""
        kept = tuple(answer for answer in self.answers if answer[0] != name)
        return replace(self, answers=(*kept, (name, digits))[-ANSWER_LIMIT:])


def write_state(state: State, flow: Flow) -> str:
    """The query that carries a state: at most `STATE_BYTES`, only what differs from a call that begins."""
    fields = {
        "v": VERSION,
        "f": flow.digest,
        "n": state.node,
        "l": state.language,
        "s": _shown(state.step),
        "m": _shown(state.missed),
        "c": state.case,
        "b": "1" if state.fell_back else "",
        "r": state.recording,
        "t": _shown(state.ticket),
        "o": ".".join(map(str, state.offered)),
        "a": ".".join(state.said),
        "d": ".".join(f"{name}={digits}" for name, digits in state.answers),
    }
    return urlencode({key: value for key, value in fields.items() if value}, safe="=.")


def read_state(fields: Mapping[str, str], flow: Flow) -> State:
    """The state that a query's fields carry; a `foreign` one if this flow did not write them. Never raises."""
    if "v" not in fields and "n" not in fields:
        return State()
    language = fields.get("l", "")
    language = language if language in flow.languages else ""
    step = min(_number(fields, "s"), STEPS)
    foreign = State(language=language, step=step, fell_back=True, foreign=True)
    if fields.get("v") != VERSION or fields.get("f") != flow.digest or fields.get("n") not in flow.nodes:
        return foreign
    case, recording = fields.get("c", ""), fields.get("r", "")
    offered = [int(one) for one in _parts(fields, "o") if _WHOLE.match(one)]
    return State(
        fields["n"],
        language,
        step,
        min(_number(fields, "m"), 9),
        case if case in _CASES else "",
        fields.get("b") == "1",
        recording if recording in _RECORDING else "",
        _number(fields, "t"),
        tuple(offered[:LIST_LIMIT]),
        tuple(one for one in _parts(fields, "a") if KEY.match(one))[:LIST_LIMIT],
        tuple((match[1], match[2]) for one in _parts(fields, "d") if (match := _ANSWER.match(one)))[:ANSWER_LIMIT],
    )


def _shown(number: int) -> str:
    return str(number) if number else ""


def _number(fields: Mapping[str, str], key: str) -> int:
    text = fields.get(key, "")
    return int(text) if _WHOLE.match(text) else 0


def _parts(fields: Mapping[str, str], key: str) -> list[str]:
    return fields.get(key, "")[:STATE_BYTES].split(".")
