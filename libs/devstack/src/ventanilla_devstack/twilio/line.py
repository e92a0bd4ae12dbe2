"""A person's end of a leg: what they hear, and what they do.

Somebody whom a test has in its hand (`by_hand`) is never too slow: silence passes for them only when they `wait`, so a
test needs no real time and meets no race. Scripted people and those of the page live by the clock.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ventanilla_devstack.twilio.pace import Pace
from ventanilla_devstack.twilio.records import Call

HeardKind = Literal["say", "play", "beep", "keys", "talk", "ringback", "own"]
_HEARD, _EVENTS = 1_000, 1_000
_SPOKEN_SIGNS_A_SECOND = 14.0
_PATIENCE_SECONDS = 5.0
_IDLE_SECONDS = 0.03


class NotHeard(AssertionError):
    """Somebody waited for words that did not come."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that was to be heard.

    Attributes:
        text: words of a Say or a person, the address of a Play, keys.
        language: of a Say, as its attribute or Twilio's default.
    """

    kind: HeardKind
    text: str
    language: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Something said, and how long it took."""

    text: str
    seconds: float
    confidence: float = 0.9


@dataclass(slots=True)
class Silence:
    """Time in which somebody does nothing.

    Attributes:
        seconds: that are still to pass.
    """

    seconds: float
    passed: asyncio.Event = field(default_factory=asyncio.Event)


Event = Key | Speech | Silence


