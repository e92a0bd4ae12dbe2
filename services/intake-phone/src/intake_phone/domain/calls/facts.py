"""What is known when a document is asked for. Nothing of it is needed: a call is answered while nobody can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from intake_phone.domain.numbers import WITHHELD, Caller


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the desk announces now.

    Attributes:
        key: names it, so that somebody can be told when it is solved: letters, digits, `-` and `_`, at most 40.
        texts: language → what is said, at most 500 characters of it.
    """

    key: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call.

    Attributes:
        language: in which this caller was last spoken to; empty: not known.
        tickets: numbers of the caller's open tickets, newest first. Only numbers: a caller id proves nothing.
        announcements: most important first.
        available: teams of whom somebody can take a call now; None: not known, they are rung.
        region: ISO 3166 region in which a number without a country's code is dialled.
    """

    caller: Caller = WITHHELD
    language: str = ""
    tickets: tuple[int, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    available: frozenset[str] | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Ringing:
    """What is known where an agent's phone has been answered.

    Attributes:
        caller: whoever waits first in the team's queue.
        name: of the caller, as the desk knows it; empty: not known.
    """

    caller: Caller = WITHHELD
    name: str = field(default="", repr=False)
