"""A run of a ladder on one ticket: where it stands, what lets it begin, what ends it. Pure.

A run is one row in `due`: its next step, with all that is known of it. Lines of the history move it, as they move the
clocks; firing moves it from step to step. What a ladder does itself has the ladder as its actor and moves nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.domain.ladders.documents import (
    ACKNOWLEDGED,
    ANSWERED,
    ARRIVAL,
    BREACH,
    RAISE_TIER,
    REOPENED,
    REPEAT,
    RESTING,
    TAKEN,
    UNANSWERED,
    UPDATE_DUE,
    WARNING,
    Ladder,
)
from tickets.domain.rows import HistoryRow, Timer
from tickets.domain.service_levels.from_history import BREACHED, CREATED, REPLIED, SPOKEN, WARNED, answers_customer
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import effect_id

KIND: Final = "ladder"
ACTOR: Final = "ladder:"
"""The actor of what a ladder does, before its name."""
STARTED, STEPPED, WAITS, STOPPED, ENDED = (
    "ladder.started", "ladder.step", "ladder.waits", "ladder.stopped", "ladder.ended",
)  # fmt: skip
ACKNOWLEDGED_LINE: Final = "page.acknowledged"
_HANDED: Final = frozenset({"ticket.escalated", "ticket.de_escalated", "ticket.returned"})
_MERGED: Final = "ticket.merged"
_ANSWERS: Final = frozenset({REPLIED, *SPOKEN})
SEEN: Final = frozenset(
    {CREATED, WARNED, BREACHED, "message.added", *_ANSWERS, "ticket.changed", _MERGED, ACKNOWLEDGED_LINE, *_HANDED}
)
"""Actions of lines that ladders may see."""
_BY_ITSELF: Final = frozenset({"desk", "automatic"})
"""Actors that are nobody: what they hand out has not been taken by anybody."""

LadderOf = Callable[[str, int], Ladder]
"""(name, version) → that version."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where a ladder stands on a ticket.

    Attributes:
        team: the team that has the ticket; when it leaves, the run ends.
        on: what started it.
        step: the next one, counted from 1.
        round: which time its stretch of steps is gone through.
        attempt: pages of this step that have gone out so far.
    """

    id: str
    ladder: str
    version: int
    team: str
    on: str
    step: int = 1
    round: int = 1
    attempt: int = 0

    @property
    def actor(self) -> str:
        """As the history names it."""
        return f"{ACTOR}{self.ladder}"

    def place(self) -> dict[str, Any]:
        """Which step of which run, for lines, events and pages."""
        return {
            "ladder": self.ladder, "version": self.version, "run": self.id, "step": self.step, "round": self.round,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """The ticket after what has just happened.

    Attributes:
        ladder: the one that would start; None: none does.
        paged: pages about it wait for somebody.
    """

    number: int
    status: str
    priority: str
    team: str
    ladder: Ladder | None = None
    paged: bool = False


@dataclass(slots=True)
class Followed:
    """What lines of the history made of a run.

    Attributes:
        run: the one that is under way now; None: none.
        first: its first row, if it has just begun.
        lines: to be written too.
        over: why pages that wait for somebody are taken back; None: they are not.
    """

    run: Run | None
    first: Timer | None = None
    lines: list[HistoryRow] = field(default_factory=list)
    over: str | None = None


def run_of(key: str, detail: Mapping[str, Any]) -> Run:
    """The run that a row of `due` is."""
    names = ("ladder", "version", "team", "on", "step", "round", "attempt")
    return Run(key, **{name: detail[name] for name in names})


def timer_of(run: Run, ladder: Ladder, due_at: datetime) -> Timer:
    """The row that a run is while it waits for its next step."""
    detail = asdict(run)
    do = ladder.steps[run.step - 1].do
    detail |= {"do": do, **({"alone": do} if do == RAISE_TIER else {})}
    return Timer(detail.pop("id"), due_at, detail)


def after_step(run: Run, ladder: Ladder) -> Run | None:
    """The run behind its step, at the next one; None: there is none."""
    step = ladder.steps[run.step - 1]
    if step.do == REPEAT and run.round <= step.times:
        return replace(run, step=step.from_step, round=run.round + 1, attempt=0)
    if run.step >= len(ladder.steps):
        return None
    return replace(run, step=run.step + 1, round=1 if step.do == REPEAT else run.round, attempt=0)


def next_row(run: Run, ladder: Ladder, now: datetime) -> Timer | None:
    """The row of what comes after a run's step, which was done now: people need their time to react to it.

    That it counts from when a step was done, and not from when it should have been, is what lets nobody be skipped
    over after an outage.
    """
    following = after_step(run, ladder)
    if following is None:
        return None
    return timer_of(following, ladder, now + ladder.steps[following.step - 1].after)


def why_over(run: Run, ladder: Ladder, status: str, team: str) -> str | None:
    """Why a run cannot go on with a ticket that is like this; None: it can."""
    if status in DONE or (status in RESTING and status not in ladder.goes_on_in):
        return status
    return "left the team" if team != run.team else None


def page_id(run: Run, attempt: int) -> UUID:
    """Id of a page: the same attempt is always the same page."""
    return effect_id(f"page/{run.id}/{run.step}/{run.round}/{attempt}")


def begins(ladder: Ladder, lines: Sequence[HistoryRow], priority: str) -> bool:
    """Whether one of a ticket's lines lets this ladder begin, if no run is under way; the lines are as for `follow`."""
    handed = any(_hands_over(line) for line in lines)
    return any(ladder.starts_on(on, priority, clock) for line in lines for on, clock in _happened(line, handed))


