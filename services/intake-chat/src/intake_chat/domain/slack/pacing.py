"""How fast Slack lets us go: a budget for each method, and one for each channel that is posted to.

Slack counts by method and workspace, in four tiers; messages it counts by channel as well. Whoever goes over is told to
wait, for that method (or that channel) alone. Going a little slower than allowed is cheaper than being told to wait.

Pure: the time is passed in, in seconds of any clock that only goes forward.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Key = tuple[str, str]
"""Method, and the channel it is about where Slack counts by channel; else ""."""

POST: Final = "chat.postMessage"
_EVERY_POST: Final[Key] = (POST, "")
_MOST_BUDGETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a minute, of which so many may come at once."""

    a_minute: float
    burst: int

    def times(self, pace: float) -> "Rate":
        """So many times as fast."""
        return Rate(self.a_minute * pace, int(self.burst * pace))


_TIERS: Final = {1: Rate(1, 1), 2: Rate(20, 4), 3: Rate(50, 8), 4: Rate(100, 15)}
_TIER_OF: Final[Mapping[str, int]] = {
    "apps.connections.open": 1,
    "auth.test": 4,
    "chat.delete": 3,
    "chat.getPermalink": 4,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "team.info": 3,
    "users.conversations": 3,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
_WORKSPACE_POSTS: Final = Rate(240, 20)
"""Slack allows several hundred messages a minute in a workspace."""
FOR_CUSTOMERS: Final = 10
"""So many of them are left to what people say to customers, however many cards wait."""
_CHANNEL_POSTS: Final = Rate(60, 3)
"""And one a second in a channel, with short bursts."""
SMALL_HISTORY: Final = Rate(1, 1)
"""Apps that are installed in foreign workspaces without being in Slack's directory read history once a minute."""
_HISTORY: Final = frozenset({"conversations.history", "conversations.replies"})


@dataclass(slots=True)
class _Budget:
    rate: Rate
    left: float
    counted_at: float
    paused_until: float = 0.0


@dataclass(slots=True)
class Pacing:
    """When the next call of a method is due.

    Attributes:
        small_history: the app has the small budget for reading history.
        pace: so many times as much is called as Slack promises to everybody, at least 1.
    """

    small_history: bool = False
    pace: float = 1.0
    _budgets: dict[Key, _Budget] = field(default_factory=dict)

    def wait_seconds(self, method: str, channel: str, now: float, *, spare: int = 0) -> float:
        """How long until this may be called; 0: now.

        Args:
            spare: so many posts in the workspace are left to others.
        """
        return max(self._wait(key, now, 1 + spare if key == _EVERY_POST else 1) for key in _keys(method, channel))

    def take(self, method: str, channel: str, now: float) -> None:
        """Note that it is called now."""
        for key in _keys(method, channel):
            self._counted(key, now).left -= 1

    def give_back(self, method: str, channel: str, now: float) -> None:
        """Note that what was taken was not needed: Slack was not asked."""
        for key in _keys(method, channel):
            budget = self._counted(key, now)
            budget.left = min(budget.rate.burst, budget.left + 1)

    def pause(self, method: str, channel: str, seconds: float, now: float) -> None:
        """Slack said to wait: with messages that is about one channel, else about the method."""
        key = _keys(method, channel)[-1]
        budget = self._counted(key, now)
        budget.paused_until = max(budget.paused_until, now + seconds)
        budget.left = min(budget.left, 1.0)

    def pause_left(self, now: float) -> float:
        """For how many seconds Slack still wants nothing of one of them: the longest of its pauses."""
        return max((0.0, *(budget.paused_until - now for budget in self._budgets.values())))

    def _wait(self, key: Key, now: float, needed: int) -> float:
        budget = self._counted(key, now)
        until_paid = max(0.0, (needed - budget.left) * 60 / budget.rate.a_minute)
        return max(until_paid, budget.paused_until - now, 0.0)

    def _counted(self, key: Key, now: float) -> _Budget:
        budget = self._budgets.get(key)
        if budget is None:
            if len(self._budgets) >= _MOST_BUDGETS:
                self._forget(now)
            rate = self._rate(key).times(self.pace)
            budget = self._budgets[key] = _Budget(rate, rate.burst, now)
        gained = (now - budget.counted_at) * budget.rate.a_minute / 60
        budget.left = min(budget.rate.burst, budget.left + gained)
        budget.counted_at = now
        return budget

    def _rate(self, key: Key) -> Rate:
        method, channel = key
        if method == POST:
            return _CHANNEL_POSTS if channel else _WORKSPACE_POSTS
        if self.small_history and method in _HISTORY:
            return SMALL_HISTORY
        return _TIERS[_TIER_OF.get(method, 2)]

    def _forget(self, now: float) -> None:
        """Drop the budgets that are full again: they say nothing."""
        for key in [key for key, budget in self._budgets.items() if budget.paused_until <= now and _full(budget, now)]:
            del self._budgets[key]


def _full(budget: _Budget, now: float) -> bool:
    return budget.left + (now - budget.counted_at) * budget.rate.a_minute / 60 >= budget.rate.burst


def _keys(method: str, channel: str) -> tuple[Key, ...]:
    return ((method, ""), (method, channel)) if method == POST and channel else ((method, ""),)
