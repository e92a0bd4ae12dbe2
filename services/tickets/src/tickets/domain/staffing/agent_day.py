"""An agent's day in numbers: since which instant it counts, and how promises of a first answer ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from tickets.domain.service_levels.policies import FIRST_RESPONSE
from tickets.domain.service_levels.state import State


@dataclass(frozen=True, slots=True)
class FirstReply:
    """A first answer: when it was asked for, when it was given, and the ticket's clocks, where it has some."""

    asked_at: datetime
    given_at: datetime
    state: State | None


def local_midnight(now: datetime, zone: str) -> datetime:
    """When the day began by the clock on the wall of a zone, in UTC.

    Where that midnight does not exist (a few zones save daylight then), the day begins with the first instant it has.
    """
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def ended(
    replies: Iterable[FirstReply], unanswered: Iterable[State], since: datetime, now: datetime
) -> tuple[int, int]:
    """(met, missed) promises of a first answer.

    Args:
        replies: first answers since then.
        unanswered: clocks of tickets that nobody has answered; those that fell due since then are missed.
    """
    met = missed = 0
    for reply in replies:
        clock = reply.state.clocks.get(FIRST_RESPONSE) if reply.state else None
        if clock is not None and clock.state == "met":
            met += 1
        elif clock is not None and clock.state == "met_late":
            missed += 1
    for state in unanswered:
        clock = state.clocks.get(FIRST_RESPONSE)
        due_at = clock.breached_at or clock.due_at if clock is not None and clock.met_at is None else None
        missed += due_at is not None and since <= due_at < now
    return met, missed


def median_seconds(replies: Sequence[FirstReply]) -> float | None:
    """How long customers waited for their first answer, by the clock on the wall; None: nobody got one."""
    if not replies:
        return None
    return round(median(max(0.0, (one.given_at - one.asked_at).total_seconds()) for one in replies), 1)
