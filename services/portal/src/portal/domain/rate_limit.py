"""How often somebody may ask: token buckets in a memory that does not grow."""

from collections import OrderedDict

_MOST_KEYS = 10_000


class RateLimit:
    """Lets each key through so many times a minute, all of them at once if need be.

    The least recently seen keys are forgotten when there are too many: forgetting one only lets it through.
    """

    def __init__(self, per_minute: int, most_keys: int = _MOST_KEYS) -> None:
        self._per_minute = per_minute
        self._most_keys = most_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str, now_seconds: float) -> bool:
        """Whether this key may go through at this moment; counts it if so."""
        left, seen = self._buckets.pop(key, (float(self._per_minute), now_seconds))
        left = min(float(self._per_minute), left + max(0.0, now_seconds - seen) * self._per_minute / 60)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now_seconds)
        while len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
        return allowed

    def __len__(self) -> int:
        return len(self._buckets)
