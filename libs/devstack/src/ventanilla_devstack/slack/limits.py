"""Slack's limits: tiers by method and workspace, one post a second and channel, and the small budget for histories.

Slack promises only "1+", "20+", "50+", "100+ a minute" with bursts. Here each tier is a bucket that holds one minute's
calls and refills evenly, so an app that keeps to the promise is never refused, and one that relies on more is.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

LimitsMode = Literal["real", "off"]
HistoryMode = Literal["small", "large"]

LIMITS_MODES: tuple[LimitsMode, ...] = ("real", "off")
HISTORY_MODES: tuple[HistoryMode, ...] = ("small", "large")
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
# Of tier 1 there is only the opening of sockets, of which an app may have ten; all of them may begin at once.
BURST = {**PER_MINUTE, 1: 10}
POSTS_A_SECOND, POST_BURST = 1.0, 5
POSTS_A_MINUTE_IN_WORKSPACE = 300
SMALL_HISTORY_MESSAGES = 15
_BUCKETS_KEPT = 20_000


@dataclass(slots=True)
class Bucket:
    """A budget that refills evenly."""

    capacity: float
    per_second: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until there is something left again; 0 if there is."""
        self.left = min(self.capacity, self.left + max(now - self.at, 0.0) * self.per_second)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.per_second

    def take(self) -> None:
        """Use one up."""
        self.left -= 1


@dataclass(slots=True)
class Limits:
    """The budgets of all apps.

    Attributes:
        history: `small` is what Slack gives to commercially distributed apps outside its Marketplace.
        refused: how many calls were refused, by method.
    """

    clock: Callable[[], float]
    mode: LimitsMode = "off"
    history: HistoryMode = "large"
    refused: dict[str, int] = field(default_factory=dict)
    _buckets: OrderedDict[tuple[str, ...], Bucket] = field(default_factory=OrderedDict)

    def retry_after(self, method: str, tier: int | str, app_id: str, team: str, channel: str) -> int | None:
        """Seconds after which a call may be tried again; None if it may go on, and then it has been counted.

        Args:
            tier: 1 to 4, `post` for messages, `none`.
            channel: where a message is posted.
        """
        if self.mode == "off" or tier == "none":
            return None
        now = self.clock()
        buckets = [self._bucket(*budget, now) for budget in self._budgets(method, tier, app_id, team, channel)]
        wait = max((bucket.wait(now) for bucket in buckets), default=0.0)
        if wait > 0:
            self.refused[method] = self.refused.get(method, 0) + 1
            return max(math.ceil(wait), 1)
        for bucket in buckets:
            bucket.take()
        return None

    def history_limit(self, asked: int, highest: int) -> int:
        """How many messages a page of history has at most."""
        return min(asked, SMALL_HISTORY_MESSAGES if self.history == "small" and self.mode == "real" else highest)

    def _budgets(
        self, method: str, tier: int | str, app_id: str, team: str, channel: str
    ) -> list[tuple[tuple[str, ...], float, float]]:
        if tier == "post":
            return [
                (("post", app_id, team, channel), POST_BURST, POSTS_A_SECOND),
                (("post", app_id, team), POSTS_A_MINUTE_IN_WORKSPACE, POSTS_A_MINUTE_IN_WORKSPACE / 60),
            ]
        if self.history == "small" and method in ("conversations.history", "conversations.replies"):
            return [((method, app_id, team), 1, 1 / 60)]
        return [((method, app_id, team), BURST[int(tier)], PER_MINUTE[int(tier)] / 60)]

    def _bucket(self, key: tuple[str, ...], capacity: float, per_second: float, now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None or bucket.capacity != capacity:
            bucket = self._buckets[key] = Bucket(capacity, per_second, capacity, now)
            while len(self._buckets) > _BUCKETS_KEPT:
                self._buckets.popitem(last=False)
        return bucket
