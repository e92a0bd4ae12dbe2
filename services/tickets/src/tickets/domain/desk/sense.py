"""Documents that can be read and cannot be meant: hours that never come, steps that nothing reaches, clocks that stand.

Whoever puts or imports a document is held to it. Versions in force are not: they mean what they meant.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tickets.domain.service_levels.calendars import Fault
from tickets.domain.service_levels.policies import DONE, FIRST_RESPONSE, RESOLUTION, Policy
from tickets.domain.timers.lifecycle_timers import REMIND, STATUS_OF

_AT_WORK: Final = "open"
_UNANSWERED: Final = "new"


def _calendar_faults(content: Any) -> Iterator[Fault]:
    """A calendar without any open hour; what is no calendar is left to its reader."""
    top = _mapping(content)
    hours = [*_mapping(top.get("week")).values(), *_mapping(top.get("days")).values()]
    if isinstance(content, Mapping) and not any(hours):
        yield Fault(("week",), "it is never open: give at least one day hours, such as mon: [09:00-14:00]")


def _lifecycle_faults(content: Any) -> Iterator[Fault]:
    """Steps that nothing reaches, because an earlier one ends the status, and reminders of nothing."""
    for status, value in _mapping(content).items():
        steps = [
            (step["after_days"], place, step["do"])
            for place, step in enumerate(value if isinstance(value, list) else ())
            if isinstance(step, Mapping) and set(step) == {"after_days", "do"} and _is_number(step["after_days"])
        ]
        for _, place, do in steps:
            if status == "solved" and do == REMIND:
                yield Fault((status, place, "do"), "nothing is asked of a solved ticket's customer; leave that out")
        steps.sort(key=lambda step: step[0])
        ending = next((step for step in steps if step[2] in STATUS_OF), None)
        if ending is None:
            continue
        days, first, do = ending
        for after, place, other in steps:
            if after > days or (place != first and other in STATUS_OF):
                words = f"it is never reached: after {days:g} days the ticket is {STATUS_OF[do]} (step {first + 1})"
                yield Fault((str(status), place), words)


def _policy_faults(content: Any) -> Iterator[Fault]:
    """Clocks that stand still while somebody works, or until the first answer that they measure, or anyway."""
    for clock, statuses in _mapping(_mapping(content).get("pauses")).items():
        for place, status in enumerate(statuses if isinstance(statuses, list) else ()):
            if status == _AT_WORK or (status == _UNANSWERED and clock == FIRST_RESPONSE):
                words = f"{clock} would stand still while the customer waits for the desk ({status}); leave that out"
                yield Fault(("pauses", str(clock), place), words)
            elif status in DONE:
                yield Fault(("pauses", str(clock), place), f"in {status} every clock stands anyway; leave that out")


SENSE: Final[Mapping[str, Callable[[Any], Iterator[Fault]]]] = {
    "calendar": _calendar_faults,
    "policy": _policy_faults,
    "lifecycle": _lifecycle_faults,
}
"""Kind of document → what looks for what cannot be meant."""


def policy_warnings(policy: Policy) -> list[str]:
    """What of a policy should be looked at: tiers that may keep a ticket for longer than its customer was promised."""
    promised = policy.targets.get(RESOLUTION, {})
    return [
        f"tier {tier}, {priority}: {target.minutes} minutes are more than the {own.minutes} in which it is to be solved"
        for tier, by_priority in policy.tiers.items()
        for priority, target in by_priority.items()
        if (own := promised.get(priority)) and own.calendar == target.calendar and target.minutes > own.minutes
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
