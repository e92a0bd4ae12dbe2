"""What is promised: how long each clock may run, by which calendar, and in which statuses it stands still.

A policy names calendars by name only; which version of a calendar is in force is said by the log of the ticket.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

from tickets.domain.service_levels.calendars import ALWAYS, HORIZON, Calendar, Fault
from tickets.errors import Refused
from ventanilla_contracts.words import PRIORITIES, STATUSES, TIERS

FIRST_RESPONSE: Final = "first_response"
NEXT_RESPONSE: Final = "next_response"
RESOLUTION: Final = "resolution"
UPDATE: Final = "update"
"""The next word to the customer that is due even if nobody asked."""
TIER: Final = "tier"
"""Time inside a tier. Each tier has a clock of its own, named `tier:1` and so on."""
CUSTOMER_CLOCKS: Final = (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, UPDATE)
DONE: Final = frozenset({"solved", "closed"})
"""Nobody waits for anything in these statuses, whatever the policy says."""


class Ref(NamedTuple):
    """A policy or a calendar, and which version of it."""

    name: str
    version: str


ALWAYS_REF: Final = Ref(ALWAYS.name, ALWAYS.version)
BUILT_IN_REF: Final = Ref(ALWAYS.name, "0")
"""The same for a desk that has a document of that name, from the days when that was not refused.

