"""How far a text that is sent once has come, as it is kept under its key."""

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Texting:
    """One text that is sent once.

    Attributes:
        since: Unix time before which it was not sent.
        until: until then somebody may be at it, Unix time; behind that it may have been sent unseen. 0: it was not.
        sid: Twilio's, once it is known. refused: the desk's word for why Twilio does not send it.
    """

    since: float
    until: float = 0.0
    sid: str = ""
    refused: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done."""
        return bool(self.sid or self.refused)

    def written(self) -> bytes:
        """The form that `read_texting` reads."""
        return orjson.dumps([self.since, self.until, self.sid, self.refused])


def read_texting(value: bytes | None) -> Texting | None:
    """A text as it was kept; None: nothing was, or nothing that can be read."""
    try:
        found: list[Any] = orjson.loads(value or b"")
        return Texting(float(found[0]), float(found[1]), str(found[2]), str(found[3]))
    except (orjson.JSONDecodeError, TypeError, ValueError, LookupError):
        return None
