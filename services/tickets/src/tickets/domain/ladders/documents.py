"""Ladders as data: what starts one, what stops it, and what is done step by step while nobody reacts.

A version is never changed: a run keeps the one with which it started. Steps are counted from 1, as people count.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from tickets.domain.desk.reading import Path, Reading
from tickets.domain.service_levels.policies import CUSTOMER_CLOCKS, TIER
from tickets.domain.staffing.people import ROLES
from ventanilla_contracts.words import PRIORITIES, TIERS

LADDER: Final = "ladder"
DEFAULT: Final = "default"
"""The ladder of tickets for which neither policy nor team names one."""
ARRIVAL, WARNING, BREACH, UPDATE_DUE = "arrival", "warning", "breach", "update_due"
REOPENED, UNANSWERED = "reopened", "unanswered"
STARTS: Final = (ARRIVAL, WARNING, BREACH, UPDATE_DUE, REOPENED, UNANSWERED)
TAKEN, ANSWERED, ACKNOWLEDGED = "taken", "answered", "acknowledged"
STOPS: Final = (TAKEN, ANSWERED, ACKNOWLEDGED)
NOTIFY_ASSIGNEE, NOTIFY_TEAM, RAISE_TIER = "notify_assignee", "notify_team", "raise_tier"
PAGE, WEBHOOK, REPEAT = "page", "webhook", "repeat"
RESTING: Final = ("pending", "on_hold")
"""Statuses in which a ladder rests unless it says otherwise."""

MOST_STEPS: Final = 30
MOST_STARTS: Final = 20
LONGEST_WAIT_MINUTES: Final = 30 * 24 * 60
MOST_REPEATS: Final = 20
LONGEST_ANSWER_MINUTES: Final = 24 * 60
_CLOCKS: Final = (*CUSTOMER_CLOCKS, TIER, *(f"{TIER}:{tier}" for tier in TIERS))
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    NOTIFY_ASSIGNEE: (),
    NOTIFY_TEAM: ("role", "team"),
    RAISE_TIER: (),
    PAGE: ("rota", "answer_within_minutes", "times"),
    WEBHOOK: ("webhook",),
    REPEAT: ("from_step", "times"),
}


@dataclass(frozen=True, slots=True)
class Start:
    """What lets a run begin.

    Attributes:
        priorities: of the ticket; empty: any.
        clocks: of a warning or breach, `tier` for those of all tiers; empty: any.
    """

    on: str
    priorities: frozenset[str] = frozenset()
    clocks: frozenset[str] = frozenset()

    def fits(self, on: str, priority: str, clock: str) -> bool:
        """Whether this is what happened, to a ticket of this priority; `clock` is empty where none spoke."""
        if on != self.on or (self.priorities and priority not in self.priorities):
            return False
        return not self.clocks or clock in self.clocks or clock.partition(":")[0] in self.clocks


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, so long after the step before was.

    Attributes:
        role: of the members of a team who are told; None: all of them.
        team: who is told; None: the ticket's.
        answer_within: how long a page waits for its acknowledgement.
        times: pages that go out at most, or how often steps are repeated.
        from_step: where a repeat begins, counted from 1.
    """

    do: str
    after: timedelta = timedelta()
    role: str | None = None
    team: str | None = None
    rota: str = ""
    answer_within: timedelta = timedelta()
    times: int = 1
    webhook: str = ""
    from_step: int = 1


@dataclass(frozen=True, slots=True)
class Ladder:
    """A version of a ladder.

    Attributes:
        stops: what stops a run besides what always does.
        goes_on_in: of `pending` and `on_hold`, those in which it goes on.
    """

    name: str
    version: int
    starts: tuple[Start, ...]
    steps: tuple[Step, ...]
    stops: frozenset[str] = frozenset(STOPS)
    goes_on_in: frozenset[str] = field(default_factory=frozenset)

    def starts_on(self, on: str, priority: str, clock: str) -> bool:
        """Whether a run begins with this."""
        return any(start.fits(on, priority, clock) for start in self.starts)

    def rotas(self) -> set[str]:
        """Names of the rotas that are paged."""
        return {step.rota for step in self.steps if step.do == PAGE}

    def unknown_webhooks(self, known: Collection[str]) -> list[str]:
        """Sentences about steps that would call nobody. The names stand in the settings of each process: no fault."""
        return [
            f"step {number} calls {step.webhook}, which is unknown here; name it in TICKETS_WEBHOOKS of every replica"
            for number, step in enumerate(self.steps, 1)
            if step.do == WEBHOOK and step.webhook not in known
        ]


def read_ladder(name: str, version: int, content: Any) -> Ladder:
    """A ladder out of plain data; docs/ladders.md shows one.

    Raises:
        Invalid: it is something else; the text says each place and what is wrong there.
    """
    reading = Reading()
    top = reading.mapping(content, (), ("starts", "stops", "goes_on_in", "steps"))
    starts = reading.listed(top.get("starts", ()), ("starts",), 1, MOST_STARTS)
    steps = reading.listed(top.get("steps", ()), ("steps",), 1, MOST_STEPS)
    ladder = Ladder(
        name,
        version,
        tuple(_start(reading, start, ("starts", number)) for number, start in enumerate(starts)),
        tuple(_step(reading, step, ("steps", number)) for number, step in enumerate(steps)),
        reading.choices(top.get("stops", STOPS), ("stops",), STOPS, least=0),
        reading.choices(top.get("goes_on_in", ()), ("goes_on_in",), RESTING, least=0),
    )
    _check_repeats(reading, ladder)
    if any(step.do == PAGE for step in ladder.steps) and ACKNOWLEDGED not in ladder.stops:
        reading.complain(("stops",), "a ladder that pages must stop when somebody has acknowledged; add `acknowledged`")
    reading.refuse()
    return ladder


