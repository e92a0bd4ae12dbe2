"""Who calls, as far as agents may see it before they pick up. A caller's number is a claim of the network, no proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

PLAUSIBLE: Final = "plausible"
MOST_SHOWN: Final = 5
MOST_LOOKED_AT: Final = 20
"""So many of the newest open tickets are looked at for the names that people gave."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """An open ticket of somebody who calls."""

    number: int
    subject: str
    team: str
    status: str
    requester_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """Whoever has called or written from a number before.

    Attributes:
        name: of the one person whom the desk knows by the number; empty: of none, or of more than one.
        grade: how sure that is, never more than `plausible`.
        tickets: the newest that are open.
    """

    name: str = field(repr=False)
    grade: str
    tickets: tuple[OpenTicket, ...]


def known_caller(contact_name: str, grade: str, tickets: Sequence[OpenTicket]) -> KnownCaller:
    """The caller behind a number.

    Args:
        contact_name: as the desk first heard it.
        grade: of the number's identity; `verified` counts for a text that was signed or a code that was typed, and not
            for a call, whose number anybody can forge.
        tickets: the newest open ones, newest first.
    """
    given = (" ".join(name.split()) for name in (contact_name, *(one.requester_name for one in tickets)))
    names = {name.casefold(): name for name in given if name}
    name = next(iter(names.values())) if len(names) == 1 else ""
    return KnownCaller(name, PLAUSIBLE if grade == "verified" else grade, tuple(tickets[:MOST_SHOWN]))
