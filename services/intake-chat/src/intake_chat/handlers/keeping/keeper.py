"""Look after what was written under keys of the bucket: each by itself, many at once, until all of it is done.

One replica does this, under a lease. Whoever wants something done writes a key; written again it moves to the bucket's
end. How far all of them are done is remembered, so that whoever takes over begins there: what is looked at twice shows
what it should already. Each key is a task of its own, so none waits for another one, and a bug in one stops no other.
What is done for a key is the work's matter alone (`Work`).
"""

import asyncio
from collections import deque
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

import structlog
from prometheus_client import Counter, Gauge

from intake_chat.errors import InDoubt, Overtaken
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.many import Page
from ventanilla_runtime.stopping import end_all

log = structlog.get_logger()

K = TypeVar("K", bound=Hashable)
PAGE: Final = 500
"""Keys that are read at once."""
AWAY_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.25
_SAVE_SECONDS: Final = 2.0
_BACK_OFF_SECONDS: Final = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
_OVERTAKEN_SECONDS: Final = 0.1
_STOP_SECONDS: Final = 2.0


class ReadsKeys(Protocol):
    """Keys of the bucket in the order in which they were last written; `ventanilla_runtime.many.Many` reads them."""

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = PAGE) -> Page:
        """The messages of a stream from a sequence on."""


class KeepsPosition(Protocol):
    """Keys of the bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""


class Work(Protocol[K]):
    """What is done, a key at a time; what a key stands for the work says."""

    def keys_of(self, rest: str, value: bytes, /) -> Iterable[K]:
        """What is to be looked after because this was written; `rest`: the bucket's key behind the beginning."""

    async def tend(self, key: K, /) -> float | None:
        """Bring it to its last state; None: until more is written there is nothing to do.

        Else seconds until it is to be looked at again, or at once when more is written of it.

        Raises:
            InDoubt: come again after its seconds.
            Overtaken, WrongSequence: somebody was quicker; come again at once.
            Temporary: come again, ever more seldom.
            Permanent: it will never be done like this.
        """

    async def put_behind(self, key: K, /) -> bool:
        """Write anew what asks for it, for it does not work for long; False: it is tried on where it is.

        Raises:
            Temporary: the broker is away.
        """

    async def done(self, key: K, sequence: int, still: Collection[K], /) -> None:
        """All that was written up to a sequence is done; `still`: what is looked after besides."""


