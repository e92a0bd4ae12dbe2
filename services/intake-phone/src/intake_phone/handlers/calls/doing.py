"""Do what a document's step wants done beside it: the recording of the call, words about who waits, promised links.

The recording is paused before the answer leaves: what is typed next must not be on it. Where that cannot be made sure,
the caller is not asked for it; and a link is promised only once it is kept that it was. Everything is keyed by the
call, the step and the place in it, since Twilio may ask for the same document twice.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.effects import (
    Effect,
    PauseRecording,
    ResumeRecording,
    RingTeam,
    StartRecording,
    StopRinging,
    TextLink,
)
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.links import Link
from intake_phone.domain.calls.ringing import KEY
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.calls.waiting import SERVED_FIELD, Name, name_form, wish_form
from intake_phone.domain.numbers import Caller
from intake_phone.domain.telephones import missed_key
from intake_phone.errors import NotAccepted, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.ports.calling import KeepsWord
from intake_phone.ports.lists import Kind
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()

_RECORDING: Final = (StartRecording, PauseRecording, ResumeRecording)
_MOST_UNDER_WAY: Final = 1_000
STOP_SECONDS: Final = 60.0
"""Telephones ring on until such a word is kept, and as long as that most of them ring."""


class RecordsCalls(Protocol):
    """Changes the recording of a call; `adapters.twilio.api.Twilio` does."""

    async def record_call(self, call: str, change: str) -> None:
        """`start`, `pause` or `resume`. Raises TwilioAway, TwilioBusy, TwilioRefused."""


class NotPaused(Exception):
    """The recording could not be paused: nothing may be asked for that must not be on it."""


class Doer:
    """Does it."""

    def __init__(
        self,
        recorder: RecordsCalls,
        state: RemembersState,
        words: KeepsWord,
        *,
        seconds: float,
        accept_seconds: float,
        stop_seconds: float = STOP_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is done yet.

        Args:
            seconds: how long an answer waits for what must be done before it.
            accept_seconds: how long what nobody waits for is tried while the broker is away.
            stop_seconds: how long a word is tried that telephones stop by.
        """
        self._recorder = recorder
        self._state = state
        self._words = words
        self._seconds = seconds
        self._accept_seconds = accept_seconds
        self._stop_seconds = stop_seconds
        self._now = now
        self._under_way: set[asyncio.Task[None]] = set()

    async def before(self, call: str, effects: Sequence[Effect]) -> None:
        """Do what must be done before the answer leaves.

        Raises:
            NotPaused: the recording goes on.
        """
        for effect in effects:
            if not isinstance(effect, _RECORDING):
                continue
            change = {StartRecording: "start", PauseRecording: "pause", ResumeRecording: "resume"}[type(effect)]
            try:
                async with asyncio.timeout(self._seconds):
                    await self._recorder.record_call(call, change)
            except (TimeoutError, TwilioAway, TwilioBusy, TwilioRefused) as error:
                metrics.EFFECTS.labels(f"recording_{change}", "failed").inc()
                log.warning("recording.unchanged", call=call, change=change, error=error)
                if isinstance(effect, PauseRecording):
                    raise NotPaused(change) from error

    async def links_kept(self, call: str, number: str, made: Step) -> bool:
        """Whether each link that a step promises is kept: then it is texted, whatever dies.

        Args:
            number: of the desk, from which it is texted.
        """
        state, at = made.state, self._now().timestamp()
        for position, effect in enumerate(made.effects):
            if not isinstance(effect, TextLink):
                continue
            link = Link(call, state.step, position, state.node, number, effect.number, effect.text, at)
            try:
                await self._words.accept("link", str(link), link.form(), "call", self._seconds / 2)
            except NotAccepted as error:
                metrics.EFFECTS.labels("text", "not_kept").inc()
                log.warning("link.not_kept", call=call, error=error)
                return False
        return True

    async def noted_key(self, name: Name) -> bool:
        """Whether it is kept that a caller pressed the key to leave a queue."""
        return await self._kept(name, KEY)

    async def noted_miss(self, name: Name, leg: str) -> bool:
        """Whether it is kept that an agent pressed the key on a leg and nobody was in the queue."""
        return await self._kept(name, missed_key(leg))

    async def _kept(self, name: Name, rest: str) -> bool:
        try:
            async with asyncio.timeout(self._seconds / 2):
                await self._state.create_all([f"{name.prefix}{rest}"], b"1")
                return True
        except (TimeoutError, ContractError) as error:
            log.warning("call.key_not_kept", call=name.call, error=error)
            return False

    def beside(self, call: str, number: str, caller: Caller, made: Step, *, came_from: int) -> None:
        """Begin what nobody waits for.

        Args:
            number: of the desk. came_from: step at which the request's own state stood.
        """
        for effect in made.effects:
            if isinstance(effect, RingTeam):
                name = Name(call, made.state.step)
                form = wish_form(name, effect, number, caller.number, self._now().timestamp())
                in_round = "enters" if effect.round is None else effect.round
                self._begin(self._tell("ring", f"{name}.{in_round}", form))
            elif isinstance(effect, StopRinging):
                name = Name(call, came_from)
                form = name_form(name) | ({SERVED_FIELD: "1"} if effect.served else {})
                self._begin(self._tell("gone", str(name), form, self._stop_seconds))

    def taken(self, call: str, leg: str, by: str) -> None:
        """An agent's leg, whose call is `by`, has taken a caller out of the queue."""
        form = {"CallSid": call, LEG: leg, "DequeingCallSid": by, "At": f"{self._now().timestamp():.3f}"}
        self._begin(self._tell("taken", f"{call}.{by}", form, self._stop_seconds))

    async def talked(self, leg: str, by: str, call: str, seconds: float) -> None:
        """An agent's leg, whose call is `by`, has talked; returns once that is kept, or was tried for so long.

        Args:
            call: of the caller, where Twilio names it. seconds: how long they talked.
        """
        at = self._now().timestamp() - seconds
        form = {"CallSid": by, LEG: leg, "DialCallSid": call, "At": f"{at:.3f}"}
        await self._tell("talked", f"{by}.{leg}", form)

    async def close(self) -> None:
        """End what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._seconds)

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        if len(self._under_way) >= _MOST_UNDER_WAY:
            doing.close()
            metrics.EFFECTS.labels("any", "too_many").inc()
            return
        task = asyncio.get_running_loop().create_task(doing)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _tell(self, kind: Kind, name: str, form: dict[str, str], seconds: float | None = None) -> None:
        try:
            await self._words.accept(kind, name, form, "call", seconds or self._accept_seconds)
        except NotAccepted as error:
            # A word about who waits is said again with the next round, one about a talk at its end; and the end of the
            # call settles its waits. Until then phones ring on a little.
            metrics.EFFECTS.labels(kind, "failed").inc()
            log.warning("call.not_told", kind=kind, error=error)
