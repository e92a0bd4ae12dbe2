"""Looks again at what the broker's buckets hold for the router, each at its own pace, until the service stops."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

RULES_EVERY_SECONDS: Final = 1.0
DESK_EVERY_SECONDS: Final = 2.0

Refresh = Callable[[], Awaitable[None]]


async def watch_keys(refreshes: Sequence[tuple[Refresh, float]], stopping: asyncio.Event) -> None:
    """Call each one every so many seconds, one after the other."""
    due = [time.monotonic() + every for _, every in refreshes]
    while not await set_within(stopping, max(0.0, min(due) - time.monotonic())):
        for number, (refresh, every) in enumerate(refreshes):
            if time.monotonic() >= due[number]:
                await refresh()
                due[number] = time.monotonic() + every


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether an event is set, after waiting so long for it at most."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