@dataclass(slots=True)
class _Wish(Generic[K]):
    """What is to be looked at.

    Attributes:
        first, last: sequences of what was written, the oldest that is not done and the newest.
        tries: how often it did not work in a row.
        news: more was written, or nobody is to wait any more.
    """

    key: K
    first: int
    last: int
    tries: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class KeyKeeper(Generic[K]):
    """What is done under the lease: `run` until `stop`.

    Attributes:
        name: in logs.
        bucket: name of the bucket.
        beginning: of the keys that are looked after, up to and with a dot.
        position: key under which it is remembered how far all are done; None: each keeper reads them all.
        most_known: keys in memory; beyond that no more are read until some are done.
        most_at_once: keys that are worked on; what waits for its next look counts. None: all that are known.
        look_seconds: how often it is looked for what was written; None: so often that people do not notice.
        failures: counts what will never be done, and bugs.
        waiting: shows how many keys are not done.
    """

    name: str
    state: KeepsPosition
    keys: ReadsKeys
    work: Work[K]
    bucket: str
    beginning: str
    position: str | None
    most_known: int
    most_at_once: int | None = None
    look_seconds: float | None = None
    failures: Counter | None = None
    waiting: Gauge | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _wishes: dict[K, _Wish[K]] = field(default_factory=dict)
    _unbegun: deque[_Wish[K]] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _read_to: int = 0
    _saved: int = -1
    _saved_at: float = 0.0

    async def run(self) -> None:
        """Look after keys until `stop`; what is not done by then is begun again by the next keeper.

        Whoever is cancelled has lost the lease: nothing goes on then, not even for a moment.
        """
        left_seconds = 0.0
        try:
            await self._begin()
            while not self._stopping.is_set():
                more = await self._look()
                self._start()
                await self._save()
                if self.waiting is not None:
                    self.waiting.set(len(self._wishes))
                if not more:
                    await pause(self._stopping, self.look_seconds or _LOOK_SECONDS)
            left_seconds = _STOP_SECONDS
        finally:
            await self._end(left_seconds)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        for wish in self._wishes.values():
            wish.news.set()

    async def _begin(self) -> None:
        """Begin where the last keeper had got to."""
        while self.position is not None and not self._stopping.is_set():
            try:
                position = await self.state.get(self.position)
            except Temporary as error:
                log.info("keeper.delayed", keeper=self.name, error=error)
                await pause(self._stopping, AWAY_SECONDS)
                continue
            self._read_to = int(position or b"0")
            return

    async def _look(self) -> bool:
        """Read what was written since; whether there may be more at once."""
        if len(self._wishes) >= self.most_known:
            return False
        subject = f"$KV.{self.bucket}.{self.beginning}"
        try:
            page = await self.keys.page(f"KV_{self.bucket}", self._read_to + 1, subject=f"{subject}>", messages=PAGE)
        except Temporary as error:
            log.info("keeper.delayed", keeper=self.name, error=error)
            await pause(self._stopping, AWAY_SECONDS)
            return False
        for message in page.messages:
            self._note(message, message.subject.removeprefix(subject))
        return page.more

    def _note(self, message: StoredMessage, rest: str) -> None:
        self._read_to = max(self._read_to, message.sequence)
        for key in self.work.keys_of(rest, message.body):
            wish = self._wishes.get(key)
            if wish is None:
                wish = self._wishes[key] = _Wish(key, message.sequence, message.sequence)
                self._unbegun.append(wish)
            wish.last = message.sequence
            wish.news.set()

    def _start(self) -> None:
        while self._unbegun and (self.most_at_once is None or len(self._tasks) < self.most_at_once):
            task = asyncio.create_task(self._look_after(self._unbegun.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look_after(self, wish: _Wish[K]) -> None:
        """Tend a key until all that was written of it is done."""
        while not self._stopping.is_set():
            begun = wish.last
            wish.news.clear()
            seconds = None if await self._is_behind(wish) else await self._tended(wish)
            if seconds is not None:
                await pause(wish.news, seconds)
                continue
            wish.tries = 0
            if wish.last == begun:
                del self._wishes[wish.key]
                await self.work.done(wish.key, begun, self._wishes.keys())
                return
            wish.first = wish.last

    async def _tended(self, wish: _Wish[K]) -> float | None:
        """What the work says; where it could not do it, 0 once that may be tried again, whatever came till then."""
        try:
            seconds = await self.work.tend(wish.key)
        except InDoubt as error:
            await pause(self._stopping, error.seconds)
            return 0.0
        except (Overtaken, WrongSequence):
            await pause(self._stopping, _OVERTAKEN_SECONDS)
            return 0.0
        except Temporary as error:
            log.info("keeper.key_delayed", keeper=self.name, of=wish.key, tries=wish.tries, error=error)
            wish.tries += 1
            await pause(self._stopping, _BACK_OFF_SECONDS[min(wish.tries, len(_BACK_OFF_SECONDS)) - 1])
            return 0.0
        except Permanent as error:
            self._count_failure()
            log.error("keeper.key_failed", keeper=self.name, of=wish.key, reason=str(error))  # noqa: TRY400  # Slack's or the desk's word says it all
        except Exception:  # a bug in one must not take all others with it
            self._count_failure()
            log.exception("keeper.key_failed", keeper=self.name, of=wish.key)
        else:
            wish.tries = 0
            return seconds
        return None

    def _count_failure(self) -> None:
        if self.failures is not None:
            self.failures.inc()

    async def _is_behind(self, wish: _Wish[K]) -> bool:
        """Whether it was put behind all others, where it will be read again."""
        if wish.tries < len(_BACK_OFF_SECONDS):
            return False
        try:
            return await self.work.put_behind(wish.key)
        except Temporary:
            return False

    async def _save(self) -> None:
        """Remember up to where all is done."""
        if self.position is None:
            return
        done = min((wish.first for wish in self._wishes.values()), default=self._read_to + 1) - 1
        now = asyncio.get_running_loop().time()
        if done == self._saved or now - self._saved_at < _SAVE_SECONDS:
            return
        self._saved_at = now
        try:
            await self.state.put_all([self.position], str(done).encode())
            self._saved = done
        except Temporary as error:
            log.info("keeper.unsaved", keeper=self.name, error=error)

    async def _end(self, left_seconds: float) -> None:
        """Let what is under way come to its end for a moment, and give up what waits."""
        self.stop()
        try:
            if self._tasks and left_seconds:
                await asyncio.wait(self._tasks, timeout=left_seconds)
        finally:
            # A task of its own: whoever is told to end once more meanwhile must leave nobody behind.
            await asyncio.shield(asyncio.ensure_future(end_all(list(self._tasks))))


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Wait, but not past an event: the wish to stop, news."""
    if event.is_set():
        return
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
