"""Keep what is said about calls: each call's message and its wrap-up note by themselves, many calls at once.

One replica does this, under a lease. What was heard of a call is a key. Nothing of one call waits for another one, nor
a note for a channel that Slack lets nobody post into.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.calls.records import call_key
from intake_chat.handlers.cards.keep_card import NO_TOKEN
from intake_chat.handlers.keeping.keeper import KeyKeeper, ReadsKeys
from intake_chat.ports.cards import KeepsCards
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

POSITION: Final = "calls_position"
_MOST_KNOWN: Final = 10_000
"""Messages that are looked after; most of them wait for a ticket."""

Kept = tuple[str, str]
"""What is kept of a call, and the call's tag."""


class TendsCall(Protocol):
    """Keeps one message about a call; `ScreenPops` and `WrapUpsAsked` do."""

    async def tend(self, tag: str) -> float | None:
        """Bring it to its last state; seconds until it is to be looked at again, None: not by itself."""


class HeardCalls:
    """The work: all that is kept of each call; who called is not kept once all is told."""

    def __init__(self, state: KeepsCards, jobs: Mapping[str, TendsCall]) -> None:
        """Nothing is kept yet.

        Args:
            jobs: what is kept of each call, by name.
        """
        self._state = state
        self._jobs = jobs

    def keys_of(self, rest: str, _value: bytes) -> Iterable[Kept]:
        """All that is kept of the call that something was heard of."""
        return [(job, rest) for job in self._jobs]

    async def tend(self, key: Kept) -> float | None:
        """Bring one message to its last state.

        Raises:
            as the job.
        """
        job, tag = key
        try:
            return await self._jobs[job].tend(tag)
        except SlackRefused as error:
            if error.code in NO_TOKEN:  # nothing is wrong with the message: it waits until the app may speak again
                raise SlackAway(str(error)) from error
            raise

    async def put_behind(self, _key: Kept) -> bool:
        """What was heard of a call is never written anew: it would be news."""
        return False

    async def done(self, key: Kept, sequence: int, still: Collection[Kept]) -> None:
        """Forget who called in a call that is over, once all that is kept of it is done."""
        tag = key[1]
        if any((job, tag) in still for job in self._jobs):
            return
        try:
            entry = await self._state.read(call_key(tag))
            if entry.revision != sequence:  # more was heard, which nobody has been told yet
                return
            call = Call.parse(entry.value)
            if call is not None and call.is_over and not call.forgotten:
                await self._state.replace(call_key(tag), call.without_caller().written(), entry.revision)
        except Temporary as error:  # it grows old with the bucket
            log.info("call.kept", call=tag, error=error)


def call_keeper(state: KeepsCards, keys: ReadsKeys, jobs: Mapping[str, TendsCall], bucket: str) -> KeyKeeper[Kept]:
    """What is done under the lease: `run` until `stop`.

    Args:
        jobs: what is kept of each call, by name.
        bucket: its name.
    """
    return KeyKeeper(
        name="calls",
        state=state,
        keys=keys,
        work=HeardCalls(state, jobs),
        bucket=bucket,
        beginning=call_key(""),
        position=POSITION,
        most_known=_MOST_KNOWN,
        failures=metrics.SCREEN_POPS.labels("failed"),
    )
