"""How far a call that we make has come, as it is kept under its key."""

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Placing:
    """One call that is made once.

    Attributes:
        since: when it was first tried, Unix time. tried: when it was tried last; 0: nothing is under way.
        sid: Twilio's, once it is known. refused: Twilio's code and words, once it has said no.
    """

    since: float
    tried: float
    sid: str = ""
    refused: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done."""
        return bool(self.sid or self.refused)


def written(placing: Placing) -> bytes:
    """The form that `read_placing` reads."""
    return orjson.dumps([placing.since, placing.tried, placing.sid, placing.refused])


def read_placing(value: bytes | None) -> Placing | None:
    """A call as it was kept; None: nothing was, or nothing that can be read."""
    try:
        found: list[Any] = orjson.loads(value or b"")
        return Placing(float(found[0]), float(found[1]), str(found[2]), str(found[3]))
    except (orjson.JSONDecodeError, TypeError, ValueError, LookupError):
        return None
