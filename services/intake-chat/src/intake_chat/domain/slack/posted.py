"""What is remembered of what was said to a customer: that it stands, and where; and how it was changed since."""

import re
from dataclasses import dataclass
from typing import Final

_TS: Final = re.compile(r"\d{1,12}\.\d{1,6}\Z")
_SENT: Final = b"sent"
_CHANGING, _CHANGED = "changing", "changed"
_PARTS: Final = 5
_NOWHERE: Final = "-"


def sent(ts: str | None) -> bytes:
    """The value that says that a notification stands, and where if that is known."""
    return b"%s %s" % (_SENT, ts.encode()) if ts and _TS.match(ts) else _SENT


def is_sent(value: bytes | None) -> bool:
    """Whether a value says so."""
    return (value or b"").split()[:1] == [_SENT]


def place_of(value: bytes | None) -> str:
    """The time stamp of what a value says that stands; "" where it is not known."""
    parts = (value or b"").split()
    return parts[1].decode() if len(parts) == 2 and parts[0] == _SENT else ""


def reported_place(detail: str) -> str:
    """The time stamp of a message, where that is what was reported of it; else "".

    Args:
        detail: the report; what speaks against the message stands behind a semicolon.
    """
    place = detail.partition(";")[0]
    return place if _TS.match(place) else ""


@dataclass(frozen=True, slots=True)
class Change:
    """The last revision of a message that somebody began to carry out, or has.

    Attributes:
        number: of the revision; 0: there was none.
        done: it was carried out.
        owner: who did, or does.
        at: when it was begun, in seconds since 1970.
        ts: the message; "" where that was not known.
    """

    number: int = 0
    done: bool = False
    owner: str = ""
    at: int = 0
    ts: str = ""

    @classmethod
    def parse(cls, value: bytes | None) -> "Change":
        """What was kept; no revision where this release cannot read it."""
        parts = (value or b"").decode(errors="replace").split()
        if len(parts) != _PARTS or parts[0] not in (_CHANGING, _CHANGED):
            return cls()
        state, number, owner, at, ts = parts
        if not number.isdigit() or not at.isdigit():
            return cls()
        return cls(int(number), state == _CHANGED, owner, int(at), "" if ts == _NOWHERE else ts)

    def written(self) -> bytes:
        """The form in which it is kept."""
        state = _CHANGED if self.done else _CHANGING
        return f"{state} {self.number} {self.owner} {self.at} {self.ts or _NOWHERE}".encode()
