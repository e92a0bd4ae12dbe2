"""What can be made to go wrong: answers of the Web API and events. A test or a person sets it, the server obeys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ventanilla_devstack.faults import FaultList, Lasting

FaultKind = Literal["ratelimited", "internal_error", "unavailable", "cut_before", "cut_after", "wait"]

KINDS: tuple[FaultKind, ...] = ("ratelimited", "internal_error", "unavailable", "cut_before", "cut_after", "wait")
_CALLERS = 100


@dataclass(slots=True)
class Fault(Lasting):
    """One thing that goes wrong with calls.

    Attributes:
        method: `chat.postMessage`, or `*` for all.
        kind: 429 (`ratelimited`), 500, 503, the connection cut before or after the work was done, or a wait.
        seconds: of `Retry-After`, or of the wait.
        about: only calls in whose arguments this text stands; "" for all.
        callers: the ports from which the last of these calls came.
    """

    method: str
    kind: FaultKind
    seconds: float = 1.0
    about: str = ""
    callers: list[int] = field(default_factory=list)

    def concerns(self, method: str, arguments: Mapping[str, Any]) -> bool:
        """Whether it hits such a call."""
        if self.method not in ("*", method):
            return False
        return not self.about or self.about in json.dumps(arguments, ensure_ascii=False, default=str)


@dataclass(slots=True)
class Faults(FaultList[Fault]):
    """All faults in force.

    Attributes:
        dropped_events: how many of the next events are lost; -1 for all from now on.
        doubled_events: how many of the next events are delivered twice.
        event_delay_seconds: how long each event waits before its first delivery.
        late_shares: how many of the next `files.info` do not know yet where the file was shared.
    """

    dropped_events: int = 0
    doubled_events: int = 0
    event_delay_seconds: float = 0.0
    late_shares: int = 0

    def add(
        self,
        kind: FaultKind,
        method: str = "*",
        *,
        calls: int | None = 1,
        for_seconds: float | None = None,
        seconds: float = 1.0,
        about: str = "",
    ) -> Fault:
        """Let calls fail from now on.

        Args:
            calls: how many; None for all, until `for_seconds` are over or the faults are cleared.
            seconds: what `Retry-After` says, or how long the call waits.
            about: hit only calls in whose arguments this text stands.

        Raises:
            ValueError: there are too many faults, or the kind is unknown.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind} is no fault: choose one of {', '.join(KINDS)}")
        return self.put(Fault(method, kind, seconds, about, calls=calls), for_seconds)

    def clear(self) -> None:
        """Everything works again."""
        self.in_force.clear()
        self.dropped_events = self.doubled_events = 0
        self.event_delay_seconds = 0.0
        self.late_shares = 0

    def shares_are_late(self) -> bool:
        """Whether `files.info` does not know yet where a file was shared; Slack notes it a moment after the message."""
        if self.late_shares <= 0:
            return False
        self.late_shares -= 1
        return True

    def next_for(self, method: str, arguments: Mapping[str, Any] | None = None, caller: int = 0) -> Fault | None:
        """What goes wrong with a call that comes now from a port; counted as one of its hits."""
        fault = self.hit(lambda each: each.concerns(method, arguments or {}))
        if fault is not None:
            fault.callers = [*fault.callers, caller][-_CALLERS:]
        return fault

    def copies_of_event(self) -> int:
        """How often an event that happens now is delivered: not at all, once, twice."""
        if self.dropped_events:
            self.dropped_events -= 1 if self.dropped_events > 0 else 0
            return 0
        if self.doubled_events:
            self.doubled_events -= 1
            return 2
        return 1
