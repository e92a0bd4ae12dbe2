"""The clocks of a ticket as they are stored: lists, a fifth shorter than named fields and four times as cheap to write.

Every step of every ticket is stored, few are shown: what is shown, and what tells people of differences, is `as_data`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.service_levels.one_clock import Clock, Fire, WarningDue
from tickets.domain.service_levels.policies import Ref
from tickets.domain.service_levels.state import State, from_data
from tickets.errors import Refused

_FORM: Final = 1
"""Stands in front. Another one is due when fields change their places; new ones go behind, and need a default."""
_MICROSECOND: Final = timedelta(microseconds=1)
_FRESH: Final = Clock()
_USED, _TARGET, _CALENDAR, _WARNINGS = map(Clock._fields.index, ("used", "target", "calendar", "warnings"))


def stored_state(state: State) -> list[Any]:
    """The state as lists, its fields in their order; lengths in microseconds.

    Times stay what they are: what writes the JSON writes them as ISO 8601 (orjson does by itself).
    """
    policy = state.policy
    return [
        _FORM,
        state.at,
        state.order,
        state.priority,
        state.tier,
        state.status,
        None if policy is None else [*policy],
        state.calendars,
        state.answered,
        state.waiting_since,
        state.merged_into,
        {name: _stored_clock(clock) for name, clock in state.clocks.items()},
        [[*fire] for fire in state.owed],
    ]


def read_state(stored: Any) -> State:
    """The state that `stored_state` was given, after it went through JSON; or `as_data`, as older rows have it.

    Raises:
        Refused: a newer release wrote it.
        AttributeError, KeyError, TypeError, ValueError: it is no state at all.
    """
    if not isinstance(stored, list):
        return from_data(stored)
    form, *fields = stored
    if form != _FORM:
        raise Refused(f"these clocks are stored in form {form}, and this release reads form {_FORM}; run the newer one")
    at, order, priority, tier, status, policy, calendars, answered, waiting_since, merged_into, clocks, owed = fields
    return State(
        datetime.fromisoformat(at),
        order,
        priority,
        tier,
        status,
        None if policy is None else Ref(*policy),
        calendars,
        answered,
        _time(waiting_since),
        merged_into,
        {name: _read_clock(clock) for name, clock in clocks.items()},
        tuple(Fire(datetime.fromisoformat(due), clock, cycle, kind) for due, clock, cycle, kind in owed),
    )


def _stored_clock(clock: Clock) -> list[Any]:
    if clock == _FRESH:
        return []
    stored: list[Any] = list(clock)
    stored[_USED] = clock.used // _MICROSECOND
    if clock.target is not None:
        stored[_TARGET] = clock.target // _MICROSECOND
    if clock.calendar is not None:
        stored[_CALENDAR] = [*clock.calendar]
    stored[_WARNINGS] = [[*warning] for warning in clock.warnings]
    return stored


def _read_clock(stored: Sequence[Any]) -> Clock:
    if not stored:
        return _FRESH
    cycle, started_at, stands, used, counted_to, target, calendar, due_at, met_at, breached_at, *others = stored
    excused, promise, warnings, *ends = others
    return Clock(
        cycle,
        _time(started_at),
        stands,
        timedelta(microseconds=used),
        _time(counted_to),
        None if target is None else timedelta(microseconds=target),
        None if calendar is None else Ref(*calendar),
        _time(due_at),
        _time(met_at),
        _time(breached_at),
        excused,
        promise,
        tuple([WarningDue(share, datetime.fromisoformat(at)) for share, at in warnings]),
        *ends,
    )


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
