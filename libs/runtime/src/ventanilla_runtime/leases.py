"""Who does what of the work that one replica must do alone: leases, one holder each, a dead one replaced within 30 s.

A lease is a key that its holder writes anew every few seconds, always over the revision that it wrote last. No clock of
another machine is trusted: whoever watches a lease counts, by the own clock, for how long its revision has stayed the
same. A holder that could not write for a while stops before anybody else may begin. Should two hold
one at once after all, nothing may be done twice for it: leases save work, they guard nothing.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.state import Entry
from ventanilla_runtime.stopping import end_all

log = structlog.get_logger()

HELD_PAUSE_SECONDS, LONGEST_HELD_PAUSE_SECONDS = 0.3, 3.0
"""Whoever holds more leases is slower to take the next free one, so that replicas that start together share them."""


class KeepsLeases(Protocol):
    """Keys that are written only over the revision that was read; `ventanilla_runtime.state.StateBucket` has them."""

    async def read(self, key: str) -> Entry:
        """Value and revision of a key. Raises Temporary."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over a revision; the new one. Raises WrongSequence if somebody else was quicker, or Temporary."""


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """In seconds.

    Attributes:
        renew: how often the holder writes.
        give_up: the holder stops when it could not write for so long.
        expire: others take over what has not changed for so long.
        look: how often they look.
    """

    renew: float = 4.0
    give_up: float = 11.0
    expire: float = 18.0
    look: float = 2.5


class Job:
    """What is done while a lease is held."""

    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]], stop: Callable[[], None]) -> None:
        self.run = run
        self.stop = stop


class LeaseKeeper:
    """Contends for leases and does the job of each one that it holds."""

    def __init__(
        self,
        leases: KeepsLeases,
        jobs: Mapping[str, Callable[[], Job]],
        *,
        holder: str,
        clock: Callable[[], float],
        times: LeaseTimes | None = None,
        held: Callable[[str, bool], None] = lambda *_: None,
    ) -> None:
        """Hold nothing yet.

        Args:
            leases: the bucket.
            jobs: makes the job of a lease, each time that it is won.
            holder: names this replica, the same after a restart, when a predecessor of that name is dead and what it
                held need not expire.
            clock: monotonic seconds.
            times: how long things may take.
            held: told when a lease is won and lost.
        """
        self._leases = leases
        self._jobs = jobs
        self._holder = holder
        self._life = secrets.token_hex(8)
        self._clock = clock
        self._times = times or LeaseTimes()
        self._told = held
        self._holding: set[str] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Contend and work until `stop`; then finish what is in hand and let go."""
        async with asyncio.TaskGroup() as tasks:
            for key in self._jobs:
                tasks.create_task(self._tend(key))

    def stop(self) -> None:
        """Let jobs finish what they have in hand, and give the leases back."""
        self._stopping.set()

    async def _tend(self, key: str) -> None:
        seen: tuple[int, float] | None = None
        first = True
        while not self._stopping.is_set():
            try:
                entry = await self._leases.read(f"lease.{key}")
            except Temporary:
                seen = None  # nothing was seen for a while; the holder may be well
            else:
                now = self._clock()
                if seen is None or seen[0] != entry.revision:
                    seen = (entry.revision, now)
                if self._may_take(entry, now - seen[1], first=first):
                    await self._take(key, entry)
                    seen = None
                first = False
            await self._pause(self._times.look)

    def _may_take(self, entry: Entry, unchanged_seconds: float, *, first: bool) -> bool:
        holder, life = _read(entry)
        if not life or life == self._life or unchanged_seconds >= self._times.expire:
            return True
        return first and holder == self._holder

    async def _take(self, key: str, entry: Entry) -> None:
        if not _read(entry)[1]:
            await self._pause(min(len(self._holding) * HELD_PAUSE_SECONDS, LONGEST_HELD_PAUSE_SECONDS))
        began = self._clock()
        try:
            revision = await self._leases.replace(f"lease.{key}", self._mark(), entry.revision)
        except Temporary:
            return
        log.info("lease.won", lease=key)
        self._holding.add(key)
        self._told(key, True)
        try:
            await self._hold(key, revision, began)
        finally:
            self._holding.discard(key)
            self._told(key, False)

    async def _hold(self, key: str, revision: int, began: float) -> None:
        """Do the job for as long as the lease can be renewed."""
        job = self._jobs[key]()
        task = asyncio.create_task(job.run())
        good_until = began + self._times.give_up
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not stopping.done():
                await asyncio.wait((task, stopping), timeout=self._times.renew, return_when=asyncio.FIRST_COMPLETED)
                if task.done() and not stopping.done():
                    _report(key, task)
                    await self._pause(self._times.renew)
                    job = self._jobs[key]()
                    task = asyncio.create_task(job.run())
                began = self._clock()
                renewed = await self._renew(key, revision, good_until)
                if renewed is None:
                    log.warning("lease.lost", lease=key)
                    return
                if renewed:
                    revision, good_until = renewed, began + self._times.give_up
            job.stop()
            await self._finish(key, task, revision)
        finally:
            stopping.cancel()
            await end_all([task])
            if not task.cancelled() and task.exception() is not None:
                _report(key, task)

    async def _renew(self, key: str, revision: int, good_until: float) -> int | None:
        """Write once more; the new revision, 0 if that did not work yet, None if the lease is lost."""
        try:
            async with asyncio.timeout(max(good_until - self._clock(), 0.0)):
                try:
                    return await self._leases.replace(f"lease.{key}", self._mark(), revision)
                except WrongSequence:
                    # Perhaps our own last write, whose acknowledgement was lost: then it is our lease, to write over.
                    entry = await self._leases.read(f"lease.{key}")
                    if _read(entry)[1] != self._life:
                        return None
                    return await self._leases.replace(f"lease.{key}", self._mark(), entry.revision)
        except TimeoutError:
            return None
        except Temporary:
            return 0 if self._clock() < good_until else None

    async def _finish(self, key: str, task: "asyncio.Task[None]", revision: int) -> None:
        """Let the job end while the lease is good, then give it back."""
        await asyncio.wait([task], timeout=self._times.give_up)
        try:
            async with asyncio.timeout(self._times.look):
                await self._leases.replace(f"lease.{key}", b"{}", revision)
        except (Temporary, TimeoutError):
            log.info("lease.left", lease=key)

    def _mark(self) -> bytes:
        return json.dumps({"holder": self._holder, "life": self._life}).encode()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not past the wish to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


def _read(entry: Entry) -> tuple[str, str]:
    """Name and life of the holder; no life where nobody holds it."""
    try:
        found = json.loads(entry.value or b"{}")
        return str(found.get("holder", "")), str(found.get("life", ""))
    except (ValueError, AttributeError):
        return "", ""


def _report(key: str, task: "asyncio.Task[None]") -> None:
    if task.cancelled():
        return
    log.error("reader.ended", lease=key, exc_info=task.exception())
