"""What an operator dropped stays dropped: it stands where every channel remembers what became of its notifications.

A channel that finds it there sends nothing, whoever asks again and however often. What goes out as a call has a key in
the same bucket, under the id of its page or of the event that asked for it.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

DROPPED: Final = "dropped"
"""Reason of a notification that an operator dropped."""
_FAILED: Final = "failed"
_MOST_CALLS: Final = 2_000
"""Named in one order: 200 KB."""


def state_key(id_: str) -> str:
    """The key of what a channel remembers of a notification; of a call that of its page, or of its event."""
    return sha256(id_.encode()).hexdigest()


def written_dropped(before: bytes | None, by: str) -> bytes:
    """What is kept of something that is dropped; what a channel had written there of what it did remains.

    Args:
        before: what is kept until now. by: who drops it.
    """
    known = _read(before)
    detail = f"an operator ({by}) dropped it while everything that goes out was held"
    return json.dumps({**known, "stage": _FAILED, "reason": DROPPED, "detail": detail}).encode()


def read_dropped(value: bytes | None) -> str | None:
    """What to report of something that was dropped; None: it was not."""
    known = _read(value)
    if known.get("stage") != _FAILED or known.get("reason") != DROPPED:
        return None
    return str(known.get("detail") or "an operator dropped it")


def _read(value: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(value or b"null")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class DroppedCall:
    """A call that is not made: about which ticket; `kind` is the event's, `paged` or `callback`."""

    ticket_number: int
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class DropOrder:
    """That somebody drops something. It is kept before anything is dropped: of what was begun somebody can be asked.

    Attributes:
        origin: user and machine of the command.
        kinds: way → kind → how many.
        calls: of them those that no report tells their tickets of.
    """

    by: str
    origin: str
    kinds: dict[str, dict[str, int]]
    calls: tuple[DroppedCall, ...] = ()
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def count(self) -> int:
        """How many are dropped."""
        return sum(sum(kinds.values()) for kinds in self.kinds.values())

    def encode(self) -> bytes:
        """As the value of the key."""
        calls = [asdict(call) for call in self.calls[:_MOST_CALLS]]
        value = {"by": self.by, "origin": self.origin, "kinds": self.kinds, "calls": calls, "at": self.at.isoformat()}
        return json.dumps(value).encode()

    @classmethod
    def decode(cls, value: bytes) -> "DropOrder":
        """Read a value.

        Raises:
            ValueError: it is none.
        """
        try:
            found = json.loads(value)
            calls = tuple(DroppedCall(int(one["ticket_number"]), one["kind"], one["id"]) for one in found["calls"])
            kinds = {str(way): {str(kind): int(n) for kind, n in some.items()} for way, some in found["kinds"].items()}
            return cls(str(found["by"]), str(found["origin"]), kinds, calls, datetime.fromisoformat(found["at"]))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("no order to drop") from error
