"""The desk's people as values: teams, agents, whom they serve, and who can take work at a moment.

What is not said has a meaning here: an agent without hours works around the clock, without languages speaks all,
without tiers works in all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from tickets.domain.desk.written_forms import host_zone_problem
from tickets.domain.service_levels.calendars import Calendar, is_open
from tickets.domain.staffing.phones import number_of, phone_of
from ventanilla_contracts.words import IDENTITY_KINDS

ASSIGNMENTS: Final = ("manual", "round_robin", "least_loaded", "skills")
ROLES: Final = ("member", "lead")
AVAILABILITIES: Final = ("available", "busy", "away")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_CAPACITY: Final = 20
_LONGEST_ADDRESS: Final = 254
_PHONE: Final = "phone"
"""Open tickets of one channel, where nothing else is said."""
_SLOT: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)\Z", re.ASCII)
_DAY_MINUTES: Final = 24 * 60
MOST_SLOTS: Final = 12

Slots = tuple[tuple[int, int], ...]
"""Minutes of a local day, from and until, in order and apart."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When somebody works: slots for each day of the week, by the wall clock of a zone."""

    zone: str
    week: tuple[Slots, ...]

    def as_data(self) -> dict[str, Any]:
        """As files, database and API write it."""
        days = zip(WEEKDAYS, self.week, strict=True)
        return {"zone": self.zone, "week": {day: [_written(slot) for slot in slots] for day, slots in days if slots}}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "WorkingHours":
        """The hours that `as_data` wrote; the text is checked by whoever takes it from people."""
        return cls(data["zone"], tuple(slots_of(data["week"].get(day, ())) for day in WEEKDAYS))


@dataclass(frozen=True, slots=True)
class CalendarHours:
    """Somebody works when one of the desk's calendars is open, holidays included.

    Attributes:
        calendar: the version in force, where whoever loaded the agent looked it up. None: it is not at hand, and then
            nobody works by it: a ticket that waits is seen, one that nobody looks at is not.
    """

    name: str
    calendar: Calendar | None = field(default=None, compare=False, repr=False)

    @property
    def zone(self) -> str:
        """Whose wall clock counts."""
        return self.calendar.zone if self.calendar else "UTC"

    def as_data(self) -> dict[str, Any]:
        """As the database writes it."""
        return {"calendar": self.name}


def hours_of(data: Mapping[str, Any]) -> WorkingHours | CalendarHours:
    """The hours that `as_data` of either kind wrote."""
    named = data.get("calendar")
    return WorkingHours.from_data(data) if named is None else CalendarHours(named)


@dataclass(frozen=True, slots=True)
class Team:
    """A team.

    Attributes:
        ladder: who is told what when nobody answers; None: the desk's way.
    """

    name: str
    title_es: str = ""
    title_en: str = ""
    tier: str = "1"
    assignment: str = "manual"
    calendar: str | None = None
    ladder: str | None = None
    active: bool = True

    def title(self, language: str) -> str:
        """What customers are told that it is called."""
        return (self.title_es if language == "es" else self.title_en) or self.title_en or self.title_es or self.name


