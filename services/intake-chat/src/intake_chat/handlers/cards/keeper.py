"""Keep all cards: go through the wishes in their order, a ticket at a time, many tickets at once.

One replica does this, under a lease. A wish is a key that was written when something happened to a ticket; written
again it moves to the end. How far all wishes are fulfilled is remembered, so that whoever takes over begins there: what
is looked at twice shows what it should already, and costs no call of Slack's.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.errors import InDoubt, Overtaken
from intake_chat.handlers.cards.record import pause
from intake_chat.handlers.cards.wishes import LINES, WANTED, wanted_key
from intake_chat.ports.cards import KeepsCards
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.many import Page

log = structlog.get_logger()

POSITION: Final = "position"
_LOOK_SECONDS: Final = 0.3
_SAVE_SECONDS: Final = 2.0
_PAGE: Final = 500
_MOST_AT_ONCE: Final = 1_000
"""Tickets that are worked on; most of them wait for their turn at Slack."""
_MOST_KNOWN: Final = 20_000
"""Wishes in memory; beyond that no more are read until some are fulfilled."""
_BACK_OFF_SECONDS: Final = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
_OVERTAKEN_SECONDS: Final = 0.1
_STOP_SECONDS: Final = 2.0
_UNPOSTED_SECONDS: Final = (65.0, 120.0, 300.0)
"""Cards that could be posted nowhere are tried again after so long, ever more seldom; Slack does not tell when a
channel is brought back, or the app is invited again."""


class ReadsKeys(Protocol):
    """Keys of the bucket in the order in which they were last written; `ventanilla_runtime.many.Many` reads them."""

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = _PAGE) -> Page:
        """The messages of a stream from a sequence on."""


class KeepsOne(Protocol):
    """Keeps the card of one ticket; `handlers.cards.keep_card.CardKeeper` does."""

    async def keep(self, number: int, *, lines: bool) -> None:
        """Bring a ticket's card to its last state; with `lines`, its thread too."""


@dataclass(slots=True)
class _Wish:
    """What is to be done for a ticket.

    Attributes:
        first, last: sequences of the keys that wished it, the oldest that is not fulfilled and the newest.
        tries: how often it did not work in a row.
    """

    number: int
    first: int
    last: int
    lines: bool
    tries: int = 0


