"""Says on standard error what is still waited for, so that nobody thinks a command hangs."""

import asyncio
import sys
from collections.abc import Awaitable, Mapping
from typing import Any, Final

SILENT_SECONDS: Final = 2.0


async def all_of(asked: Mapping[str, Awaitable[Any]], every_seconds: float = SILENT_SECONDS) -> dict[str, Any]:
    """What each of them answers, by name; all are waited for together, and each must have a bound of its own."""
    tasks = {name: asyncio.ensure_future(asking) for name, asking in asked.items()}
    try:
        while True:
            _, pending = await asyncio.wait(tasks.values(), timeout=every_seconds)
            if not pending:
                return {name: task.result() for name, task in tasks.items()}
            late = ", ".join(name for name, task in tasks.items() if task in pending)
            sys.stderr.write(f"intake-phone: waiting for {late}\n")
            sys.stderr.flush()
    finally:
        for task in tasks.values():
            task.cancel()