@dataclass(frozen=True, slots=True)
class Membership:
    """That an agent belongs to a team."""

    team: str
    role: str = "member"


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who works on tickets.

    Attributes:
        weight: how much they take compared with others.
        capacity: channel, or `default` → open tickets that they can hold.
        phone: the number in E.164 at which the desk may ring them; None: nowhere. Personal: it is in no log.
    """

    handle: str
    name: str
    email: str
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    weight: float = 1.0
    hours: WorkingHours | CalendarHours | None = None
    capacity: Mapping[str, int] = field(default_factory=dict)
    tiers: tuple[str, ...] = ()
    active: bool = True
    teams: tuple[Membership, ...] = ()
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer that is more than one person, known by its mail domains. None: not known."""

    name: str
    domains: tuple[str, ...] = ()
    vip: bool | None = None
    plan: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """A single customer whom the desk has marked, by their name as of `customer_name`. None: not known.

    Attributes:
        ways: mail addresses, and numbers in E.164, at which the desk knows them beside that: codes that prove who they
            are may go there. Personal: they are in no log.
    """

    name: str
    vip: bool | None = None
    tags: tuple[str, ...] = ()
    ways: tuple[str, ...] = field(default=(), repr=False)

    @property
    def kind(self) -> str:
        """On which way they are known, such as `email` or `slack`."""
        return self.name.partition("/")[0]

    @property
    def address(self) -> str:
        """By which address there."""
        return self.name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Category:
    """A category of tickets; `needs_cause`: whoever solves one says what caused it."""

    name: str
    needs_cause: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an agent is there: what they said, and whether they are absent at the moment."""

    availability: str = "available"
    absent_until: datetime | None = None


def slots_of(texts: Sequence[str]) -> Slots:
    """`09:00-14:00` and the like as minutes, in order.

    Raises:
        ValueError: says what is wrong with one of them.
    """
    if len(texts) > MOST_SLOTS:
        raise ValueError(f"has {len(texts)} slots; {MOST_SLOTS} are allowed in a day")
    found: list[tuple[int, int]] = []
    for text in texts:
        match = _SLOT.match(text.strip())
        if not match:
            raise ValueError(f"{text!r} is no slot; write it as 09:00-14:00")
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if end > _DAY_MINUTES:
            raise ValueError(f"{text!r} ends after 24:00; write the rest on the next day")
        if start >= end:
            raise ValueError(f"{text!r} ends before it begins; write a night as two slots, until 24:00 and from 00:00")
        found.append((start, end))
    found.sort()
    for (_, end), (start, until) in pairwise(found):
        if start < end:
            raise ValueError(f"{_written((start, until))} overlaps with another slot of the day")
    return tuple(found)


def customer_name(kind: str, address: str) -> str:
    """A customer's name: kind and address with a slash between, a mail address in small letters, a number in E.164.

    Raises:
        ValueError: nobody can have this address; says why.
    """
    if kind != _PHONE:
        return name_as_written(kind, address)
    try:
        return f"{kind}/{number_of(address)}"
    except ValueError as error:
        raise ValueError(f"the address {error}") from error


def name_as_written(kind: str, address: str) -> str:
    """The same, but a number as it is written: that was a customer's name before numbers were looked at.

    Raises:
        ValueError: as `customer_name`.
    """
    if kind not in IDENTITY_KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(IDENTITY_KINDS)}")
    if kind == "email":
        address = address.lower()
        box, at, domain = address.rpartition("@")
        if not (box and at and "." in domain):
            raise ValueError(f"{address!r} is no mail address")
    if not 0 < len(address) <= _LONGEST_ADDRESS or not address.isprintable() or " " in address:
        raise ValueError(f"an address has 1 to {_LONGEST_ADDRESS} characters and no spaces")
    return f"{kind}/{address}"


def way_of(text: str) -> str:
    """A mail address in small letters, or a number in E.164, however it is written.

    Raises:
        ValueError: it is neither; says what is wrong with it.
    """
    if "@" not in text:
        return phone_of(text)
    return customer_name("email", text.strip()).partition("/")[2]


def way_kind(way: str) -> str:
    """Which kind of way that is: `email` or `phone`."""
    return "email" if "@" in way else _PHONE


def zone_problem(zone: str) -> str | None:
    """Why this is no time zone, or none that is the same everywhere; None if it is one."""
    if problem := host_zone_problem(zone):
        return problem
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # unknown; not a name at all; a folder of them
        return f"{zone!r} is no time zone; write one of the IANA names, for example Europe/Madrid"
    return None


def works_now(agent: Agent, at: datetime) -> bool:
    """Whether an agent's working hours hold a moment (aware): the clock in their zone then shows a minute of a slot."""
    hours = agent.hours
    if hours is None:
        return True
    if isinstance(hours, CalendarHours):
        return hours.calendar is not None and is_open(hours.calendar, at)
    local = at.astimezone(ZoneInfo(hours.zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.week[local.weekday()])


def why_not_now(agent: Agent, presence: Presence, at: datetime) -> str | None:
    """Why an agent gets no work at a moment, whatever it is; None if they do."""
    if not agent.active:
        return "retired"
    if presence.absent_until is not None:
        return "absent"
    if presence.availability != "available":
        return presence.availability
    return None if works_now(agent, at) else "outside working hours"


def capacity_of(agent: Agent, channel: str) -> int:
    """How many open tickets of a channel an agent can hold."""
    return agent.capacity.get(channel, agent.capacity.get("default", DEFAULT_CAPACITY))


def load_of(agent: Agent, held: Mapping[str, int]) -> float:
    """How much of what an agent can hold is taken: over all channels, open tickets by capacity and weight.

    Args:
        held: channel → open tickets of the agent.
    """
    return sum(count / (max(1, capacity_of(agent, channel)) * agent.weight) for channel, count in held.items())


def _written(slot: tuple[int, int]) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in slot)