What was promised by the document goes on to count by it. No document has this version, so new promises cannot meet it.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """So many open minutes of a calendar."""

    minutes: int
    calendar: str
    length: timedelta = field(init=False, repr=False, compare=False)
    """The minutes as a length of time."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", timedelta(minutes=self.minutes))


@dataclass(frozen=True, slots=True)
class Policy:
    """A service level. Values are not changed once a version is in use: change the version.

    Attributes:
        targets: clock → priority → target; what is not there was not promised.
        tiers: tier → priority → target: how long a tier may keep a ticket.
        pauses: clock (`tier` for all tiers) → statuses in which it stands still. In `solved` and `closed` all do.
        warn_at: shares of a target at which somebody is warned, ascending.
        page_at_night: priorities of tickets about which people are paged at night too.
        ladder: who is told what when nobody reacts; None: the team says so.
        apology: how long after a missed update the next one is promised automatically; None: never automatically.
    """

    name: str
    version: str
    targets: Mapping[str, Mapping[str, Target]]
    tiers: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)
    pauses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    warn_at: tuple[float, ...] = (0.5, 0.8)
    page_at_night: frozenset[str] = frozenset()
    apology: Target | None = None
    ladder: str | None = None

    def target(self, clock: str, priority: str) -> Target | None:
        """What a clock has for a priority; `tier:2` asks for the target of tier 2."""
        kind, _, tier = clock.partition(":")
        promised = self.tiers.get(tier) if kind == TIER else self.targets.get(kind)
        return promised.get(priority) if promised else None

    def calendars(self) -> frozenset[str]:
        """Names of the calendars that it counts by, `always` too."""
        promised = [*self.targets.values(), *self.tiers.values()]
        named = {target.calendar for by_priority in promised for target in by_priority.values()}
        return frozenset(named | ({self.apology.calendar} if self.apology else set()))

    def pauses_in(self, clock: str, status: str) -> bool:
        """Whether a clock stands still in a status because the policy says so."""
        return status in self.pauses.get(clock.partition(":")[0], ())


@dataclass(frozen=True, slots=True)
class Desk:
    """All versions of calendars and policies that the log of a ticket may speak of.

    Attributes:
        openings: what was worked out of them for tickets that are opened alike (see `opening`).
    """

    calendars: Mapping[Ref, Calendar]
    policies: Mapping[Ref, Policy]
    openings: dict[Any, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def always(self) -> Ref:
        """The calendar that every desk has, whatever else has its name."""
        return BUILT_IN_REF if any(ref.name == ALWAYS.name for ref in self.calendars) else ALWAYS_REF

    def newest(self, name: str) -> Ref | None:
        """The newest version of a calendar; None: there is none of this name."""
        if name == ALWAYS.name:
            return self.always
        versions = [ref.version for ref in self.calendars if ref.name == name]
        return Ref(name, max(versions, key=lambda version: (len(version), version))) if versions else None

    def calendar(self, ref: Ref) -> Calendar:
        """A version of a calendar; `always` needs no entry.

        Raises:
            Refused: it is not at hand.
        """
        found = self.calendars.get(ref)
        if found is not None:
            return found
        if ref in (ALWAYS_REF, BUILT_IN_REF):
            return ALWAYS
        raise Refused(f"calendar {ref.name}, version {ref.version}, is not at hand; import it again")

    def policy(self, ref: Ref) -> Policy:
        """A version of a policy.

        Raises:
            Refused: it is not at hand.
        """
        found = self.policies.get(ref)
        if found is None:
            raise Refused(f"policy {ref.name}, version {ref.version}, is not at hand; import it again")
        return found


def versions_for(policy: Policy | None, in_force: Mapping[str, str], always: Ref) -> dict[str, str]:
    """Name → version of the calendars of a policy, as the log of a ticket tells them.

    Args:
        policy: None: nothing is promised but what people say.
        in_force: name → version.
        always: the calendar that every desk has; it goes without saying, unless a document has its name.
    """
    named = (policy.calendars() if policy else frozenset()) - {ALWAYS.name}
    found = {name: in_force[name] for name in sorted(named) if name in in_force}
    return found if always == ALWAYS_REF else {**found, always.name: always.version}


def policy_faults(policy: Policy, calendars: frozenset[str]) -> list[Fault]:
    """All that is wrong with a policy, given the names of the calendars that exist (`always` does anyway)."""
    known = calendars | {ALWAYS.name}
    faults = []
    for clock, by_priority in policy.targets.items():
        if clock not in CUSTOMER_CLOCKS:
            faults.append(Fault(("targets", clock), f"{clock} is no clock; use one of {', '.join(CUSTOMER_CLOCKS)}"))
        faults += _target_faults(("targets", clock), by_priority, known)
    for tier, by_priority in policy.tiers.items():
        if tier not in TIERS:
            faults.append(Fault(("tiers", tier), f"{tier} is no tier; use one of {', '.join(TIERS)}"))
        faults += _target_faults(("tiers", tier), by_priority, known)
    for clock, statuses in policy.pauses.items():
        if clock not in (*CUSTOMER_CLOCKS, TIER):
            clocks = ", ".join((*CUSTOMER_CLOCKS, TIER))
            faults.append(Fault(("pauses", clock), f"{clock} is no clock; use one of {clocks}"))
        for status in sorted(statuses - set(STATUSES)):
            faults.append(Fault(("pauses", clock), f"{status} is no status; use some of {', '.join(STATUSES)}"))
    if any(not 0.01 <= share <= 0.99 for share in policy.warn_at) or any(a >= b for a, b in pairwise(policy.warn_at)):
        faults.append(Fault(("warn_at",), "shares lie between 0.01 and 0.99 and ascend, for example [0.5, 0.8]"))
    for priority in sorted(policy.page_at_night - set(PRIORITIES)):
        words = f"{priority} is no priority; use true, false or a list of {', '.join(PRIORITIES)}"
        faults.append(Fault(("page_at_night",), words))
    if policy.apology is not None:
        faults += _one_target_faults(("apology",), policy.apology, known)
    return faults


def _target_faults(
    path: tuple[str | int, ...], by_priority: Mapping[str, Target], known: frozenset[str]
) -> Iterator[Fault]:
    for priority, target in by_priority.items():
        if priority not in PRIORITIES:
            yield Fault((*path, priority), f"{priority} is no priority; use one of {', '.join(PRIORITIES)}")
        yield from _one_target_faults((*path, priority), target, known)


def _one_target_faults(path: tuple[str | int, ...], target: Target, known: frozenset[str]) -> Iterator[Fault]:
    if target.calendar not in known:
        names = ", ".join(sorted(known))
        yield Fault((*path, "calendar"), f"there is no calendar {target.calendar}; there are {names}")
    if why := why_no_target(target.minutes):
        yield Fault((*path, "minutes"), why)


def why_no_target(minutes: int) -> str | None:
    """Why nothing is promised within so many minutes; None: it may be."""
    if 0 < minutes <= HORIZON // timedelta(minutes=1):
        return None
    return f"{minutes} minutes are no target; it lies between 1 minute and 5 years"