def follow(
    run: Run | None, lines: Sequence[HistoryRow], facts: TicketFacts, ladder_of: LadderOf, now: datetime
) -> Followed:
    """What a run has become through lines of the history that were written together.

    Args:
        run: the one under way.
        lines: of one ticket, in their order, those of `SEEN` that no ladder has written.
        now: a run begins now, however old what started it is: nobody could react to it before.
    """
    followed = Followed(run)
    handed = any(_hands_over(line) for line in lines)
    ladder = ladder_of(run.ladder, run.version) if run else None
    for place, line in enumerate(lines):
        if followed.run and ladder and (why := _stopped_by(line, ladder, handed)):
            _stop(followed, why, facts, now)
        elif followed.run is None and (line.action == ACKNOWLEDGED_LINE or _reacts(line, handed)):
            followed.over = followed.over or _told_why(line)
        if followed.run and ladder and (why := _ended_by(line, followed.run, ladder, facts)):
            _stop(followed, why, facts, now)
        if followed.run is None and facts.ladder is not None:
            ladder = facts.ladder
            _start(followed, line, facts.ladder, facts, now, place, handed)
    if followed.run is None and facts.status in DONE:
        followed.over = followed.over or facts.status
    if not facts.paged:
        followed.over = None
    return followed


def _stop(followed: Followed, why: str, facts: TicketFacts, now: datetime) -> None:
    run = followed.run
    assert run is not None
    detail = run.place()
    followed.lines.append(HistoryRow(facts.number, now, run.actor, STOPPED, detail, why))
    followed.run, followed.first, followed.over = None, None, why


def _start(
    followed: Followed, line: HistoryRow, ladder: Ladder, facts: TicketFacts, now: datetime, place: int, handed: bool
) -> None:
    for on, clock in _happened(line, handed):
        if not ladder.starts_on(on, facts.priority, clock):
            continue
        id_ = str(effect_id(f"ladder/{facts.number}/{now.isoformat()}/{place}/{on}"))
        run = Run(id_, ladder.name, ladder.version, facts.team, on)
        if why_over(run, ladder, facts.status, facts.team):
            return
        followed.run, followed.first = run, timer_of(run, ladder, now + ladder.steps[0].after)
        detail = {**run.place(), "on": on, "next_at": followed.first.due_at.isoformat()}
        followed.lines.append(HistoryRow(facts.number, now, run.actor, STARTED, detail, clock or on))
        return


def _hands_over(line: HistoryRow) -> bool:
    return line.action in _HANDED or (line.action == "ticket.changed" and line.detail["field"] == "team")


def _happened(line: HistoryRow, handed: bool) -> list[tuple[str, str]]:
    """What of that which starts ladders a line says: (word, clock)."""
    action, detail = line.action, line.detail
    if action == CREATED or _hands_over(line):
        return [(ARRIVAL, "")]
    if action == WARNED:
        return [(WARNING, detail["clock"])]
    if action == BREACHED:
        return [(UPDATE_DUE if detail["kind"] == UPDATE_DUE else BREACH, detail["clock"])]
    if action == "message.added":
        reopened = "status" in detail and detail["status"][0] in DONE
        waits = line.actor == "customer"
        return [*([(REOPENED, "")] if reopened else []), *([(UNANSWERED, "")] if waits else [])]
    if action != "ticket.changed":
        return []
    if detail["field"] == "status" and detail["old"] in DONE and detail["new"] not in DONE:
        return [(REOPENED, "")]
    released = detail["field"] == "assignee" and detail["new"] is None
    return [(ARRIVAL, "")] if released and not handed else []


def _reacts(line: HistoryRow, handed: bool) -> bool:
    """Whether somebody of the desk has taken the ticket, or answered."""
    if line.action in _ANSWERS:
        return answers_customer(line.actor, line.detail)
    if line.action != "ticket.changed" or line.detail["field"] != "assignee" or handed:
        return False
    return line.detail["new"] is not None and line.actor not in _BY_ITSELF


def _stopped_by(line: HistoryRow, ladder: Ladder, handed: bool) -> str | None:
    if line.action == ACKNOWLEDGED_LINE:
        return ACKNOWLEDGED if ACKNOWLEDGED in ladder.stops else None
    if not _reacts(line, handed):
        return None
    word = ANSWERED if line.action in _ANSWERS else TAKEN
    return word if word in ladder.stops else None


def _ended_by(line: HistoryRow, run: Run, ladder: Ladder, facts: TicketFacts) -> str | None:
    if line.action == _MERGED:
        return "merged"
    return why_over(run, ladder, facts.status, facts.team)


def _told_why(line: HistoryRow) -> str:
    if line.action == ACKNOWLEDGED_LINE:
        return ACKNOWLEDGED
    return ANSWERED if line.action in _ANSWERS else TAKEN
