"""The clocks of a ticket at the last event of its log: a small value that can be kept as JSON."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tickets.domain.service_levels.one_clock import Clock, Fire, WarningDue
from tickets.domain.service_levels.policies import Ref

_MICROSECOND = timedelta(microseconds=1)
_PLAIN = Clock()._asdict()


class State(NamedTuple):
    """What the log of a ticket amounts to.

    Attributes:
        at: of the last event; no later event counts at an earlier time.
        order: of the last event.
        calendars: name → version, of all calendars in force.
        answered: a person of the desk has spoken to the customer.
        waiting_since: the first message of the customer that nobody has answered yet.
        clocks: the four clocks of the customer by name, and `tier:<tier>` for each tier that has had the ticket.
        owed: breaches of cycles that are over, which no worker has fired yet.
    """

    at: datetime
    order: int
    priority: str
    tier: str
    status: str
    policy: Ref | None
    calendars: Mapping[str, str]
    answered: bool
    waiting_since: datetime | None
    merged_into: int | None
    clocks: Mapping[str, Clock]
    owed: tuple[Fire, ...] = ()


def as_data(state: State) -> dict[str, Any]:
    """The state as plain data for JSON: times as ISO 8601, lengths in microseconds; a clock says only what it has."""
    return {
        "at": state.at.isoformat(),
        "order": state.order,
        "priority": state.priority,
        "tier": state.tier,
        "status": state.status,
        "policy": None if state.policy is None else list(state.policy),
        "calendars": dict(state.calendars),
        "answered": state.answered,
        "waiting_since": None if state.waiting_since is None else state.waiting_since.isoformat(),
        "merged_into": state.merged_into,
        "clocks": {name: _clock_data(clock) for name, clock in state.clocks.items()},
        "owed": [[fire.at.isoformat(), *fire[1:]] for fire in state.owed],
    }


def from_data(data: Mapping[str, Any]) -> State:
    """The state that `as_data` was given."""
    return State(
        at=datetime.fromisoformat(data["at"]),
        order=data["order"],
        priority=data["priority"],
        tier=data["tier"],
        status=data["status"],
        policy=None if data["policy"] is None else Ref(*data["policy"]),
        calendars=dict(data["calendars"]),
        answered=data["answered"],
        waiting_since=None if data["waiting_since"] is None else datetime.fromisoformat(data["waiting_since"]),
        merged_into=data["merged_into"],
        clocks={name: _clock_from(clock) for name, clock in data["clocks"].items()},
        owed=tuple(Fire(datetime.fromisoformat(at), clock, cycle, kind) for at, clock, cycle, kind in data["owed"]),
    )


def _clock_data(clock: Clock) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in clock._asdict().items():
        if value == _PLAIN[name]:
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, timedelta):
            value = value // _MICROSECOND
        elif isinstance(value, Ref):
            value = list(value)
        elif isinstance(value, tuple):
            value = [[warning.share, warning.at.isoformat()] for warning in value]
        data[name] = value
    return data


def _clock_from(data: Mapping[str, Any]) -> Clock:
    values = dict(data)
    for name in ("started_at", "counted_to", "due_at", "met_at", "breached_at"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in ("used", "target"):
        if name in values:
            values[name] = timedelta(microseconds=values[name])
    if "calendar" in values:
        values["calendar"] = Ref(*values["calendar"])
    values["warnings"] = tuple(
        WarningDue(share, datetime.fromisoformat(at)) for share, at in values.get("warnings", ())
    )
    return Clock(**values)
