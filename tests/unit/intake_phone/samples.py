"""Flows and calls for tests: a small flow file that is well formed, and a caller who goes through a flow."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from intake_phone.adapters.flow_file import read_flow_text
from intake_phone.adapters.words import load_words
from intake_phone.domain.calls.effects import Effect
from intake_phone.domain.calls.facts import Announcement, Facts, Ringing
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.legs import leg
from intake_phone.domain.calls.state import State, read_state
from intake_phone.domain.calls.step import step, wait
from intake_phone.domain.calls.turn import Entry, Step
from intake_phone.domain.flows.flow import Flow
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.twiml import Link, document
from tests.unit.intake_phone.twiml_rules import faults

DOORS = "https://desk.example/twilio"
WORDS = load_words()
OPEN = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
"""A Friday morning."""
NIGHT = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
ANA = Facts(read_caller("+34600111222"))
OUTAGE = Announcement("out-1", {"es": "El correo no funciona.", "en": "Mail does not work."})

HEAD = """\
flow: 1
name: sample
numbers: ["+34910000000"]
languages: [es, en]
teams: [first-line]
start: menu
fallback: message
prompts:
  question: {es: "¿Avería o factura?", en: "Fault or invoice?"}
nodes:
"""
MENU = """\
  menu:
    do: menu
    say: question
    choices:
      - {key: "1", words: {es: [avería], en: [fault]}, then: message}
      - {key: "2", words: {es: [factura], en: [invoice]}, then: bye}
  message: {do: voicemail}
  bye: {do: hang_up}
"""


def flow_of(nodes: str = MENU, head: str = HEAD) -> Flow:
    return read_flow_text(head + nodes, "sample.yaml", first_year=2026)


class Call:
    """A caller in a flow: what was said is checked against Twilio's rules each time."""

    def __init__(self, flow: Flow, facts: Facts = ANA, now: datetime = OPEN) -> None:
        self.flow = flow
        self.facts = facts
        self.now = now
        self.last: Step | None = None
        self.entries: list[Entry] = []
        self.effects: list[Effect] = []
        self._state = State()
        self._said: list[str] = []

    def hear(self, heard: Heard | None = None, *, verb: int = -1, link: str = "link") -> "Call":
        """The next request: to the address that the last document's verb names."""
        if self.last is not None:
            self._state = self.state_of(getattr(self.last.verbs[verb], link))
        self.last = step(self.flow, self._state, heard or Heard(), self.facts, self.now)
        return self._took("step")

    def waits(self, heard: Heard, link: Link) -> "Call":
        """A round in a queue."""
        self.last = wait(self.flow, self.state_of(link), heard, self.facts, self.now)
        return self._took("wait")

    def press(self, digits: str) -> "Call":
        return self.hear(Heard(digits=digits))

    def speak(self, words: str, confidence: float | None = None) -> "Call":
        return self.hear(Heard(speech=words, confidence=confidence))

    def state_of(self, link: Link) -> State:
        return read_state(dict(parse_qsl(link.query)), self.flow)

    @property
    def said(self) -> str:
        return " ".join(self._said)

    @property
    def verbs(self) -> list[str]:
        assert self.last is not None
        return [type(verb).__name__ for verb in self.last.verbs]

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]

    def verb(self, position: int = -1) -> Any:
        assert self.last is not None
        return self.last.verbs[position]

    def _took(self, door: str) -> "Call":
        assert self.last is not None
        text = document(self.last.verbs, DOORS)
        assert faults(text, door) == []
        self._said = [say.text or "" for say in ElementTree.fromstring(text).iter("Say")]
        self.entries += self.last.entries
        self.effects += self.last.effects
        return self


def on_leg(flow: Flow, query: str, heard: Heard, ringing: Ringing | None = None) -> Step:
    came = leg(flow, read_state(dict(parse_qsl(query)), flow), heard, ringing or Ringing(), "CA1.1/eva.1")
    assert faults(document(came.verbs, DOORS)) == []
    return came


def fields(**named: str) -> Mapping[str, str]:
    return named
