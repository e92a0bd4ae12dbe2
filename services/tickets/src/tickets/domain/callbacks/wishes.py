"""Wishes to be called back, and what becomes of one when somebody has tried. Pure.

A wish is tried a few times, each time within the hours of its team: agents first, then the customer. Whoever rings the
telephones tells what came of each attempt, or says nothing because it died: then its time runs out and the next attempt
begins. What is told twice, or too late to matter, changes nothing. Where one agent was to call who is not there when
the time comes, the team calls: the customer may have been told the time.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tickets.domain.service_levels.calendars import Calendar, next_open

KIND: Final = "callback"
"""Of the rows in `due` that begin an attempt, or take one for failed."""

SCHEDULED, DUE, TALKING = "scheduled", "due", "talking"
DONE, FAILED, WITHDRAWN = "done", "failed", "withdrawn"
STATES: Final = (SCHEDULED, DUE, TALKING, DONE, FAILED, WITHDRAWN)
OPEN: Final = (SCHEDULED, DUE, TALKING)
"""States in which something is still to happen."""

CALLING: Final = "calling"
"""An agent has taken it, and the customer's telephone rings: no end, but a sign of life."""
TALKED: Final = "talked"
NO_ANSWER, BUSY, NOBODY, BROKEN = "customer_no_answer", "customer_busy", "nobody_took_it", "failed"
GAVE_UP: Final = "agent_gave_up"
"""Whoever had taken it hung up while the customer's telephone rang."""
NO_REPORT: Final = "no_report"
"""Nobody told what became of an attempt."""
REPORTED: Final = (CALLING, TALKED, NO_ANSWER, BUSY, NOBODY, GAVE_UP, BROKEN)
OUTCOMES: Final = (*REPORTED[1:], NO_REPORT)
CUSTOMER_AWAY: Final = frozenset({NO_ANSWER, BUSY})
"""Their telephone rang, or was busy: they can be told so."""

