"""When the customer hears next, where nobody said: by what the desk has promised them, else within a working day.

Who hands a ticket on tells its customer a time. That time never lets the desk off what it owes already: where a word is
due, that is the time; only where none is due a new one is promised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from tickets.domain.service_levels.calendars import ALWAYS, MINUTES_OF_A_DAY, Calendar, after_open, as_utc, next_open
from tickets.domain.service_levels.one_clock import AUTOMATICALLY
from tickets.domain.service_levels.policies import UPDATE, Desk, Ref, versions_for
from tickets.domain.service_levels.state import State
from tickets.domain.settling.incoming import TicketRow

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LONGEST_CLOSED_DAYS: Final = 31
"""A calendar that is closed for longer has no next working day."""
_MONDAY_TO_FRIDAY: Final = range(1, 6)


class NextWord(NamedTuple):
    """When the customer hears next; `promised`: that is a new promise, and not what a clock has due anyway."""

    by: datetime
    promised: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands with its clocks.

    Attributes:
        state: of its clocks; None: it has none, because nothing was promised so far.
        policy: the version in force of its policy; None: it has none in force.
        in_force: calendar → version.
        levels: what those versions say.
    """

    state: State | None
    policy: Ref | None
    in_force: Mapping[str, str]
    levels: Desk

    def calendar(self, name: str | None) -> Calendar | None:
        """A calendar in force, `always` too."""
        if name is None or name == ALWAYS.name:
            return ALWAYS if name else None
        version = self.in_force.get(name)
        return self.levels.calendar(Ref(name, version)) if version else None

    def beginning(self, ticket: TicketRow) -> dict[str, Any]:
        """What the line of a first promise says, so that the clocks of a ticket without any can begin with it."""
        if self.state is not None:
            return {}
        begun = {"priority": ticket.priority, "tier": ticket.tier, "status": ticket.status}
        answered = ticket.first_response_at is not None
        return {"level": {**begun, "answered": answered, "calendars": versions_for(None, {}, self.levels.always)}}


def next_word(
    standing: Standing, priority: str, works_by: Calendar, now: datetime, *, automatic: bool = False
) -> NextWord | None:
    """When the customer hears next, where nobody said; None: only a person can promise that.

    That is when the clock `update` has a word due. Where none is due (it stands still, is late, or there is no such
    clock), what the policy allows from now on; where it says nothing, a working day.

    Args:
        works_by: the calendar of whoever has the ticket now.
        automatic: no person asks. One time that the desk names by itself may be missed; it names no second one then.
    """
    now = as_utc(now)
    clock = standing.state.clocks[UPDATE] if standing.state else None
    if clock is not None and clock.state == "running" and clock.due_at is not None and clock.due_at > now:
        return NextWord(clock.due_at, promised=False)
    if automatic and clock is not None and clock.promise == AUTOMATICALLY:
        return None
    if (by := _by_policy(standing, priority, now)) is not None:
        return NextWord(by, promised=True)
    return NextWord(a_working_day_after(now, works_by), promised=True)


def is_told_already(state: State | None, until: datetime) -> bool:
    """Whether a ticket's customer waits for this very time, because they were promised it: told to the minute.

    What a policy has due by itself nobody was told.
    """
    clock = state.clocks[UPDATE] if state else None
    if clock is None or not clock.promise or clock.state != "running" or clock.due_at is None:
        return False
    return _minute(clock.due_at) == _minute(until)


def a_working_day_after(now: datetime, works_by: Calendar) -> datetime:
    """The same time on the next working day, up to the full hour; where it is closed then, when it opens next.

    At night and on holidays the day counts from when work begins again.
    """
    begins = next_open(works_by, now)
    if begins is None:
        return as_utc(now) + _DAY
    local = works_by.local(begins)
    for days in range(1, _LONGEST_CLOSED_DAYS):
        day = local.date() + timedelta(days=days)
        if works_by.slots_of(day):
            then = datetime.combine(day, local.time(), local.tzinfo)
            return _full_hour(works_by, next_open(works_by, then) or then)
    return begins + _DAY


@lru_cache(maxsize=64)
def weekdays(zone: str) -> Calendar:
    """Monday to Friday: the working days of a desk that has not said which are its own."""
    return Calendar("weekdays", "1", zone, dict.fromkeys(_MONDAY_TO_FRIDAY, ((0, MINUTES_OF_A_DAY),)))


def _by_policy(standing: Standing, priority: str, now: datetime) -> datetime | None:
    ref = (standing.state.policy if standing.state else None) or standing.policy
    target = standing.levels.policy(ref).target(UPDATE, priority) if ref else None
    calendar = standing.calendar(target.calendar) if target else None
    return after_open(calendar, now, target.length) if target and calendar else None


def _minute(at: datetime) -> datetime:
    return as_utc(at).replace(second=0, microsecond=0)


def _full_hour(calendar: Calendar, at: datetime) -> datetime:
    """By the clock on the wall: nobody is promised 15:13."""
    local = calendar.local(at)
    floor = local.replace(minute=0, second=0, microsecond=0)
    return as_utc(floor if floor == local else floor + _HOUR)
