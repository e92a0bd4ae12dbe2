"""Who wants to be told of an announcement's end: what becomes of such a wish, and what is said. Pure.

Settling a call writes one row into `due` and nothing else; the wish is noted by whoever fires that row. A caller id
proves nothing: whoever called is the only one who is written to, in their own ticket, by text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.domain.announcing.announcements import EXPIRED
from tickets.domain.correspondence.ways import NO_WAY, TEXTS, way_to
from tickets.domain.rows import Timer
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import Incoming, TicketRow

WISH: Final = "announcement_wish"
"""Of the row in `due` that stands for wishes which are not noted yet."""
OVER: Final = "announcement_over"
"""Of the one that stands for somebody who is to be told."""
LINE_WISHED, LINE_TOLD, LINE_NOT_TOLD = "announcement.wished", "announcement.told", "announcement.not_told"
"""What the history of the caller's ticket calls it."""
MOST_KEYS: Final = 10
"""Announcements of whose end one caller is told."""
MOST_WISHES: Final = 1_000
"""Of one announcement: each is a text that costs."""
FORGOTTEN_AFTER_SECONDS: Final = 7 * 86_400.0
"""A call that is heard of later than so long after the announcement's end asks for nothing any more."""
GRACE_SECONDS: Final = 600.0
"""So long whoever solved a problem has to say so in words of their own, before the desk says it."""
TEMPLATE: Final = "announcement_over"
MOST_QUOTED: Final = 90
"""Characters of the announcement in what is said at its end: a text more costs more."""
ENOUGH: Final = "so many callers asked to be told that no more are"
ANOTHER: Final = "somebody else asks in this ticket"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one call asks for.

    Attributes:
        keys: of the announcements that the caller heard.
        address: number that called.
        at: when the call was accepted.
        opened: the call opened the ticket, so nothing else is in it.
    """

    keys: Sequence[str]
    address: str
    at: datetime
    opened: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A wish whose announcement is over.

    Attributes:
        texts: language → what was announced.
        ended_why: None: it has not ended, and its problem is solved.
        of_problem: it is about a problem, which is `solved` or open again.
        said: somebody of the desk has said it to the caller.
    """

    address: str
    key: str
    texts: Mapping[str, str]
    ended_why: str | None
    of_problem: bool
    solved: bool
    said: bool

    @property
    def is_early(self) -> bool:
        """Whether the problem was opened again."""
        return self.of_problem and not self.solved

    def values(self, ticket: TicketRow) -> dict[str, Any]:
        """Values of the template."""
        words = " ".join((self.texts.get(ticket.language) or next(iter(self.texts.values()))).split()).rstrip(".")
        quoted = words if len(words) <= MOST_QUOTED else f"{words[: MOST_QUOTED - 1].rstrip()}…"
        return {
            "number": ticket.number,
            "announced": quoted,
            "solved": self.of_problem or self.ended_why != EXPIRED,
        }


def wishes_of(message: Incoming, number: int, now: datetime, *, opened: bool) -> list[tuple[int, str, Timer]]:
    """The row that a call's wishes are until they are noted, for `Settlement.waits`."""
    if not message.announcements:
        return []
    detail = {
        "alone": WISH,
        "keys": list(message.announcements[:MOST_KEYS]),
        "address": message.sender_address,
        "at": message.accepted_at.isoformat(),
        "opened": opened,
    }
    return [(number, WISH, Timer(str(message.id), now, detail))]


def read_wishes(detail: Mapping[str, Any]) -> Wishes:
    """The wishes that a row is."""
    at = datetime.fromisoformat(detail["at"])
    return Wishes(tuple(detail["keys"]), detail["address"], at, bool(detail["opened"]))


def why_untold(ticket: TicketRow, address: str) -> str | None:
    """Why whoever called from a number cannot be told in a ticket; None: they can."""
    if ticket.requester_address != address:
        return ANOTHER
    return None if way_to(ticket) in TEXTS else NO_WAY


def why_silent(ticket: TicketRow, told: Told) -> str | None:
    """Why nothing is to be told any more, though nothing hinders it; None: it is to be told."""
    if told.said:
        return "somebody of the desk has said it"
    return f"it is {ticket.status}" if ticket.status in DONE else None
