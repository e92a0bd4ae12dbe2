"""How often somebody was disturbed by pages in the last hour: texts and calls, each counted once.

A text that promises a call takes the place of that call with its own, so that the promise is kept; whoever has the
page before gives it back.
"""

from dataclasses import dataclass
from typing import Final, Self

import orjson
from pydantic import TypeAdapter, ValidationError

HOUR_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What is kept of one person.

    Attributes:
        times: (Unix time, name) of each text and call; some are still to come.
    """

    times: tuple[tuple[float, str], ...] = ()

    def once_more(self, name: str, at: float, most: int) -> Self | None:
        """With one more text or call; None: there were too many in the hour before it. The same name counts once.

        Args:
            at: when it is, Unix time. most: so many in any hour.
        """
        if any(known == name for _, known in self.times):
            return self
        recent = tuple(one for one in self.times if one[0] > at - HOUR_SECONDS)
        return None if len(recent) >= most else type(self)((*recent, (at, name)))

    def without(self, name: str) -> Self:
        """Without one that will not be."""
        return type(self)(tuple(one for one in self.times if one[1] != name))

    def written(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self.times)


_READS: Final = TypeAdapter(tuple[tuple[float, str], ...])


def read_disturbed(value: bytes | None) -> Disturbed:
    """What was stored; nothing of what cannot be read."""
    try:
        return Disturbed(_READS.validate_json(value or b"[]"))
    except ValidationError:
        return Disturbed()
