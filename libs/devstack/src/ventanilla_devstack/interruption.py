"""Ctrl-C and SIGTERM as something to ask for, so that no signal ever strikes between a start and its record."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from ventanilla_devstack.errors import Interrupted

T = TypeVar("T")
_POLL_SECONDS = 0.05


class Interruption:
    """Counts the wishes to leave: the first one stops in order, the second hurries."""

    def __init__(self) -> None:
        self.count = 0

    def listen(self) -> None:
        """Take over SIGINT and SIGTERM of this process, and SIGHUP unless `nohup` has switched it off."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._notice)

    def tick(self) -> None:
        """Give up what is being waited for, if somebody wants to leave.

        Raises:
            Interrupted: somebody does.
        """
        if self.count:
            raise Interrupted

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end in a loop of its own.

        Raises:
            Interrupted: somebody wants to leave; the work was cancelled.
        """

        async def watched() -> T:
            task = asyncio.ensure_future(work)
            try:
                while not task.done():
                    await asyncio.wait({task}, timeout=_POLL_SECONDS)
                    self.tick()
            except BaseException:
                task.cancel()
                await asyncio.wait({task}, timeout=2)
                raise
            return task.result()

        return asyncio.run(watched())

    def _notice(self, *_: object) -> None:
        self.count += 1
