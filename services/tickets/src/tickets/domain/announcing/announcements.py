"""What the desk announces to whoever calls, such as a known outage: what it says, how long, and who may say it. Pure.

It is in force from its beginning until somebody ends it, its time is over, or the problem that it is about is solved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.joining.incidents import must_be_problem
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, Refused

LINE_STARTED, LINE_CHANGED, LINE_ENDED = "announcement.started", "announcement.changed", "announcement.ended"
"""What the history of the problem calls it."""
WITHDRAWN, EXPIRED, SOLVED = "withdrawn", "expired", "solved"
"""Why one ended."""
KEY: Final = "[a-z0-9_-]{1,40}"
"""What names one, as a pattern: telephone calls carry it."""
LONGEST_TEXT: Final = 500
"""Characters; about half a minute when it is read out."""
MOST_OPEN: Final = 20
"""Announcements at a time, those that are planned among them. A caller hears three at most."""
MOST_IMPORTANT: Final = 9
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be announced.

    Attributes:
        texts: words in every language of the desk.
        importance: 0 to `MOST_IMPORTANT`; the highest is said first.
        problem: number of the ticket that it is about; None: there is none.
        starts_at: None: now, or since when it is announced already.
        until: when it ends by itself; None: never.
    """

    key: str
    texts: Mapping[str, str]
    importance: int = 0
    problem: int | None = None
    starts_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """An announcement that has not ended, as it is stored."""

    id: int
    said: Announcement


def must_be_announced(
    wanted: Announcement, there: Open | None, ticket: TicketRow | None, open_ones: int, now: datetime
) -> Announcement:
    """The announcement as it is to be kept.

    Args:
        there: the one of this key.
        ticket: the problem that it is about.
        open_ones: how many have not ended.

    Raises:
        Invalid: a field of it is wrong.
        Refused: it cannot be announced; says why.
    """
    before = there.said if there else None
    if before is None and open_ones >= MOST_OPEN:
        raise Refused(f"{MOST_OPEN} announcements at a time are the most; end one first")
    if before is not None and before.problem is not None and wanted.problem != before.problem:
        raise Refused(f"{wanted.key} is announced for problem {before.problem}; end it, and announce the other anew")
    if ticket is not None:
        must_be_problem(ticket)
        if ticket.status in DONE:
            raise Refused(f"problem {ticket.number} is {ticket.status} already; there is nothing to announce of it")
    starts_at = wanted.starts_at or (before.starts_at if before else None) or now
    if starts_at > now + LONGEST:
        raise Invalid("/starts_at", "an announcement begins within a year")
    if wanted.until is not None and not max(now, starts_at) < wanted.until <= now + LONGEST:
        raise Invalid("/until", "an announcement ends after it has begun, in the future and within a year")
    return Announcement(wanted.key, wanted.texts, wanted.importance, wanted.problem, starts_at, wanted.until)


def told_of(said: Announcement) -> dict[str, Any]:
    """What the history of the problem says of an announcement."""
    detail: dict[str, Any] = {"announcement": said.key}
    return detail | ({"until": said.until.isoformat()} if said.until else {})
