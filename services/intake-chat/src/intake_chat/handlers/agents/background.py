"""Work that goes on after somebody was answered: bounded, and never lost without a word."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

log = structlog.get_logger()

_MOST: Final = 500
_CLOSE_SECONDS: Final = 5.0


class Background:
    """Tasks that are waited for when the service stops."""

    def __init__(self, most: int = _MOST) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._most = most

    def start(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether it is under way; False: there is too much already, and it is not done."""
        if len(self._tasks) >= self._most:
            work.close()
            log.warning("work.refused", under_way=len(self._tasks))
            return False
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return True

    async def close(self) -> None:
        """Wait a little for what is under way, then give it up."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_CLOSE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work.failed", exc_info=error)
