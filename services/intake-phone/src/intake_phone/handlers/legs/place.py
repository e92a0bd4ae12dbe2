"""Make a call once for each key, whatever dies meanwhile.

The key is written before Twilio is asked and the SID after it. Who finds a key without a SID looks through Twilio's
list before asking again: what was asked for may have been done, by somebody who died or by another replica that is
still waiting for the answer.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.made import made_key
from intake_phone.domain.calls.placing import Placing, read_placing, written
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioFailed, TwilioRefused, TwilioUnreached
from intake_phone.ports.calling import MakesCalls, ReplacesState, Wanted
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.state import Entry

log = structlog.get_logger()

CLOCKS_APART_SECONDS: Final = 30.0
"""So far our clock and Twilio's may be apart."""
_MARGIN_SECONDS: Final = 5.0
_SOON_SECONDS: Final = 1.0
_LISTED_SECONDS: Final = 2.0
"""So long after Twilio has said that it failed what it has done all the same stands in its list."""
_FREE: Final = b"-"
_HELD: Final = "another call to this telephone is being made"


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
        now = self._time()
        fresh = Placing(now, now, number=wanted.number, desk=wanted.desk)
        kept = await self._state.read(key)
        known = read_placing(kept.value)
        if known is not None and known.settled:
            return known
        await self._have_alone(key, wanted.number)
        if known is None:
            [new] = await self._state.create_all([key], written(fresh))
            if not new:
                raise TwilioAway("another replica makes this call")
            return await self._make(key, fresh, wanted)
        if known.tried and (sid := await self._made_unseen(key, known, fresh)):
            return await self._keep(key, replace(known, sid=sid), wanted.number)
        again = replace(fresh, since=known.since)
        try:
            await self._state.replace(key, written(again), kept.revision)
        except WrongSequence as error:
            raise TwilioAway("another replica makes this call") from error
        return await self._make(key, again, wanted)

    async def found_out(self, key: str) -> Placing | None:
        """What became of a key's call, of which nobody may know yet; None: there was none.

        Whoever gives a call up asks, so that it does not ring on for nobody. The telephone is free for others then.

        Raises:
            TwilioAway, TwilioBusy: nobody knows yet; the same again, later, may tell.
            Temporary: the broker is away; as above.
        """
        now = self._time()
        kept = await self._state.read(key)
        known = read_placing(kept.value)
        if known is None or known.settled or not known.tried or not known.number:
            return known
        sid = await self._made_unseen(key, known, Placing(now, now))
        found = replace(known, sid=sid) if sid else replace(known, tried=0, answered=0)
        # Read before: whoever tries again from here on makes a call of its own, and keeps the telephone for it.
        held = await self._state.read(_place(known.number))
        try:
            await self._state.replace(key, written(found), kept.revision)
        except WrongSequence as error:
            raise TwilioAway("another replica makes this call") from error
        await self._leave(key, known.number, held)
        return found

    async def _have_alone(self, key: str, number: str) -> None:
        """Have a telephone for this key alone until it is known what became of its call.

        Twilio's list does not say for which key a call was made: of two in doubt one would take the other's.

        Raises:
            TwilioBusy: another key has it.
        """
        held = await self._state.read(_place(number))
        since, owner = _holder(held.value)
        revision = held.revision
        if owner and owner != key and self._time() < since + 2 * self._patience:
            revision = await self._freed(number, owner)
        try:
            await self._state.replace(_place(number), f"{self._time():.3f} {key}".encode(), revision)
        except WrongSequence as error:
            raise TwilioBusy(_HELD, _SOON_SECONDS) from error

    async def _freed(self, number: str, owner: str) -> int:
        """Find out what another key waits for, whose caller may have gone; the revision of what says who has it.

        Raises:
            TwilioBusy: it has the telephone still.
        """
        try:
            known = await self.found_out(owner)
        except TwilioAway as error:
            raise TwilioBusy(_HELD, _SOON_SECONDS) from error
        held = await self._state.read(_place(number))
        its_call_is_known = _holder(held.value)[1] == owner and known is not None and known.settled
        if not (its_call_is_known or held.value == _FREE):
            raise TwilioBusy(_HELD, _SOON_SECONDS)
        return held.revision

    async def _leave(self, key: str, number: str, held: Entry | None = None) -> None:
        """Let others ring this telephone, unless another key has it by now."""
        held = held or await self._state.read(_place(number))
        if _holder(held.value)[1] == key:
            with suppress(WrongSequence):
                await self._state.replace(_place(number), _FREE, held.revision)

    async def end(self, sid: str) -> bool:
        """Stop a call of ours that rings; False: it is answered, or over already.

        Nobody who has answered is cut off: they hear that it is over.

        Raises:
            TwilioAway, TwilioBusy: it may go on.
        """
        try:
            await self._twilio.end_call(sid)
        except TwilioRefused as error:  # it is over already, or long gone
            log.info("leg.not_ended", sid=sid, error=error)
            return False
        return True

    async def _make(self, key: str, known: Placing, wanted: Wanted) -> Placing:
        try:
            made = await self._twilio.make_call(wanted)
        except (TwilioBusy, TwilioUnreached):
            await self._state.put_all([key], written(replace(known, tried=0)))
            await self._leave(key, wanted.number)
            raise
        except TwilioFailed:
            await self._state.put_all([key], written(replace(known, answered=self._time())))
            raise
        except TwilioRefused as error:
            metrics.PLACED.labels("refused").inc()
            log.warning("leg.refused", key=key, code=error.code)
            return await self._keep(key, replace(known, refused=str(error)[:200]), wanted.number)
        metrics.PLACED.labels("made").inc()
        await self._state.create_all([made_key(made.sid)], key.encode())
        return await self._keep(key, replace(known, sid=made.sid), wanted.number)

    async def _keep(self, key: str, placing: Placing, number: str) -> Placing:
        await self._state.put_all([key], written(placing))
        await self._leave(key, number)
        return placing

    async def _made_unseen(self, key: str, known: Placing, fresh: Placing) -> str:
        """The SID of a call that was made under this key without our knowing; empty: there is none.

        Raises:
            TwilioAway: it may be under way.
        """
        since = known.since - CLOCKS_APART_SECONDS
        until = known.tried + self._patience + CLOCKS_APART_SECONDS
        number, desk = known.number or fresh.number, known.desk or fresh.desk
        listed = await self._twilio.calls_to(number, desk, since)
        for made in reversed([one for one in listed if one.at <= until]):
            # Two keys may ring one telephone: whose a call is is written down once.
            [mine] = await self._state.create_all([made_key(made.sid)], key.encode())
            if mine or await self._state.get(made_key(made.sid)) == key.encode():
                metrics.PLACED.labels("found").inc()
                return made.sid
        over = known.answered + _LISTED_SECONDS if known.answered else known.tried + self._patience
        if fresh.tried < over:
            raise TwilioAway("this call may be under way")
        return ""

    def _time(self) -> float:
        return self._now().timestamp()


def _place(number: str) -> str:
    """The key that says which call a telephone is kept for."""
    return f"dial.{sha256(number.encode()).hexdigest()[:32]}"


def _holder(value: bytes | None) -> tuple[float, str]:
    """Since when, and by which key, a telephone is kept; an empty one: by none."""
    since, _, owner = (value or b"").decode().partition(" ")
    return (float(since), owner) if owner else (0.0, "")
