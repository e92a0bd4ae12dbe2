"""When Slack's events may have missed us: at the start, after a while without a connection, and in between by HTTP."""

from collections.abc import Callable
from typing import Final

MOMENT_SECONDS: Final = 3.0
"""A connection that is back sooner missed nothing: Slack gives an event again after a minute, and after five."""
PATIENCE_SECONDS: Final = 60.0
"""At the start the door is waited for, so that nothing falls between the history and the first event."""
_ASLEEP_SECONDS: Final = 30.0
_CERTAIN_FACTOR: Final = 24
"""Sockets have been seen that seem well and bring nothing any more: with one, we look so much more seldom."""


class Outages:
    """Says when to look into the history. Somebody has to call `note` every second or so."""

    def __init__(
        self,
        *,
        receiving: Callable[[], bool],
        certain: bool,
        every_seconds: float,
        clock: Callable[[], float],
        refusals: Callable[[], int] = lambda: 0,
    ) -> None:
        """Nothing was looked at yet.

        Args:
            receiving: whether events can come in now.
            certain: `receiving` knows it (a socket); else Slack may be unable to reach us unseen (HTTP).
            every_seconds: how often to look where it is not certain.
            clock: monotonic seconds.
            refusals: how often Slack has stopped to take our token. What is written then it tells nobody, and it was so
                for a while before anybody noticed: each of them is an outage, however short it seemed.
        """
        self._receiving = receiving
        self._certain = certain
        self._every_seconds = every_seconds
        self._clock = clock
        self._refusals = refusals
        self._refused = refusals()
        self._began = self._noted_at = clock()
        self._away_since: float | None = self._began
        self._looked_at: float | None = None
        self._demanded = False

    def note(self) -> None:
        """See how things are."""
        at = self._clock()
        if at - self._noted_at > _ASLEEP_SECONDS:  # this process stood still, and what it sees now is not what was
            self._demanded = True
        self._noted_at = at
        if self._refused != (refused := self._refusals()):
            self._refused, self._demanded = refused, True
        if not self._receiving():
            self._away_since = at if self._away_since is None else self._away_since
            self._demanded = self._demanded or at - self._away_since >= MOMENT_SECONDS
        elif self._away_since is not None:
            self._away_since = None

    def look_due(self) -> bool:
        """Whether the history is to be looked at now."""
        at, well = self._clock(), self._away_since is None
        if self._looked_at is None:
            return well or at - self._began >= PATIENCE_SECONDS
        if self._demanded and well:
            return True
        if not self._certain:
            return at - self._looked_at >= self._every_seconds
        if self._away_since is not None:
            return at - max(self._looked_at, self._away_since) >= self._every_seconds
        return at - self._looked_at >= self._every_seconds * _CERTAIN_FACTOR

    def looked(self) -> None:
        """What may be missing was noted."""
        self._looked_at = self._clock()
        self._demanded = self._demanded and self._away_since is not None
