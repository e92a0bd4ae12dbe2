"""Waiting in tests: ask again until it holds, and say at the deadline what did not. Nothing ever sleeps for a guess."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def eventually(
    check: Callable[[], T | Awaitable[T]], deadline_seconds: float = 10.0, every_seconds: float = 0.02
) -> T:
    """The first true thing that `check` returns.

    Args:
        check: a plain or an async function. False, None, empty and a failed assertion mean "not yet"; any other
            exception ends the wait at once.

    Raises:
        AssertionError: the deadline passed; the text holds what `check` said last.
    """
    deadline = time.monotonic() + deadline_seconds
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
        if time.monotonic() > deadline:
            name = getattr(check, "__qualname__", repr(check))
            raise AssertionError(f"not within {deadline_seconds} s: {name}; at last: {last!r}")
        await asyncio.sleep(every_seconds)
