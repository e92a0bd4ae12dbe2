"""Make a call once for each key, whatever dies meanwhile.

The key is written before Twilio is asked and the SID after it. Who finds a key without a SID looks through Twilio's
list before asking again: what was asked for may have been done, by somebody who died or by another replica that is
still waiting for the answer.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.placing import Placing, read_placing, written
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.ports.calling import MakesCalls, ReplacesState, Wanted
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

CLOCKS_APART_SECONDS: Final = 30.0
"""So far our clock and Twilio's may be apart."""
_MARGIN_SECONDS: Final = 5.0


class Placer:
    """Makes calls."""

    def __init__(
        self,
        state: ReplacesState,
        twilio: MakesCalls,
        twilio_seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is made yet.

        Args:
            twilio_seconds: how long one request to Twilio may take: for so long another replica may still be at it.
        """
        self._state = state
        self._twilio = twilio
        self._patience = twilio_seconds + _MARGIN_SECONDS
        self._now = now

    async def place(self, key: str, wanted: Wanted) -> Placing:
        """Make a call, unless this key's was made: then that one is told of.

        Raises:
            TwilioAway, TwilioBusy: nobody knows yet; the same again, later, makes no second call.
            Temporary: the broker is away; as above.
        """
        fresh = Placing(self._time(), self._time())
        [new] = await self._state.create_all([key], written(fresh))
        if new:
            return await self._make(key, fresh, wanted)
        kept = await self._state.read(key)
        known = read_placing(kept.value) or Placing(fresh.since, 0)
        if known.settled:
            return known
        if known.tried:
            sid = await self._made_unseen(key, known, wanted)
            if sid:
                return await self._keep(key, replace(known, sid=sid))
            if fresh.tried < known.tried + self._patience:
                raise TwilioAway("another replica may be making this call")
        again = replace(known, tried=fresh.tried)
        try:
            await self._state.replace(key, written(again), kept.revision)
        except WrongSequence as error:
            raise TwilioAway("another replica makes this call") from error
        return await self._make(key, again, wanted)

    async def end(self, sid: str) -> None:
        """End a call of ours, as far as Twilio lets us.

        Raises:
            TwilioAway, TwilioBusy: it may go on.
        """
        try:
            await self._twilio.end_call(sid)
        except TwilioRefused as error:  # it is over already, or long gone
            log.info("leg.not_ended", sid=sid, error=error)

    async def _make(self, key: str, known: Placing, wanted: Wanted) -> Placing:
        try:
            made = await self._twilio.make_call(wanted)
        except TwilioBusy:
            await self._state.put_all([key], written(replace(known, tried=0)))
            raise
        except TwilioRefused as error:
            metrics.PLACED.labels("refused").inc()
            log.warning("leg.refused", key=key, code=error.code)
            return await self._keep(key, replace(known, refused=str(error)[:200]))
        metrics.PLACED.labels("made").inc()
        await self._state.create_all([_owned(made.sid)], key.encode())
        return await self._keep(key, replace(known, sid=made.sid))

    async def _keep(self, key: str, placing: Placing) -> Placing:
        await self._state.put_all([key], written(placing))
        return placing

    async def _made_unseen(self, key: str, known: Placing, wanted: Wanted) -> str:
        """The SID of a call that was made under this key without our knowing; empty: there is none."""
        since = known.since - CLOCKS_APART_SECONDS
        for made in reversed(await self._twilio.calls_to(wanted.number, wanted.desk, since)):
            # Two keys may ring one telephone: whose a call is is written down once.
            [mine] = await self._state.create_all([_owned(made.sid)], key.encode())
            if mine or await self._state.get(_owned(made.sid)) == key.encode():
                metrics.PLACED.labels("found").inc()
                return made.sid
        return ""

    def _time(self) -> float:
        return self._now().timestamp()


def _owned(sid: str) -> str:
    """The key that says which key a call of ours was made under."""
    return f"made.{sid}"
