"""What the door allows: connections, bytes, commands, time. One object for all connections, so that sums are kept."""

from collections import Counter
from dataclasses import dataclass

from intake_email import metrics


@dataclass(frozen=True, slots=True)
class Limits:
    """The door's limits; the settings of the same names say what each is for."""

    size_bytes: int = 25 * 1024 * 1024
    budget_bytes: int = 256 * 1024 * 1024
    connections: int = 1000
    connections_per_peer: int = 100
    recipients: int = 100
    errors: int = 20
    idle_commands: int = 100
    idle_seconds: float = 300.0
    mail_seconds: float = 600.0


class Budget:
    """Bytes that all mails in hand may hold together. Taking never waits: who gets nothing tries again later."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self.held_bytes = 0
        metrics.BYTES_HELD.set_function(lambda: self.held_bytes)
        metrics.BYTES_LIMIT.set(limit_bytes)

    def take(self, count: int) -> bool:
        """Reserve bytes; False if there is no room for them."""
        if not self.has_room(count):
            return False
        self.held_bytes += count
        return True

    def has_room(self, count: int) -> bool:
        """Whether so many bytes would fit now. Nothing is reserved: a mere announcement must not keep others out."""
        return self.held_bytes + count <= self._limit

    def give_back(self, count: int) -> None:
        """Release bytes that were reserved."""
        self.held_bytes -= count


class Allowance:
    """A part of the budget that one mail holds; it grows with the mail and is given back as a whole."""

    __slots__ = ("_budget", "_taken")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._taken = 0

    def cover(self, count: int) -> bool:
        """Make the reservation at least `count` bytes; False if there is no room."""
        missing = count - self._taken
        if missing <= 0:
            return True
        if not self._budget.take(missing):
            return False
        self._taken = count
        return True

    def end(self) -> None:
        """Give everything back."""
        self._budget.give_back(self._taken)
        self._taken = 0


class Connections:
    """Counts open connections, in total and for each peer."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_peer: Counter[str] = Counter()
        self.total = 0

    def admit(self, peer: str | None) -> bool:
        """Count one more; False, and not counted, if that is too many.

        Args:
            peer: None: it is not known yet; `identify` says it later.
        """
        if self.total >= self._limits.connections or (peer is not None and not self.identify(peer)):
            return False
        self.total += 1
        return True

    def identify(self, peer: str) -> bool:
        """Count an admitted connection for its peer as well; False, and not counted, if that is too many."""
        if self._by_peer[peer] >= self._limits.connections_per_peer:
            return False
        self._by_peer[peer] += 1
        return True

    def leave(self, peer: str | None) -> None:
        """One that was admitted has ended.

        Args:
            peer: None: it never was counted for one.
        """
        self.total -= 1
        if peer is None:
            return
        self._by_peer[peer] -= 1
        if not self._by_peer[peer]:
            del self._by_peer[peer]
