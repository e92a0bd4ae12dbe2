"""Two legs that talk with each other."""

import asyncio

from ventanilla_devstack.twilio.line import Heard, Key, Speech
from ventanilla_devstack.twilio.voice.leg import Leg


class Bridge:
    """Takes what one says to the other, until either leaves.

    Attributes:
        over: somebody has left.
    """

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._met = asyncio.Event()
        self._legs: list[Leg] = []

    async def talk(self, leg: Leg, *, star_ends: bool = False, most_seconds: float | None = None) -> None:
        """Take part; returns when the other has left, or when this one presses `*` and that ends it.

        Raises:
            Break: this leg was broken off; the other one is let go.
        """
        self._legs.append(leg)
        if len(self._legs) == 2:
            for one, two in (self._legs, self._legs[::-1]):
                one.line.sharing.append(two.call)
            self._met.set()
        limit = asyncio.ensure_future(leg.site.exchange.pace.sleep(most_seconds)) if most_seconds else None
        if limit is not None:
            limit.add_done_callback(lambda _: self.over.set())
        try:
            await leg.until(self._meet())  # what one says before the other is there would be lost
            while not self.over.is_set():
                event = await leg.until(self._next(leg))
                if isinstance(event, Key) and event.digit == "*" and star_ends:
                    return
                if event is not None:
                    self._pass_on(leg, event)
        finally:
            if limit is not None:
                limit.cancel()
            self.over.set()
            leg.line.sharing.clear()

    def _pass_on(self, leg: Leg, event: Key | Speech) -> None:
        heard = Heard("keys", event.digit) if isinstance(event, Key) else Heard("talk", event.text)
        for other in self._legs:
            if other is not leg:
                other.line.tell(heard)

    async def _meet(self) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (self._met, self.over)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _next(self, leg: Leg) -> Key | Speech | None:
        acting = asyncio.ensure_future(leg.line.next_event(None))
        leaving = asyncio.ensure_future(self.over.wait())
        try:
            await asyncio.wait({acting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return acting.result() if acting.done() else None
        finally:
            acting.cancel()
            leaving.cancel()
