"""Ending work that runs for ever."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

AGAIN_SECONDS: Final = 0.5


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