CUSTOMER: Final = "customer"
"""Who asked, where it was whoever called."""
_LATE_WORDS: Final = {SCHEDULED: (CALLING, TALKED), FAILED: (TALKED,)}
"""What of an attempt that was given up still counts, by how the callback stands."""
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_PROMPT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CallbackPlan:
    """How callbacks are tried.

    Attributes:
        again: how long after each failed attempt the next one begins; one attempt more than there are entries.
        anew: how long after an agent gave up; that uses up no attempt, as long as it happened at most `most_given_up`
            times: the customer is not to pay for it, and it does not go on for ever.
        ring: how long agents' telephones may ring until somebody has taken it.
        talk: how long the rest may last; Twilio ends a call after four hours.
        per_day: how many callbacks to one number callers may ask for in 24 hours.
        most_ahead: how far ahead an agent may plan one.
    """

    again: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(minutes=60))
    anew: timedelta = timedelta(minutes=5)
    most_given_up: int = 3
    ring: timedelta = timedelta(minutes=10)
    talk: timedelta = timedelta(hours=4, minutes=10)
    per_day: int = 5
    most_ahead: timedelta = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Callback:
    """Somebody's wish to be called back, or an agent's to call.

    Attributes:
        agent: who wants to call; None: whoever of the team is there.
        number: in E.164. account: of the desk, to call from; empty: any.
        asked_by: as the history names them.
        attempt: how many have begun.
        next_at: when the next attempt begins; of one that goes on, when it is taken for failed.
        outcome: of the last attempt.
    """

    id: UUID
    ticket_number: int
    team: str
    agent: str | None
    number: str
    account: str
    asked_by: str
    asked_at: datetime
    wanted_at: datetime
    state: str
    attempt: int
    next_at: datetime | None
    outcome: str = ""
    ended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to happen."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `outcome` is None while it goes on."""

    number: int
    begun_at: datetime
    outcome: str | None = None
    agent: str | None = None
    seconds: int | None = None
    call: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What whoever rings the telephones tells of an attempt.

    Attributes:
        agent: who took it. seconds: how long they talked. call: how the provider names the customer's call.
    """

    outcome: str
    agent: str | None = None
    seconds: int | None = None
    call: str | None = None


def desk_number(account: str) -> str:
    """The desk's number to call from, out of a ticket's account; empty: it is none."""
    return account if _E164.match(account) else ""


def within_hours(at: datetime, calendar: Calendar | None, agent: str | None) -> datetime:
    """When somebody calls who is to call at `at`: then, or when the team's hours begin.

    Args:
        calendar: of the team; None: it names none, so it is always there. One that never opens holds nothing up.
        agent: who calls; whoever plans it for themselves knows when they are there.
    """
    if calendar is None or agent is not None:
        return at
    return next_open(calendar, at) or at


def is_time(callback: Callback, now: datetime) -> bool:
    """Whether what waits for its time has it."""
    return callback.open and callback.next_at is not None and callback.next_at <= now


def begun(callback: Callback, now: datetime, plan: CallbackPlan) -> Callback:
    """The callback with its next attempt, which begins now."""
    return replace(callback, state=DUE, attempt=callback.attempt + 1, next_at=now + plan.ring)


def held_off(callback: Callback, now: datetime, calendar: Calendar | None) -> datetime | None:
    """When to begin an attempt whose time has come while the team is not there (any more); None: now."""
    at = within_hours(now, calendar, callback.agent)
    return at if at - now > _PROMPT else None


def counts(callback: Callback, attempt: int, report: Report, last: Attempt | None) -> bool:
    """Whether what is told of an attempt changes anything.

    Only the newest attempt counts, and only once. One that was given up because nobody told of it may still turn out
    to be or to have been a conversation, as long as nobody has called again.
    """
    if attempt != callback.attempt or last is None:
        return False
    if callback.state in (DUE, TALKING):
        return report.outcome != CALLING or callback.state == DUE
    if last.outcome != NO_REPORT:
        return False
    return report.outcome in _LATE_WORDS.get(callback.state, ())


def after(
    callback: Callback,
    report: Report,
    now: datetime,
    plan: CallbackPlan,
    calendar: Calendar | None,
    given_up: int = 0,
) -> Callback:
    """The callback after what was told of its newest attempt.

    Where one agent was to call and did not take it, the last attempt is the team's.

    Args:
        given_up: how many attempts ended because an agent gave up, this one included.
    """
    if report.outcome == CALLING:
        return replace(callback, state=TALKING, next_at=now + plan.talk)
    if report.outcome == TALKED:
        return replace(callback, state=DONE, outcome=TALKED, next_at=None, ended_at=now)
    if report.outcome == GAVE_UP and given_up <= plan.most_given_up:
        again = within_hours(now + plan.anew, calendar, callback.agent)
        return replace(callback, state=SCHEDULED, outcome=GAVE_UP, next_at=again)
    used_up = callback.attempt - min(given_up, plan.most_given_up)
    if used_up > len(plan.again):
        return replace(callback, state=FAILED, outcome=report.outcome, next_at=None, ended_at=now)
    agent = None if report.outcome == NOBODY and used_up == len(plan.again) else callback.agent
    again = within_hours(now + plan.again[used_up - 1], calendar, agent)
    return replace(callback, state=SCHEDULED, outcome=report.outcome, agent=agent, next_at=again)


def handed(callback: Callback) -> Callback:
    """What one agent was to call, and whoever of the team is there will."""
    return replace(callback, agent=None)


def has_rung(outcomes: Iterable[str | None]) -> bool:
    """Whether a customer was called in vain in one of these attempts, so that they can be told so."""
    return not CUSTOMER_AWAY.isdisjoint(outcomes)


def by_number(callbacks: Sequence[Callback], number: str) -> Callback | None:
    """The open one of these to a number."""
    return next((one for one in callbacks if one.open and one.number == number), None)
