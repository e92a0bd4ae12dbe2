"""Do what a document's step wants done beside it: the recording of the call, a text with a link.

The recording is paused before the answer leaves: what is typed next must not be on it. Where that cannot be made sure,
the caller is not asked for it. Everything is keyed by the call, the step and the place in it, since Twilio may ask for
the same document twice.
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
from intake_phone.domain.calls.ringing import KEY
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.calls.waiting import Name, name_form, wish_form
from intake_phone.domain.numbers import Caller
from intake_phone.errors import NotAccepted, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.ports.calling import KeepsWord
from intake_phone.ports.lists import Kind
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()

_RECORDING: Final = (StartRecording, PauseRecording, ResumeRecording)
_MOST_UNDER_WAY: Final = 1_000


class RecordsCalls(Protocol):
    """Changes the recording of a call; `adapters.twilio.api.Twilio` does."""

    async def record_call(self, call: str, change: str) -> None:
        """`start`, `pause` or `resume`. Raises TwilioAway, TwilioBusy, TwilioRefused."""


class TextsLinks(Protocol):
    """Texts links; `handlers.calls.linking.Linker` does."""

    async def text(self, call: str, number: str, state: State, position: int, effect: TextLink) -> None:
        """Text one, once for each call, step of `state` and position. Raises nothing."""


class NotPaused(Exception):
    """The recording could not be paused: nothing may be asked for that must not be on it."""


class Doer:
    """Does it."""

    def __init__(
        self,
        recorder: RecordsCalls,
        links: TextsLinks,
        state: RemembersState,
        words: KeepsWord,
        *,
        seconds: float,
        accept_seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is done yet.

        Args:
            seconds: how long an answer waits for what must be done before it.
            accept_seconds: how long what nobody waits for is tried while the broker is away.
        """
        self._recorder = recorder
        self._links = links
        self._state = state
        self._words = words
        self._seconds = seconds
        self._accept_seconds = accept_seconds
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

    async def noted_key(self, name: Name) -> bool:
        """Whether it is kept that a caller pressed the key to leave a queue."""
        try:
            async with asyncio.timeout(self._seconds / 2):
                await self._state.create_all([f"{name.prefix}{KEY}"], b"1")
                return True
        except (TimeoutError, ContractError) as error:
            log.warning("call.key_not_kept", call=name.call, error=error)
            return False

    def beside(self, call: str, number: str, caller: Caller, made: Step, *, came_from: int) -> None:
        """Begin what nobody waits for.

        Args:
            number: of the desk. came_from: step at which the request's own state stood.
        """
        for position, effect in enumerate(made.effects):
            if isinstance(effect, TextLink):
                self._begin(self._links.text(call, number, made.state, position, effect))
            elif isinstance(effect, RingTeam):
                name = Name(call, made.state.step)
                form = wish_form(name, effect, number, caller.number, self._now().timestamp())
                self._begin(self._tell("ring", f"{name}.{effect.round}", form))
            elif isinstance(effect, StopRinging):
                name = Name(call, came_from)
                self._begin(self._tell("gone", str(name), name_form(name)))

    def taken(self, call: str, leg: str, by: str) -> None:
        """An agent's leg, whose call is `by`, has taken a caller out of the queue."""
        form = {"CallSid": call, LEG: leg, "DequeingCallSid": by, "At": f"{self._now().timestamp():.3f}"}
        self._begin(self._tell("taken", f"{call}.{by}", form))

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

    async def _tell(self, kind: Kind, name: str, form: dict[str, str]) -> None:
        try:
            await self._words.accept(kind, name, form, "call", self._accept_seconds)
        except NotAccepted as error:
            # A word about who waits is said again with the next round; without the others phones ring on a little.
            metrics.EFFECTS.labels(kind, "failed").inc()
            log.warning("call.not_told", kind=kind, error=error)
