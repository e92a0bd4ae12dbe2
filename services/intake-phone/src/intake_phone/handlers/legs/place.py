"""Make a call once for each key, whatever dies meanwhile.

The key is written before Twilio is asked and the SID after it. Who finds a key without a SID looks through Twilio's
list before asking again: what was asked for may have been done, by somebody who died or by another replica that is
still waiting for the answer.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.made import made_key
from intake_phone.domain.calls.placing import Placing, read_placing, written
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.ports.calling import MakesCalls, ReplacesState, Wanted
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

CLOCKS_APART_SECONDS: Final = 30.0
"""So far our clock and Twilio's may be apart."""
_MARGIN_SECONDS: Final = 5.0
_SOON_SECONDS: Final = 1.0


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
        kept = await self._state.read(key)
        known = read_placing(kept.value)
        if known is not None and known.settled:
            return known
        await self._have_alone(key, wanted)
        if known is None:
            [new] = await self._state.create_all([key], written(fresh))
            if not new:
                raise TwilioAway("another replica makes this call")
            return await self._make(key, fresh, wanted)
        if known.tried:
            sid = await self._made_unseen(key, known, wanted)
            if sid:
                return await self._keep(key, replace(known, sid=sid), wanted)
            if fresh.tried < known.tried + self._patience:
                raise TwilioAway("this call may be under way")
        again = replace(known, tried=fresh.tried)
        try:
            await self._state.replace(key, written(again), kept.revision)
        except WrongSequence as error:
            raise TwilioAway("another replica makes this call") from error
        return await self._make(key, again, wanted)

    async def _have_alone(self, key: str, wanted: Wanted) -> None:
        """Have a telephone for this key alone until it is known what became of its call.

        Twilio's list does not say for which key a call was made: of two in doubt one would take the other's.

        Raises:
            TwilioBusy: another key has it.
        """
        place = f"dial.{sha256(wanted.number.encode()).hexdigest()[:32]}"
        mine = f"{self._time():.3f} {key}".encode()
        held = await self._state.read(place)
        since, _, owner = (held.value or b"").decode().partition(" ")
        if owner and owner != key and self._time() < float(since) + 2 * self._patience:
            raise TwilioBusy("another call to this telephone is being made", _SOON_SECONDS)
        try:
            await self._state.replace(place, mine, held.revision)
        except WrongSequence as error:
            raise TwilioBusy("another call to this telephone is being made", _SOON_SECONDS) from error

    async def _leave(self, wanted: Wanted) -> None:
        """Let others ring this telephone."""
        await self._state.put_all([f"dial.{sha256(wanted.number.encode()).hexdigest()[:32]}"], b"-")

    async def end(self, sid: str) -> None:
        """Stop a call of ours that rings. Nobody who has answered is cut off: they hear that it is over.

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
            await self._leave(wanted)
            raise
        except TwilioRefused as error:
            metrics.PLACED.labels("refused").inc()
            log.warning("leg.refused", key=key, code=error.code)
            return await self._keep(key, replace(known, refused=str(error)[:200]), wanted)
        metrics.PLACED.labels("made").inc()
        await self._state.create_all([made_key(made.sid)], key.encode())
        return await self._keep(key, replace(known, sid=made.sid), wanted)

    async def _keep(self, key: str, placing: Placing, wanted: Wanted) -> Placing:
        await self._state.put_all([key], written(placing))
        await self._leave(wanted)
        return placing

    async def _made_unseen(self, key: str, known: Placing, wanted: Wanted) -> str:
        """The SID of a call that was made under this key without our knowing; empty: there is none."""
        since = known.since - CLOCKS_APART_SECONDS
        until = known.tried + self._patience + CLOCKS_APART_SECONDS
        listed = await self._twilio.calls_to(wanted.number, wanted.desk, since)
        for made in reversed([one for one in listed if one.at <= until]):
            # Two keys may ring one telephone: whose a call is is written down once.
            [mine] = await self._state.create_all([made_key(made.sid)], key.encode())
            if mine or await self._state.get(made_key(made.sid)) == key.encode():
                metrics.PLACED.labels("found").inc()
                return made.sid
        return ""

    def _time(self) -> float:
        return self._now().timestamp()
