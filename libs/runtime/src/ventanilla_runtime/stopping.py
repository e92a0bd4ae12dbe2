"""Ending work that runs for ever, in the time that there is, and keeping it going until then."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, NoReturn

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.metrics import LOOP_FAILURES

log = structlog.get_logger()

AGAIN_SECONDS: Final = 0.5
CLOSING_SECONDS: Final = 5.0
"""For all that comes after the drain: closing outbox, broker and database, and the last spans that leave."""
MARGIN_SECONDS: Final = 2.0
"""So much must be left of a pod's grace when that is over: an interpreter takes a moment to end."""
FAILED_AGAIN_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long a loop waits after a bug, by how many came one after the other."""


class StopBudget:
    """One deadline for all that happens after the wish to stop; whatever waits then asks how much of it is left."""

    def __init__(self, drain_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.drain_seconds = drain_seconds
        self._clock = clock
        self._began: float | None = None

    @property
    def seconds(self) -> float:
        """From the wish to stop to the end, at most."""
        return self.drain_seconds + CLOSING_SECONDS

    def begin(self) -> None:
        """The wish to stop came. Again changes nothing."""
        if self._began is None:
            self._began = self._clock()

    def drain_left(self) -> float:
        """Seconds that work in hand may still take; never below 0, and all of them before the wish to stop."""
        return max(self.drain_seconds - self._spent(), 0.0)

    def left(self) -> float:
        """Seconds until everything must have ended; never below 0."""
        return max(self.seconds - self._spent(), 0.0)

    def _spent(self) -> float:
        return 0.0 if self._began is None else self._clock() - self._began


async def keep_going(
    name: str,
    each: Callable[[], Awaitable[object]],
    every_seconds: float,
    *,
    first_after_seconds: float = 0.0,
) -> NoReturn:
    """Do something again and again until cancelled, whatever becomes of it: the one place where a loop outlives a bug.

    What fails is logged (`loop.failed`; with its trace, if it is a bug of ours) and counted, and comes again later and
    later, half a minute at most. What is `Temporary` is a matter of course, and comes again at its usual pace.

    Args:
        name: of the loop, in words of ours: it is a label.
        each: one round.
        every_seconds: from the end of one round to the next.
        first_after_seconds: until the first round.
    """
    bugs = 0
    LOOP_FAILURES.labels(name)
    await asyncio.sleep(first_after_seconds)
    while True:
        wait = every_seconds
        try:
            await each()
            bugs = 0
        except Temporary as error:
            log.warning("loop.delayed", loop=name, error=error)
        except Exception:
            LOOP_FAILURES.labels(name).inc()
            log.exception("loop.failed", loop=name, bugs=bugs + 1)
            wait = max(every_seconds, FAILED_AGAIN_SECONDS[min(bugs, len(FAILED_AGAIN_SECONDS) - 1)])
            bugs += 1
        await asyncio.sleep(wait)


async def end_all(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, telling them again if they have not heard it.

    `asyncio.wait_for` of Python 3.11 loses a cancellation that comes together with the answer it waits for, and
    nats-py waits by it: a loop that is cancelled then would go on for ever. The caller's own limit ends the wait.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_SECONDS)
