"""One request of a call while it is worked on: what has been said so far, and the state that the next address gets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from intake_phone.domain.calls.effects import Effect
from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.state import State, write_state
from intake_phone.domain.flows.flow import MISUNDERSTANDINGS, Flow
from intake_phone.domain.flows.hours import Opening
from intake_phone.domain.twiml import Door, Gather, Hangup, Link, Play, Say, Verb, Voice

BLANK: Final = re.compile(r"\{([a-z]+)\}")
_WEEK_DAYS: Final = 7
"""From so many days ahead on the name of the weekday would mean another one."""
BESIDE, FOUND, ENDED, HUNG_UP = 1_000, 1_400, 1_500, 2_000
"""Positions within a step, behind all lines of its document: of what became of its effects, which is known later; of
what only Twilio's list tells of; of the word that ends the call; of what is noted once the caller has hung up, which is
no step of its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a call's log: no number, no digits, no words that somebody said.

    Attributes:
        step, position: of a call they name the entry, so that the same one told twice is known as one.
        kind: `chose`, `queued`, `recorded`, …: `log.<kind>` among the words.
        node: where in the flow. detail: a key, a team, seconds, a status.
    """

    step: int
    position: int
    kind: str
    node: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What one request comes to.

    Attributes:
        verbs: the document: it ends in an address of ours, or in the end of the call.
        state: as the next address carries it.
        effects: what is to be done beside it, in order.
        entries: what the call's log gets.
    """

    verbs: tuple[Verb, ...]
    state: State
    effects: tuple[Effect, ...] = ()
    entries: tuple[Entry, ...] = ()


class Turn:
    """Collects verbs, effects and entries; `state` changes as the call goes on."""

    def __init__(self, flow: Flow, state: State, heard: Heard, facts: Facts, now: datetime) -> None:
        self.flow = flow
        self.heard = heard
        self.facts = facts
        self.now = now
        self.state = state
        self.verbs: list[Verb] = []
        self.effects: list[Effect] = []
        self._entries: list[Entry] = []
        self.chosen = ""  # node that the caller has just asked for
        self._must_be_heard = 0

    @property
    def language(self) -> str:
        """In which the caller is spoken to."""
        known = self.facts.language if self.facts.language in self.flow.languages else self.flow.language
        return self.state.language or known

    @property
    def voice(self) -> Voice:
        """Of that language."""
        return self.flow.voices[self.language]

    def change(self, **changes: object) -> None:
        """Change the state."""
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # names and types are State's own

    def note(self, kind: str, detail: str = "") -> None:
        """Write a line into the call's log."""
        behind = HUNG_UP if self.heard.hung_up else ENDED if kind == "ended" else 0
        position = len(self._entries) + behind
        self._entries.append(Entry(self.state.step, position, kind, self.state.node, detail))

    def line(self, prompt: str, language: str = "", /, **blanks: str) -> list[Say | Play]:
        """A prompt as a verb, in the caller's language or another; nothing for a prompt without a name."""
        language = language or self.language
        if not prompt:
            return []
        line = self.flow.prompts[prompt][language]
        if line.url:
            return [Play(line.url)]
        return [Say(BLANK.sub(lambda match: blanks.get(match[1], ""), line.text), self.flow.voices[language])]

    def say(self, prompt: str, /, **blanks: str) -> None:
        """Say a prompt."""
        self.verbs += self.line(prompt, **blanks)

    def ask(
        self,
        lines: Sequence[Say | Play],
        seconds: int,
        digits: int = 1,
        finish_key: str = "",
        hints: Sequence[str] = (),
        **changes: object,
    ) -> None:
        """Complete the document with a question; `changes` are those of the state that the answer comes with.

        What was said before is inside the question, so that a caller who knows the menu need not hear the welcome out;
        what must be heard (`must_be_heard`) stays before it.
        """
        before, rest = self.verbs[: self._must_be_heard], self.verbs[self._must_be_heard :]
        inside = [verb for verb in rest if isinstance(verb, Say | Play)] + list(lines)
        self.verbs = [
            *before,
            Gather(self.link("step", **changes), inside, self.voice, seconds, digits, finish_key, tuple(hints)),
        ]

    def must_be_heard(self) -> None:
        """What was said so far cannot be interrupted by a key."""
        self._must_be_heard = len(self.verbs)

    def link(self, door: Door = "step", **changes: object) -> Link:
        """The next address: of a state that differs from this one in `changes`."""
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names and types are State's own
        return Link(door, write_state(state, self.flow))

    def spelt(self, digits: str, language: str = "") -> str:
        """Digits one by one, as words: `4711` is read as a number otherwise, by some voices as a year."""
        words = self.flow.words[language or self.language]
        return ", ".join(words[f"digit.{digit}"] for digit in digits if f"digit.{digit}" in words)

    def opens(self, opening: Opening | None) -> str:
        """When it opens next, as words."""
        words = self.flow.words[self.language]
        if opening is None:
            return words["opens.unknown"]
        near = {0: "today", 1: "tomorrow"}.get(opening.days, "day" if opening.days < _WEEK_DAYS else "date")
        return words[f"opens.{near}"].format(
            clock=opening.clock,
            day=words[f"day.{opening.date.weekday()}"],
            number=opening.date.day,
            month=words[f"month.{opening.date.month}"],
        )

    def misunderstood(self, prompt: str = "not-understood") -> str:
        """After something that was not understood, or a silence: the node again, or the fallback after three."""
        self.note("silent" if self.heard.silent else "misunderstood")
        if self.state.missed + 1 >= MISUNDERSTANDINGS:
            return self.fall_back()
        self.change(missed=self.state.missed + 1)
        self.say("nothing-heard" if self.heard.silent else prompt)
        return self.state.node

    def fall_back(self, why: str = "fell_back") -> str:
        """To a person, or the voicemail."""
        self.change(node=self.flow.fallback, missed=0, case="", fell_back=True, foreign=False)
        self.note(why)
        return self.flow.fallback

    def goodbye(self, prompt: str = "goodbye") -> None:
        """End the call with a word."""
        self.say(prompt)
        self.verbs.append(Hangup())
        self.note("ended")

    def step(self) -> Step:
        """What came of it."""
        return Step(tuple(self.verbs), self.state, tuple(self.effects), tuple(self._entries))
