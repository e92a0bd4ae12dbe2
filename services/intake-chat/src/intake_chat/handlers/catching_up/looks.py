"""When to look which channels can be heard: as soon as somebody notices that one may not be, and now and then anyway.

Slack's event of a channel that was archived, left or joined may be lost, and it may come to a replica that reads no
history. That one writes a key, which is looked for here.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from intake_chat.ports.history import KnowsKeys

PAUSES_SECONDS: Final = (60.0, 120.0, 300.0)
"""While some channel cannot be heard, ever more seldom; while all can, the last."""
_CALL_SECONDS: Final = 5.0


class Looks:
    """Says when to look at channels.

    Attributes:
        called: channels that somebody has noticed something about since the last look.
    """

    def __init__(self, keys: KnowsKeys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._at = self._asked_at = now()
        self._count = 0
        self._sequence = 0
        self.called: set[str] = set()

    async def begin(self) -> None:
        """All channels are about to be looked at, whatever was noticed before.

        Raises:
            Temporary: the broker is away.
        """
        _, self._sequence = await self._keys.called(self._sequence)
        self.called, self._count = set(), 0
        self._at = self._asked_at = self._now()

    async def due(self, *, troubled: bool) -> bool:
        """Whether to look now.

        Args:
            troubled: some channel could not be heard at the last look.

        Raises:
            Temporary: the broker is away.
        """
        if self._now() - self._asked_at >= timedelta(seconds=_CALL_SECONDS):
            self._asked_at = self._now()
            called, self._sequence = await self._keys.called(self._sequence)
            self.called |= called
        pause = PAUSES_SECONDS[min(self._count, len(PAUSES_SECONDS) - 1)] if troubled else PAUSES_SECONDS[-1]
        return bool(self.called) or self._now() - self._at >= timedelta(seconds=pause)

    def tried(self) -> None:
        """They are looked at now; if that does not work, it is tried again no sooner than otherwise."""
        self._at, self._count = self._now(), self._count + 1

    def looked(self, *, new: bool) -> None:
        """They were; `new`: some can be heard no more."""
        self.called = set()
        self._count = 0 if new else self._count
