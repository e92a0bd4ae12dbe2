"""Clocks and their sums as plain data, for the API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tickets.domain.service_levels.arithmetic import Arithmetic, ClockArithmetic
from tickets.domain.service_levels.one_clock import Clock
from tickets.domain.service_levels.policies import CUSTOMER_CLOCKS, TIER
from tickets.domain.service_levels.state import State

NOTHING_PROMISED: Final = {"due_at": None, "met_at": None, "breached_at": None, "state": "none", "paused_by": None}


def shown_clocks(state: State, now: datetime) -> dict[str, Any]:
    """The customer's clocks by name, and those of the tiers.

    Args:
        state: after the last event of the ticket.
        now: what was due before is breached, also where no event has said so yet.
    """
    clocks = state.clocks
    shown = {name: _shown(clocks.get(name), now) for name in CUSTOMER_CLOCKS}
    tiers = {name.partition(":")[2]: _shown(clock, now) for name, clock in clocks.items() if name.startswith(TIER)}
    return {**shown, "tiers": tiers}


def kept_times(first_response_at: datetime | None, solved_at: datetime | None) -> dict[str, Any]:
    """The same for a ticket that nothing was promised for: when it was answered and solved all the same."""
    times = {"first_response": first_response_at, "resolution": solved_at}
    shown = {
        name: {**NOTHING_PROMISED, "met_at": times.get(name), "state": "met" if times.get(name) else "none"}
        for name in CUSTOMER_CLOCKS
    }
    return {**shown, "tiers": {}}


def shown_level(
    state: State | None, now: datetime, first_response_at: datetime | None, solved_at: datetime | None
) -> dict[str, Any]:
    """What to show of a ticket: its clocks, and where no policy promised anything, when it was answered all the same.

    Args:
        state: None: it has no clocks.
    """
    kept = kept_times(first_response_at, solved_at)
    if state is None:
        return kept
    shown = shown_clocks(state, now)
    if state.policy is not None:
        return shown
    unpromised = {name for name in CUSTOMER_CLOCKS if shown[name]["state"] == "none"}
    return {name: kept[name] if name in unpromised else one for name, one in shown.items()}


def _shown(clock: Clock | None, now: datetime) -> dict[str, Any]:
    if clock is None or clock.state == "none":
        return NOTHING_PROMISED
    late = clock.met_at is None and clock.due_at is not None and clock.due_at < now
    return {
        "due_at": clock.due_at,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at or (clock.due_at if late else None),
        "state": "breached_open" if late else clock.state,
        "paused_by": clock.stands or None if clock.met_at is None else None,
    }


def shown_arithmetic(sums: Arithmetic) -> dict[str, Any]:
    """Every stretch of time that counted, each that did not, and why."""
    return {
        "until": sums.until,
        "clocks": {name: _shown_sum(one) for name, one in sums.clocks.items()},
        "tier_minutes": {tier: round(minutes, 3) for tier, minutes in sums.tier_minutes.items()},
    }


def _shown_sum(one: ClockArithmetic) -> Mapping[str, Any]:
    clock = one.clock
    return {
        "state": clock.state,
        "cycle": clock.cycle,
        "target_seconds": clock.target.total_seconds() if clock.target is not None else None,
        "used_seconds": clock.used.total_seconds(),
        "due_at": clock.due_at,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
        "excused": clock.excused,
        "promised_by": clock.promise or None,
        "intervals": [
            {
                "from": interval.start,
                "to": interval.end,
                "cycle": interval.cycle,
                "counted": interval.counted,
                "seconds": interval.used.total_seconds(),
                "why": interval.why,
                "calendar": interval.calendar or None,
            }
            for interval in one.intervals
        ],
    }