@dataclass(slots=True)
class Keeper:
    """What is done under the lease: `run` until `stop`.

    Attributes:
        bucket: name of the bucket.
    """

    state: KeepsCards
    keys: ReadsKeys
    cards: KeepsOne
    bucket: str
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _wishes: dict[int, _Wish] = field(default_factory=dict)
    _waiting: deque[_Wish] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _read_to: int = 0
    _saved: int = -1
    _saved_at: float = 0.0
    _unposted_at: float = 0.0
    _unposted_looks: int = 0

    async def run(self) -> None:
        """Fulfil wishes until `stop`; what is not fulfilled by then is begun again by the next keeper."""
        metrics.CARDS_KEPT.set(1)
        try:
            await self._begin()
            while not self._stopping.is_set():
                await self._retry_unposted()
                more = await self._look()
                self._start()
                await self._save()
                metrics.CARDS_WAITING.set(len(self._wishes))
                if not more:
                    await pause(self._stopping, _LOOK_SECONDS)
        finally:
            metrics.CARDS_KEPT.set(0)
            await self._end()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    async def _begin(self) -> None:
        """Begin where the last keeper had got to; and try once more what could be posted nowhere."""
        while not self._stopping.is_set():
            try:
                position = await self.state.get(POSITION)
                self._read_to = int(position) if position else 0
                await self._want_unposted()
                self._unposted_at = asyncio.get_running_loop().time()
                return
            except Temporary as error:
                log.info("cards.delayed", error=error)
                await pause(self._stopping, _BACK_OFF_SECONDS[1])

    async def _retry_unposted(self) -> None:
        """Wish now and then for the cards that stand nowhere, if there are any."""
        now = asyncio.get_running_loop().time()
        pause_seconds = _UNPOSTED_SECONDS[min(self._unposted_looks, len(_UNPOSTED_SECONDS) - 1)]
        if now - self._unposted_at < pause_seconds:
            return
        self._unposted_at = now
        try:
            wanted = await self._want_unposted()
        except Temporary as error:
            log.info("cards.delayed", error=error)
            return
        self._unposted_looks = self._unposted_looks + 1 if wanted else 0

    async def _want_unposted(self) -> int:
        """Wish for the cards that stand nowhere; how many."""
        sequence = wanted = 0
        while True:
            page = await self.keys.page(
                f"KV_{self.bucket}", sequence + 1, subject=f"$KV.{self.bucket}.unposted.*", messages=_PAGE
            )
            numbers = [int(one.subject.rpartition(".")[2]) for one in page.messages if one.body]
            if numbers:
                keys = [wanted_key(number) for number in numbers]
                await self.state.put_all([*keys, *(f"{key}.{LINES}" for key in keys)], b"1")
            wanted += len(numbers)
            if not page.more or not page.messages:
                return wanted
            sequence = page.messages[-1].sequence

    async def _look(self) -> bool:
        """Read wishes that came; whether there may be more at once."""
        if len(self._wishes) >= _MOST_KNOWN:
            return False
        try:
            page = await self.keys.page(
                f"KV_{self.bucket}", self._read_to + 1, subject=f"$KV.{self.bucket}.{WANTED}.>", messages=_PAGE
            )
        except Temporary as error:
            log.info("cards.delayed", error=error)
            await pause(self._stopping, _BACK_OFF_SECONDS[1])
            return False
        self._note(page.messages)
        return page.more

    def _note(self, messages: Sequence[StoredMessage]) -> None:
        for message in messages:
            self._read_to = max(self._read_to, message.sequence)
            number, _, rest = message.subject.partition(f".{WANTED}.")[2].partition(".")
            if not number.isdigit() or rest not in ("", LINES):
                continue
            wish = self._wishes.get(int(number))
            if wish is None:
                wish = self._wishes[int(number)] = _Wish(int(number), message.sequence, 0, lines=False)
                self._waiting.append(wish)
            wish.last = message.sequence
            wish.lines = wish.lines or rest == LINES

    def _start(self) -> None:
        while self._waiting and len(self._tasks) < _MOST_AT_ONCE:
            task = asyncio.create_task(self._fulfil(self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fulfil(self, wish: _Wish) -> None:
        """Keep a ticket's card until it shows what was wished for last."""
        while not self._stopping.is_set():
            begun, lines, wish.lines = wish.last, wish.lines, False
            try:
                await self.cards.keep(wish.number, lines=lines)
            except Temporary as error:
                wish.lines = wish.lines or lines
                if not await self._again(wish, error):
                    continue
            except Permanent as error:
                metrics.CARDS.labels("failed").inc()
                log.error("card.failed", ticket=wish.number, reason=str(error))  # noqa: TRY400  # Slack's or the desk's word says it all
            except Exception:  # a bug in one ticket's card must not take all others with it
                metrics.CARDS.labels("failed").inc()
                log.exception("card.failed", ticket=wish.number)
            wish.tries = 0
            if wish.last == begun:
                del self._wishes[wish.number]
                return
            wish.first = wish.last

    async def _again(self, wish: _Wish, error: Temporary) -> bool:
        """Wait before the next try; True once the wish has been put behind all others instead."""
        if isinstance(error, InDoubt | Overtaken):
            await pause(self._stopping, error.seconds if isinstance(error, InDoubt) else _OVERTAKEN_SECONDS)
            return False
        log.info("card.delayed", ticket=wish.number, tries=wish.tries, error=error)
        await pause(self._stopping, _BACK_OFF_SECONDS[min(wish.tries, len(_BACK_OFF_SECONDS) - 1)])
        wish.tries += 1
        if wish.tries < len(_BACK_OFF_SECONDS) or self._stopping.is_set():
            return False
        try:
            await self.state.put_all([wanted_key(wish.number), f"{wanted_key(wish.number)}.{LINES}"], b"1")
        except Temporary:
            return False
        return True

    async def _save(self) -> None:
        """Remember up to where all wishes are fulfilled."""
        done = min((wish.first for wish in self._wishes.values()), default=self._read_to + 1) - 1
        now = asyncio.get_running_loop().time()
        if done == self._saved or now - self._saved_at < _SAVE_SECONDS:
            return
        self._saved_at = now
        try:
            await self.state.put_all([POSITION], str(done).encode())
            self._saved = done
        except Temporary as error:
            log.info("cards.unsaved", error=error)

    async def _end(self) -> None:
        """Let calls that are under way come to their end for a moment, and give up what waits."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
        for task in (late := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