class Line:
    """The end that a person holds.

    Attributes:
        call: the leg.
        owner: whose telephone it is, where the call does not tell: of a caller who withholds their number.
        heard: what there was to hear, oldest first.
        story: the same with what the person has done in between (`own`), to be shown.
        listening: somebody at Twilio's end waits for keys, words or silence.
        asking: requests to the desk that are under way for the call.
        sharing: other legs for which the same time passes: whom one talks with.
        tapes: hear every word, of either side.
    """

    def __init__(self, call: Call, pace: Pace, *, by_hand: bool, changed: Callable[[], None] = lambda: None) -> None:
        self.call = call
        self.by_hand = by_hand
        self.heard: list[Heard] = []
        self.story: list[Heard] = []
        self.listening = False
        self.asking = 0
        self.owner = ""
        self.answered = asyncio.Event()
        self.refused = ""
        self.hung_up = asyncio.Event()
        self.sharing: list[Call] = []
        self.tapes: list[Callable[[str], None]] = []
        self._pace = pace
        self._changed = changed
        self._events: deque[Event] = deque()
        self._news = asyncio.Event()
        self._told = asyncio.Event()
        self._read = 0

    # What a person does ------------------------------------------------------------------------------------------

    async def hear(self, text: str = "", *, timeout_seconds: float = _PATIENCE_SECONDS) -> Heard:
        """Wait for something that was not heard yet and in which this text stands.

        Raises:
            NotHeard: it did not come in time (real seconds), or the call ended before; with what was heard instead.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            for number in range(self._read, len(self.heard)):
                if text.lower() in self.heard[number].text.lower():
                    self._read = number + 1
                    return self.heard[number]
            left = deadline - time.monotonic()
            if left <= 0 or self.call.over.is_set():
                since = [each.text for each in self.heard[self._read :]]
                raise NotHeard(f"waited for {text!r}, the call is {self.call.status}; heard meanwhile: {since}")
            self._told.clear()
            waits = [asyncio.ensure_future(self._told.wait()), asyncio.ensure_future(self.call.over.wait())]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()

    def press(self, keys: str) -> None:
        """Press keys, one after the other; they wait until somebody asks for them."""
        for digit in keys:
            if digit not in "0123456789*#ABCD":
                raise ValueError(f"{digit!r} is no key")
            self._put(Key(digit))
        self._note(Heard("own", keys))

    def speak(self, text: str, *, seconds: float | None = None, confidence: float = 0.9) -> None:
        """Say something; to a recording, to a Gather that listens, or to whom one is connected with."""
        self._put(Speech(text, speaking_seconds(text) if seconds is None else seconds, confidence))
        self._note(Heard("own", text))

    async def wait(self, seconds: float) -> None:
        """Do nothing for a while, in the telephone's time."""
        if not self.by_hand:
            await self._pace.sleep(seconds)
            return
        silence = Silence(seconds)
        self._put(silence)
        idle_left = max(seconds * self._pace.factor, _IDLE_SECONDS)
        before = time.monotonic()
        give_up = before + max(_PATIENCE_SECONDS, idle_left)
        while not silence.passed.is_set() and not self.over and before < give_up:
            await _first(silence.passed, self.call.over, seconds=0.005)
            now = time.monotonic()
            if not (self.listening or self.asking) and self._events and self._events[0] is silence:
                idle_left -= now - before
                if idle_left <= 0:
                    self._events.popleft()  # nobody measures it
                    return
            before = now

    async def taken(self, *, timeout_seconds: float = _PATIENCE_SECONDS) -> bool:
        """Wait until somebody has taken everything that was pressed and said; False if nobody does (real seconds)."""
        deadline = time.monotonic() + timeout_seconds
        while self.waiting and not self.over and time.monotonic() < deadline:
            await _first(self.call.over, seconds=0.005)
        return not self.waiting

    def hang_up(self) -> None:
        """Put the receiver down; before the call is answered, give up."""
        self.hung_up.set()
        self._changed()

    def answer(self) -> None:
        """Take a call that rings."""
        self.answered.set()

    def refuse(self, status: str = "busy") -> None:
        """Do not take a call that rings."""
        self.refused = status
        self.answered.set()

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.call.over.is_set()

    async def ended(self, timeout_seconds: float = _PATIENCE_SECONDS) -> str:
        """Wait until the call is over; its state."""
        await asyncio.wait_for(self.call.over.wait(), timeout_seconds)
        return self.call.status

    # What Twilio does --------------------------------------------------------------------------------------------

    def tell(self, heard: Heard) -> None:
        """Let the person hear something."""
        self.heard.append(heard)
        self._note(heard)
        if len(self.heard) > _HEARD:
            dropped = _HEARD // 2
            del self.heard[:dropped]
            self._read = max(self._read - dropped, 0)
        self._told.set()
        if heard.kind in ("say", "talk"):
            for tape in self.tapes:
                tape(heard.text)
        self._changed()

    @property
    def waiting(self) -> bool:
        """Whether the person has done something that nobody has taken yet."""
        return any(not isinstance(each, Silence) for each in self._events)

    async def next_event(self, timeout_seconds: float | None) -> Key | Speech | None:
        """What the person does next; None after so much silence. None as a time-out waits as long as it takes."""
        left = timeout_seconds
        self.listening = True
        try:
            while True:
                while self._events:
                    event = self._events[0]
                    if not isinstance(event, Silence):
                        return self._take()
                    if left is not None and event.seconds >= left:
                        event.seconds -= left
                        self._skip(left)
                        if event.seconds <= 0:
                            self._take()
                            event.passed.set()
                        return None
                    self._take()
                    self._skip(event.seconds)
                    left = None if left is None else left - event.seconds
                    event.passed.set()
                self._news.clear()
                if self.by_hand or left is None:
                    await self._news.wait()
                    continue
                began = time.monotonic()
                try:
                    await asyncio.wait_for(self._news.wait(), left * self._pace.factor)
                except TimeoutError:
                    self._pass(left, began)
                    return None
                left = max(left - self._pass(left, began), 0.0)
        finally:
            self.listening = False

    async def rings_out(self, seconds: float) -> None:
        """Let so much time pass on a line that only rings: nobody listens to what is done there."""
        if not self.by_hand:
            await self._pace.sleep(seconds)
            return
        self.listening = True
        try:
            while seconds > 0:
                self._news.clear()
                for silence in [each for each in self._events if isinstance(each, Silence)]:
                    passed = min(silence.seconds, seconds)
                    seconds -= passed
                    silence.seconds -= passed
                    if silence.seconds <= 0:
                        self._events.remove(silence)
                        silence.passed.set()
                if seconds > 0:
                    await self._news.wait()
        finally:
            self.listening = False

    async def until_acts(self, seconds: float) -> None:
        """Let time pass, but no longer than until the person does something. No time passes for one in hand."""
        if self.waiting or self.by_hand:
            return
        self._news.clear()
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds * self._pace.factor)
        self._pass(seconds, began)

    def _pass(self, most: float, began: float) -> float:
        """Count the telephone's time that has passed since a moment; what it was."""
        real = time.monotonic() - began
        virtual = min(most, real / self._pace.factor) if self._pace.factor else most
        self._skip(max(virtual - real, 0.0))
        return virtual

    def _skip(self, seconds: float) -> None:
        for call in (self.call, *self.sharing):
            call.skipped += seconds

    def _take(self) -> Key | Speech | None:
        event = self._events.popleft()
        if isinstance(event, Silence):
            return None
        if isinstance(event, Speech):
            if self.by_hand:
                self._skip(event.seconds)
            for tape in self.tapes:
                tape(event.text)
        return event

    def _note(self, heard: Heard) -> None:
        self.story.append(heard)
        del self.story[:-_HEARD]
        self._changed()

    def _put(self, event: Event) -> None:
        if len(self._events) >= _EVENTS:
            raise ValueError(f"more than {_EVENTS} things done that nobody has taken")
        self._events.append(event)
        self._news.set()


def speaking_seconds(text: str) -> float:
    """About how long it takes to say something."""
    return max(len(text) / _SPOKEN_SIGNS_A_SECOND, 0.5)


async def _first(*events: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()
