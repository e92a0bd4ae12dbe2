"""What goes wrong with the calls that a local provider answers, until it has gone wrong often or long enough."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_FAULTS = 100


@dataclass(slots=True, kw_only=True)
class Lasting:
    """How long a fault lasts.

    Attributes:
        calls: how many more calls it hits; None for any number.
        until: when it ends, by the clock of its list; None for never.
        hits: how many calls it has hit.
    """

    calls: int | None = 1
    until: float | None = None
    hits: int = 0


F = TypeVar("F", bound=Lasting)


@dataclass(slots=True)
class FaultList(Generic[F]):
    """Faults of one kind in force, the oldest first."""

    clock: Callable[[], float]
    in_force: list[F] = field(default_factory=list)

    def put(self, fault: F, for_seconds: float | None) -> F:
        """Let it happen from now on; with `for_seconds` to any number of calls, until that time is over.

        Raises:
            ValueError: there are too many faults.
        """
        if len(self.in_force) >= _FAULTS:
            raise ValueError(f"more than {_FAULTS} faults: clear some first")
        if for_seconds is not None:
            fault.until = self.clock() + for_seconds
            fault.calls = None if fault.calls == 1 else fault.calls
        self.in_force.append(fault)
        return fault

    def hit(self, concerns: Callable[[F], bool]) -> F | None:
        """The first fault that concerns a call which comes now; counted as one of its hits."""
        now = self.clock()
        self.in_force = [fault for fault in self.in_force if fault.until is None or fault.until > now]
        for fault in self.in_force:
            if concerns(fault):
                fault.hits += 1
                if fault.calls is not None:
                    fault.calls -= 1
                    if fault.calls <= 0:
                        self.in_force.remove(fault)
                return fault
        return None
