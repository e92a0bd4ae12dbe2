"""How far a call that we make has come, as it is kept under its key."""

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Placing:
    """One call that is made once.

    Attributes:
        since: when it was first tried, Unix time. tried: when it was tried last; 0: nothing is under way.
        sid: Twilio's, once it is known. refused: Twilio's code and words, once it has said no.
        answered: when Twilio said of the last try that it failed, which it may have said of a call that it has made; 0:
            it did not.
        number, desk: whom it rings, and the number that it shows; empty: kept by a release that did not write them.
    """

    since: float
    tried: float
    sid: str = ""
    refused: str = ""
    answered: float = 0.0
    number: str = field(default="", repr=False)
    desk: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done."""
        return bool(self.sid or self.refused)


def written(placing: Placing) -> bytes:
    """The form that `read_placing` reads."""
    told = (placing.since, placing.tried, placing.sid, placing.refused)
    return orjson.dumps([*told, placing.answered, placing.number, placing.desk])


def read_placing(value: bytes | None) -> Placing | None:
    """A call as it was kept; None: nothing was, or nothing that can be read."""
    try:
        found: list[Any] = orjson.loads(value or b"")
        told = float(found[0]), float(found[1]), str(found[2]), str(found[3])
        return Placing(*told, float(found[4]), str(found[5]), str(found[6])) if len(found) > 4 else Placing(*told)
    except (orjson.JSONDecodeError, TypeError, ValueError, LookupError):
        return None
