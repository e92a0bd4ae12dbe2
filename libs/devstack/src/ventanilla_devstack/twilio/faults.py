"""What can be made to go wrong: answers of REST and callbacks. A test or a person sets it, the server obeys."""

from dataclasses import dataclass, field
from typing import Literal

from ventanilla_devstack.faults import FaultList, Lasting

FaultKind = Literal["internal_error", "unavailable", "too_many", "cut_before", "cut_after", "wait"]
KINDS: tuple[FaultKind, ...] = ("internal_error", "unavailable", "too_many", "cut_before", "cut_after", "wait")
CallbackKind = Literal["*", "call", "message", "recording", "amd"]


@dataclass(slots=True)
class Fault(Lasting):
    """One thing that goes wrong with REST calls.

    Attributes:
        kind: 500, 503, 429, the connection cut before or after the work was done, or a wait.
        about: only calls in whose method and path this text stands (`POST`, `/Calls`); "" for all.
        seconds: of the wait.
    """

    kind: FaultKind
    about: str = ""
    seconds: float = 1.0


@dataclass(slots=True)
class CallbackFaults:
    """What goes wrong with callbacks.

    Attributes:
        kind: which callbacks; `*` for all.
        lost: how many of the next are never sent; -1 for all from now on.
        doubled: how many of the next are sent twice.
        held: how many of the next wait for one another, to be sent in reverse order.
        late_seconds: how long each waits, in the telephone's time.
    """

    kind: CallbackKind = "*"
    lost: int = 0
    doubled: int = 0
    held: int = 0
    late_seconds: float = 0.0

    def concerns(self, kind: str) -> bool:
        """Whether they hit such a callback."""
        return self.kind in ("*", kind)


@dataclass(slots=True)
class Faults(FaultList[Fault]):
    """All faults in force."""

    callbacks: CallbackFaults = field(default_factory=CallbackFaults)

    def add(
        self,
        kind: FaultKind,
        about: str = "",
        *,
        calls: int | None = 1,
        for_seconds: float | None = None,
        seconds: float = 1.0,
    ) -> Fault:
        """Let REST calls fail from now on; with `for_seconds` any number of them, until that time is over.

        Raises:
            ValueError: there are too many faults, or the kind is unknown.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind} is no fault: choose one of {', '.join(KINDS)}")
        return self.put(Fault(kind, about, seconds, calls=calls), for_seconds)

    def clear(self) -> None:
        """Everything works again."""
        self.in_force.clear()
        self.callbacks = CallbackFaults()

    def next_for(self, what: str) -> Fault | None:
        """What goes wrong with a call that comes now; counted as one of its hits."""
        return self.hit(lambda fault: fault.about in what)

    def copies(self, kind: str) -> int:
        """How often a callback is sent: not at all, once, twice."""
        faults = self.callbacks
        if not faults.concerns(kind):
            return 1
        if faults.lost:
            faults.lost -= 1 if faults.lost > 0 else 0
            return 0
        if faults.doubled:
            faults.doubled -= 1
            return 2
        return 1
