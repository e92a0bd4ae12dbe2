"""Waiting in tests: ask again until it holds, and say at the deadline what did not. Nothing ever sleeps for a guess."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")

_PART_OF_WAIT = 0.05
_LONGEST_PAUSE_SECONDS = 0.25


async def eventually(
    check: Callable[[], T | Awaitable[T]], deadline_seconds: float = 10.0, every_seconds: float = 0.02
) -> T:
    """The first true thing that `check` returns.

    Args:
        check: a plain or an async function. False, None, empty and a failed assertion mean "not yet"; any other
            exception ends the wait at once.
        every_seconds: how often at first; what takes long is asked less and less often, so that the asking does not
            keep a small machine from what is waited for.

    Raises:
        AssertionError: the deadline passed; the text holds what `check` said last.
    """
    began = time.monotonic()
    while True:
        last: Any
        try:
            last = check()
            if inspect.isawaitable(last):
                last = await last
            if last:
                return last
        except AssertionError as failed:
            last = failed
        waited = time.monotonic() - began
        if waited > deadline_seconds:
            name = getattr(check, "__qualname__", repr(check))
            raise AssertionError(f"not within {deadline_seconds} s: {name}; at last: {last!r}")
        await asyncio.sleep(max(every_seconds, min(waited * _PART_OF_WAIT, _LONGEST_PAUSE_SECONDS)))
