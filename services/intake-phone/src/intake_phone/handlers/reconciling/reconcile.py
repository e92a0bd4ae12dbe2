"""Accept what Twilio has and we were not told of: after an outage, and every few minutes.

Twilio tries a webhook again for seconds only, and tells the end of a call once. Its lists say what there was: texts,
calls, and what became of texts of ours. What is missing is accepted under the id that the webhook would have given it,
so that whichever came first is the one. How far the lists were read is remembered; it never moves past a call that
still goes on, nor past what could not be accepted.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.errors import Senseless, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.accept import accepted_id
from intake_phone.ports.lists import Accepts, KnowsAccepted, Listed, Lists
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

MARK: Final = "mark"
_BACK: Final = timedelta(hours=1)
"""Clocks are apart, webhooks under way, and Twilio's lists late: so much is read again each time."""
_SETTLING: Final = timedelta(seconds=90)
"""What is younger may still be told by its webhook."""
_AGAIN_SECONDS: Final = 5.0


class Reconciler:
    """Reads the lists, for as long as this replica has the lease for it."""

    def __init__(
        self,
        *,
        lists: Lists,
        accepted: KnowsAccepted,
        accept: Accepts,
        state: RemembersState,
        every_seconds: float,
        horizon: timedelta,
        broken: Callable[[], int],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is read before `run`.

        Args:
            horizon: what is older is not looked for.
            broken: counts the times that something could not be accepted; a higher number calls for a look soon.
        """
        self._lists = lists
        self._accepted = accepted
        self._accept = accept
        self._state = state
        self._every_seconds = every_seconds
        self._horizon = horizon
        self._broken = broken
        self._now = now
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look until `stop`."""
        seen = -1
        looked = asyncio.get_running_loop().time() - self._every_seconds
        while not self._stopping.is_set():
            clock = asyncio.get_running_loop().time()
            if self._broken() != seen or clock - looked >= self._every_seconds:
                count = self._broken()
                if await self._look_once():
                    seen, looked = count, clock
            await self._pause(_AGAIN_SECONDS)

    def stop(self) -> None:
        """End after what is in hand."""
        self._stopping.set()

    async def _look_once(self) -> bool:
        try:
            found = await self.look()
        except (TwilioAway, TwilioBusy, TwilioRefused, Temporary) as error:
            log.warning("reconciler.waits", error=error)
            return False
        if found:
            kinds = Counter(one.kind for one in found)
            for kind, count in kinds.items():
                metrics.FOUND.labels(kind).inc(count)
            log.warning("reconciler.found", texts=kinds["text"], calls=kinds["call"], states=kinds["status"])
        return True

    async def look(self) -> list[Listed]:
        """Read the lists once; returns what was missing and is accepted now.

        Raises:
            TwilioAway, TwilioBusy, TwilioRefused: the lists cannot be read.
            Temporary: the broker is away; what was accepted so far stays so.
        """
        now = self._now()
        since = max(await self._mark(now) - _BACK, now - self._horizon)
        listed = await self._lists.since(since)
        known = await self._accepted(since - _BACK)
        missing = [one for one in listed if one.over and accepted_id(one.kind, one.sid) not in known]
        taken: list[Listed] = []
        for one in sorted(missing, key=lambda one: one.at):
            try:
                await self._accept(one)
                taken.append(one)
            except Senseless as error:  # it would make no sense the next time
                log.warning("reconciler.senseless", kind=one.kind, error=error)
        open_since = [one.at for one in listed if not one.over]
        mark = min([now - _SETTLING, *open_since])
        await self._set_mark(mark)
        metrics.RECONCILED_AT.set(now.timestamp())
        metrics.RECONCILED_UP_TO.set(mark.timestamp())
        return taken

    async def _mark(self, now: datetime) -> datetime:
        value = await self._state.get(MARK)
        return datetime.fromtimestamp(int(value), UTC) if value else now - self._horizon

    async def _set_mark(self, at: datetime) -> None:
        await self._state.put_all([MARK], b"%d" % int(at.timestamp()))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
