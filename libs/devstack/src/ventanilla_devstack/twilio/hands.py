"""Hands of people outside: they call the desk, answer its calls, write to it, and read what it writes."""

import asyncio
import time
from collections.abc import Sequence

from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.messaging.incoming import text_in
from ventanilla_devstack.twilio.records import Message, Person
from ventanilla_devstack.twilio.seed import ANONYMOUS
from ventanilla_devstack.twilio.voice.calls import call_in
from ventanilla_devstack.twilio.voice.people import check_script, perform
from ventanilla_devstack.twilio.voice.site import Site

_PATIENCE_SECONDS = 5.0
_RINGING = 1_000
Files = Sequence[tuple[str, bytes]]


class NothingCame(AssertionError):
    """Somebody waited for a call or a text that did not come."""


class Hands:
    """What people outside do."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._ringing: list[tuple[str, Line]] = []
        self._changed = asyncio.Event()
        site.ringing.append(self._note)
        site.exchange.listeners.append(self._wake)

    def call(
        self,
        from_: str,
        to: str,
        script: Sequence[str] = (),
        *,
        by_hand: bool | None = None,
        forwarded_from: str = "",
        caller_name: str = "",
        withheld: bool = False,
    ) -> Line:
        """Call the desk; returns at once, with the receiver in hand.

        Args:
            script: what the caller does by themselves: `hear:…`, `press:…`, `speak:…`, `wait:SECONDS`, `hang up`.
            withheld: the desk is told the number of an anonymous caller.
            by_hand: whether time stands still for them until they `wait`; without a script it does.

        Raises:
            ValueError: the script has a step that there is not.
        """
        check_script(tuple(script))
        patient = self._site.patient if by_hand is None else by_hand
        shown = ANONYMOUS if withheld else from_
        line = call_in(self._site, shown, to, by_hand=patient, forwarded_from=forwarded_from, caller_name=caller_name)
        line.owner = from_
        if script:
            self._site.callbacks.spawn(perform(line, tuple(script)))
        return line

    async def text(self, from_: str, to: str, body: str, media: Files = (), *, profile: str = "") -> Message:
        """Write to the desk; returns when the desk has answered the webhook.

        Raises:
            NoSuchNumber: nobody reads texts there.
        """
        message, bringing = text_in(self._site, from_, to, body, tuple(media), profile=profile)
        if bringing is not None:
            await asyncio.wait({bringing})
        return message

    def texts(self, number: str) -> list[Message]:
        """What the desk has written to somebody that has left for them, oldest first."""
        bare = number.removeprefix("whatsapp:")
        return [
            message
            for message in self._site.exchange.messages.values()
            if message.direction != "inbound"
            and message.to.removeprefix("whatsapp:") == bare
            and message.status in ("sent", "delivered", "read")
        ]

    async def receive(
        self, number: str, containing: str = "", *, timeout_seconds: float = _PATIENCE_SECONDS
    ) -> Message:
        """Wait for a text of the desk to somebody.

        Raises:
            NothingCame: none with these words came in time (real seconds).
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            found = next((each for each in reversed(self.texts(number)) if containing in each.body), None)
            if found is not None:
                return found
            if not await self._next_change(deadline):
                raise NothingCame(f"no text with {containing!r} came to {number}")

    async def ringing(self, number: str, *, timeout_seconds: float = _PATIENCE_SECONDS) -> Line:
        """The next call that rings somebody; their end of it, to be answered or refused.

        Raises:
            NothingCame: none came in time (real seconds).
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            for entry in self._ringing:
                if entry[0] == number:
                    self._ringing.remove(entry)
                    return entry[1]
            if not await self._next_change(deadline):
                raise NothingCame(f"no call came to {number}")

    def lines_of(self, number: str) -> list[Line]:
        """The calls of somebody that go on, oldest first."""
        return [
            line
            for line in self._site.lines.values()
            if not line.over and number == (line.owner if line.call.direction == "inbound" else line.call.to)
        ]

    async def _next_change(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), left)
        except TimeoutError:
            return False
        return True

    def _note(self, person: Person, line: Line) -> None:
        self._ringing.append((person.number, line))
        del self._ringing[:-_RINGING]
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