def check_names(ladder: Ladder, *, rotas: Collection[str], teams: Collection[str]) -> None:
    """Refuse what this desk does not have.

    Raises:
        Invalid: each place and what is not there.
    """
    reading = Reading()
    for number, step in enumerate(ladder.steps):
        if step.do == PAGE and step.rota not in rotas:
            reading.complain(("steps", number, "rota"), _unknown("rota", step.rota, rotas))
        if step.team is not None and step.team not in teams:
            reading.complain(("steps", number, "team"), _unknown("team", step.team, teams))
    reading.refuse()


def _start(reading: Reading, value: Any, path: Path) -> Start:
    content = reading.mapping(value, path, ("on", "priorities", "clocks"))
    on = reading.choice(content.get("on"), (*path, "on"), STARTS)
    priorities, clocks = content.get("priorities"), content.get("clocks")
    if clocks is not None and on and on not in (WARNING, BREACH):
        reading.complain((*path, "clocks"), "only warnings and breaches are of a clock; leave it out")
    return Start(
        on,
        frozenset() if priorities is None else reading.choices(priorities, (*path, "priorities"), PRIORITIES),
        frozenset() if clocks is None else reading.choices(clocks, (*path, "clocks"), _CLOCKS),
    )


def _step(reading: Reading, value: Any, path: Path) -> Step:
    do = value.get("do") if isinstance(value, Mapping) else None
    known = ("do", "after_minutes", *_KEYS.get(do if isinstance(do, str) else "", ()))
    if isinstance(value, Mapping) and (not isinstance(do, str) or do not in _KEYS):
        reading.choice(do, (*path, "do"), _KEYS)
        return Step("")
    content = reading.mapping(value, path, known)
    if not isinstance(do, str):
        return Step("")
    after = reading.minutes(content.get("after_minutes", 0), (*path, "after_minutes"), 0, LONGEST_WAIT_MINUTES)
    return _READERS[do](reading, content, path, timedelta(minutes=after))


def _plain(_: Reading, content: Mapping[str, Any], __: Path, after: timedelta) -> Step:
    return Step(content["do"], after)


def _notify_team(reading: Reading, content: Mapping[str, Any], path: Path, after: timedelta) -> Step:
    role, team = content.get("role"), content.get("team")
    return Step(
        NOTIFY_TEAM,
        after,
        role=None if role is None else reading.choice(role, (*path, "role"), ROLES),
        team=None if team is None else reading.name(team, (*path, "team")),
    )


def _page(reading: Reading, content: Mapping[str, Any], path: Path, after: timedelta) -> Step:
    within = reading.minutes(
        content.get("answer_within_minutes", 5), (*path, "answer_within_minutes"), 0.1, LONGEST_ANSWER_MINUTES
    )
    return Step(
        PAGE,
        after,
        rota=reading.name(content.get("rota"), (*path, "rota")),
        answer_within=timedelta(minutes=within),
        times=reading.whole(content.get("times", 1), (*path, "times"), 1, MOST_REPEATS),
    )


def _webhook(reading: Reading, content: Mapping[str, Any], path: Path, after: timedelta) -> Step:
    return Step(WEBHOOK, after, webhook=reading.name(content.get("webhook"), (*path, "webhook")))


def _repeat(reading: Reading, content: Mapping[str, Any], path: Path, after: timedelta) -> Step:
    return Step(
        REPEAT,
        after,
        from_step=reading.whole(content.get("from_step"), (*path, "from_step"), 1, MOST_STEPS),
        times=reading.whole(content.get("times", 1), (*path, "times"), 1, MOST_REPEATS),
    )


_READERS: Final[Mapping[str, Callable[[Reading, Mapping[str, Any], Path, timedelta], Step]]] = {
    NOTIFY_ASSIGNEE: _plain,
    RAISE_TIER: _plain,
    NOTIFY_TEAM: _notify_team,
    PAGE: _page,
    WEBHOOK: _webhook,
    REPEAT: _repeat,
}


def _check_repeats(reading: Reading, ladder: Ladder) -> None:
    """A repeat goes back, and over no other one: so a run has at most `MOST_STEPS` times `MOST_REPEATS` + 1 steps."""
    for number, step in enumerate(ladder.steps, 1):
        if step.do != REPEAT:
            continue
        place = ("steps", number - 1, "from_step")
        if number == 1:
            reading.complain(place, "this is the first step, and has nothing before it to repeat; put it further down")
        elif step.from_step >= number:
            reading.complain(place, f"a repeat goes back; this is step {number}, so name one from 1 to {number - 1}")
        elif any(other.do == REPEAT for other in ladder.steps[step.from_step - 1 : number - 1]):
            reading.complain(place, "there is a repeat between that step and this one; repeats do not overlap")


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    there = f"; there are {', '.join(sorted(known)[:20])}" if known else ""
    return f"this desk has no {what} {name!r}{there}"
