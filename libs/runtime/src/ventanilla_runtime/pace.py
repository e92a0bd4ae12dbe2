"""How fast messages come in, so that a consumer knows whether waiting for company pays."""

import time

_FORGET_SECONDS = 0.5


class Pace:
    """A running average of the rate of messages, forgetting what is older than about half a second."""

    def __init__(self) -> None:
        self._per_second = 0.0
        self._at = time.monotonic()

    def note(self, count: int) -> None:
        """So many messages were taken just now."""
        now = time.monotonic()
        elapsed = max(now - self._at, 1e-6)
        weight = min(1.0, elapsed / _FORGET_SECONDS)
        self._per_second += weight * (count / elapsed - self._per_second)
        self._at = now

    def expected(self, seconds: float) -> float:
        """How many messages may be expected within so many seconds."""
        quiet = time.monotonic() - self._at
        return self._per_second * seconds if quiet < _FORGET_SECONDS else 0.0
