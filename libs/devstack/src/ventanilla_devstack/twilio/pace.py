"""How fast the telephone's time passes: a test lets a ring of twenty seconds take twenty milliseconds."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Pace:
    """The clock of an account.

    Attributes:
        clock: seconds since 1970: the dates of everything.
        factor: real seconds for each second of a ring, a pause or a silence; 1 as in life.
    """

    clock: Callable[[], float] = time.time
    factor: float = 1.0

    def now(self) -> datetime:
        """This moment."""
        return datetime.fromtimestamp(self.clock(), UTC)

    async def sleep(self, seconds: float) -> None:
        """Let so many of the telephone's seconds pass."""
        await asyncio.sleep(max(seconds, 0.0) * self.factor)
