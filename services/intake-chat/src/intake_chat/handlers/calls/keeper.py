"""Keep what is said about calls: each call's message and its wrap-up note by themselves, many calls at once.

One replica does this, under a lease. What was heard of a call is a key; written again it moves to the bucket's end.
How far all of them are done is remembered, so that whoever takes over begins there. Nothing of one call waits for
another one, nor a note for a channel that Slack lets nobody post into: each is a task of its own.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.errors import InDoubt, SlackRefused
from intake_chat.handlers.calls.records import call_key
from intake_chat.handlers.cards.keep_card import NO_TOKEN
from intake_chat.handlers.cards.keeper import ReadsKeys
from intake_chat.handlers.cards.record import pause
from intake_chat.ports.cards import KeepsCards
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.many import Page

log = structlog.get_logger()

POSITION: Final = "calls_position"
_LOOK_SECONDS: Final = 0.25
_SAVE_SECONDS: Final = 2.0
_PAGE: Final = 500
_MOST_KNOWN: Final = 10_000
"""Messages that are looked after; most of them wait for a ticket. Beyond that no more are read until some are done."""
_BACK_OFF_SECONDS: Final = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
_OVERTAKEN_SECONDS: Final = 0.1
_AWAY_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 2.0


class TendsCall(Protocol):
    """Keeps one message about a call; `ScreenPops` and `WrapUpsAsked` do."""

    async def tend(self, tag: str) -> float | None:
        """Bring it to its last state; seconds until it is to be looked at again, None: not by itself."""


@dataclass(slots=True)
class _Wish:
    """What is to be looked at of a call.

    Attributes:
        first, last: sequences of what was written of it, the oldest that is not done and the newest.
        tries: how often it did not work in a row.
    """

    job: str
    tag: str
    first: int
    last: int
    tries: int = 0


@dataclass(slots=True)
class CallKeeper:
    """What is done under the lease: `run` until `stop`.

    Attributes:
        jobs: what is kept of each call, by name.
        bucket: name of the bucket.
    """

    state: KeepsCards
    keys: ReadsKeys
    jobs: Mapping[str, TendsCall]
    bucket: str
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _wishes: dict[tuple[str, str], _Wish] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _read_to: int = 0
    _saved: int = -1
    _saved_at: float = 0.0

    async def run(self) -> None:
        """Look after calls until `stop`; what is not done by then is begun again by the next keeper."""
        try:
            await self._begin()
            while not self._stopping.is_set():
                more = await self._look()
                await self._save()
                if not more:
                    await pause(self._stopping, _LOOK_SECONDS)
        finally:
            await self._end()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    async def _begin(self) -> None:
        while not self._stopping.is_set():
            try:
                position = await self.state.get(POSITION) or b"0"
            except Temporary as error:
                log.info("calls.delayed", error=error)
                await pause(self._stopping, _AWAY_SECONDS)
                continue
            self._read_to = int(position)
            return

    async def _look(self) -> bool:
        """Read what was heard since; whether there may be more at once."""
        if len(self._wishes) >= _MOST_KNOWN:
            return False
        subject = f"$KV.{self.bucket}.{call_key('')}"
        try:
            page = await self.keys.page(f"KV_{self.bucket}", self._read_to + 1, subject=f"{subject}*", messages=_PAGE)
        except Temporary as error:
            log.info("calls.delayed", error=error)
            await pause(self._stopping, _AWAY_SECONDS)
            return False
        self._note(page, subject)
        return page.more

    def _note(self, page: Page, subject: str) -> None:
        for message in page.messages:
            self._read_to = max(self._read_to, message.sequence)
            tag = message.subject.removeprefix(subject)
            for job in self.jobs:
                wish = self._wishes.get((job, tag))
                if wish is None:
                    wish = self._wishes[job, tag] = _Wish(job, tag, message.sequence, message.sequence)
                    task = asyncio.create_task(self._keep(wish))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                wish.last = message.sequence

    async def _keep(self, wish: _Wish) -> None:
        """Look after one message until it shows what was heard last."""
        while not self._stopping.is_set():
            begun = wish.last
            seconds = await self._tended(wish)
            if seconds is not None:
                await pause(self._stopping, seconds)
                continue
            wish.tries = 0
            if wish.last == begun:
                await self._forget(wish)
                return
            wish.first = wish.last

    async def _tended(self, wish: _Wish) -> float | None:
        """Seconds until it is to be looked at again; None: not before something is heard."""
        try:
            seconds = await self.jobs[wish.job].tend(wish.tag)
        except InDoubt as error:
            return error.seconds
        except WrongSequence:
            return _OVERTAKEN_SECONDS
        except Temporary as error:
            return self._later(wish, error)
        except SlackRefused as error:
            if error.code in NO_TOKEN:  # nothing is wrong with the message: it waits until the app may speak again
                return self._later(wish, error)
            self._failed(wish, error)
        except Permanent as error:
            self._failed(wish, error)
        except Exception:  # a bug in one call must not take all others with it
            metrics.SCREEN_POPS.labels("failed").inc()
            log.exception("call.failed", call=wish.tag, job=wish.job)
        else:
            wish.tries = 0
            return seconds
        return None

    def _later(self, wish: _Wish, error: Exception) -> float:
        log.info("call.delayed", call=wish.tag, job=wish.job, tries=wish.tries, error=error)
        wish.tries += 1
        return _BACK_OFF_SECONDS[min(wish.tries, len(_BACK_OFF_SECONDS)) - 1]

    def _failed(self, wish: _Wish, error: Permanent) -> None:
        metrics.SCREEN_POPS.labels("failed").inc()
        log.error("call.failed", call=wish.tag, job=wish.job, reason=str(error))

    async def _forget(self, wish: _Wish) -> None:
        """Nothing is to be done about this; who called is not kept once all is told."""
        del self._wishes[wish.job, wish.tag]
        if any((job, wish.tag) in self._wishes for job in self.jobs):
            return
        try:
            entry = await self.state.read(call_key(wish.tag))
            if entry.revision != wish.last:  # more was heard, which nobody has been told yet
                return
            call = Call.parse(entry.value)
            if call is not None and call.is_over and not call.forgotten:
                await self.state.replace(call_key(wish.tag), call.without_caller().written(), entry.revision)
        except Temporary as error:  # it grows old with the bucket
            log.info("call.kept", call=wish.tag, error=error)

    async def _save(self) -> None:
        """Remember up to where all is done."""
        done = min((wish.first for wish in self._wishes.values()), default=self._read_to + 1) - 1
        now = asyncio.get_running_loop().time()
        if done == self._saved or now - self._saved_at < _SAVE_SECONDS:
            return
        self._saved_at = now
        try:
            await self.state.put_all([POSITION], str(done).encode())
            self._saved = done
        except Temporary as error:
            log.info("calls.unsaved", error=error)

    async def _end(self) -> None:
        """Let calls of Slack that are under way come to their end for a moment, and give up what waits."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
        for task in (late := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
