"""What happens when a step of a ladder is due: somebody is told, paged or called by program, and the next is set.

One row is one step, and it is replaced in the transaction that does the step: whatever dies, and however many workers
there are, no step is done twice and none is left out. (`raise_tier`: `handlers/timers/climb.py`, by the same rules.)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.correspondence.agent_mail import agent_mail
from tickets.domain.ladders.documents import NOTIFY_ASSIGNEE, NOTIFY_TEAM, PAGE, REPEAT, WEBHOOK, Ladder, Step
from tickets.domain.ladders.on_duty import OnDuty
from tickets.domain.ladders.paging import page_of, paged_event
from tickets.domain.ladders.rotas import on_call
from tickets.domain.ladders.runs import (
    ENDED,
    KIND,
    STEPPED,
    STOPPED,
    WAITS,
    Run,
    next_row,
    run_of,
    timer_of,
    why_over,
)
from tickets.domain.rows import HistoryRow, Settlement, Timer
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.staffing.people import Agent
from tickets.domain.timers.due import Due, Moment
from tickets.domain.webhooks import WebhookCall

STEP_EVENT: Final = "ladder.step"
_SHORTEST_LIFE: Final = timedelta(hours=1)
"""A page that could not leave for so long is sent no more: the ladder has gone on."""


def fire_ladder(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Do the step that a run waits for, unless the ticket has become one that it ends with."""
    assert moment.duty is not None, "the worker loads it with the rows"
    run = run_of(due.key, due.detail)
    ladder = moment.duty.ladders[run.ladder, run.version]
    if why := why_over(run, ladder, ticket.status, ticket.team):
        rows.history.append(HistoryRow(ticket.number, moment.now, run.actor, STOPPED, run.place(), why))
        return ticket
    step = ladder.steps[run.step - 1]
    _STEPS[step.do](_Doing(ticket, run, ladder, step, moment, moment.duty, rows))
    return ticket


@dataclass(frozen=True, slots=True)
class _Doing:
    """A step that is being done."""

    ticket: TicketRow
    run: Run
    ladder: Ladder
    step: Step
    moment: Moment
    duty: OnDuty
    rows: Settlement

    def note(self, action: str, why: str = "", **detail: Any) -> None:
        """Write into the history what was done."""
        self.rows.history.append(
            step_line(self.ticket.number, self.run, self.step, self.moment.now, action, why, detail)
        )

    def go_on(self) -> None:
        """Let the next step follow, or the ladder end."""
        after, lines = gone_on(self.ticket.number, self.run, self.ladder, self.moment.now)
        self.rows.timers[self.ticket.number, KIND] = after
        self.rows.history.extend(lines)

    def wait(self, run: Run, until: datetime) -> None:
        """Let this step be looked at again."""
        self.rows.timers[self.ticket.number, KIND] = [timer_of(run, self.ladder, until)]

    def mail(self, agent: Agent, template: str, **more: Any) -> bool:
        """Ask for a mail to one of ours; False: the desk has no mailbox to write from."""
        expires_at = more.pop("expires_at", None)
        source = f"ladder/{self.run.id}/{self.run.step}/{self.run.round}/{self.run.attempt}/{agent.handle}"
        values = {**ticket_values(self.ticket), "ladder": self.run.ladder, "on": self.run.on, **more}
        desk, render, now = self.moment.desk, self.moment.render, self.moment.now
        event = agent_mail(agent, self.ticket, source, template, values, desk, render, now, expires_at=expires_at)
        if event is not None:
            self.rows.outbox.append(event)
        return event is not None


def step_line(
    number: int, run: Run, step: Step, now: datetime, action: str, why: str, detail: Mapping[str, Any]
) -> HistoryRow:
    """A line of the history about a step."""
    return HistoryRow(number, now, run.actor, action, {**run.place(), "do": step.do, **detail}, why)


def gone_on(number: int, run: Run, ladder: Ladder, now: datetime) -> tuple[list[Timer], list[HistoryRow]]:
    """The row of what follows a step that was done now; where nothing does, none, and the line that says so."""
    following = next_row(run, ladder, now)
    if following is not None:
        return [following], []
    return [], [HistoryRow(number, now, run.actor, ENDED, run.place(), "nobody reacted")]


def ticket_values(ticket: TicketRow) -> dict[str, Any]:
    """What mails to the desk's people say of a ticket."""
    names = ("number", "subject", "priority", "tier", "team", "assignee")
    return {name: getattr(ticket, name) for name in names}


def _notify_assignee(doing: _Doing) -> None:
    handle = doing.ticket.assignee
    agent = doing.duty.agents.get(handle or "")
    if agent is None or not agent.active:
        doing.note(STEPPED, f"{handle} is nobody of the desk" if handle else "nobody has the ticket", to=[])
    else:
        _tell(doing, [agent])
    doing.go_on()


def _notify_team(doing: _Doing) -> None:
    team = doing.step.team or doing.ticket.team
    people = doing.duty.told(team, doing.step.role)
    if people:
        _tell(doing, people, team=team)
    else:
        doing.note(STEPPED, f"the team {team} has no {doing.step.role or 'people'}", to=[], team=team)
    doing.go_on()


def _tell(doing: _Doing, people: list[Agent], **detail: Any) -> None:
    told = [agent.handle for agent in people if doing.mail(agent, "ladder_notice")]
    doing.note(STEPPED, "" if told else "this desk has no mailbox to write from", to=told, **detail)


def _page(doing: _Doing) -> None:
    run, step, now, desk = doing.run, doing.step, doing.moment.now, doing.moment.desk
    if run.attempt >= step.times:
        doing.note(STEPPED, "nobody acknowledged", attempts=run.attempt, rota=step.rota)
        doing.go_on()
        return
    rota = doing.duty.rotas.get(step.rota)
    handle = on_call(rota, now) if rota else None
    agent = doing.duty.agents.get(handle or "")
    if agent is None or not agent.active:
        why = f"{handle}, who is on call, is nobody of the desk any more" if handle else "nobody is on call"
        doing.note(STEPPED, why if rota else f"there is no rota {step.rota} any more", to=[], rota=step.rota)
        doing.rows.outbox.append(paged_event(doing.ticket, run, None, step.rota, now))
        doing.go_on()
        return
    until = doing.duty.sleeps_until(agent, doing.ticket, now, desk.zone)
    if until is not None:
        detail = {"until": until.isoformat(), "agent": agent.handle, "rota": step.rota}
        doing.note(WAITS, "nobody is paged at night", **detail)
        doing.wait(run, until)
        return
    _call(doing, agent)


def _call(doing: _Doing, agent: Agent) -> None:
    run, step, now, desk = doing.run, doing.step, doing.moment.now, doing.moment.desk
    page = page_of(run, doing.ticket.number, agent.handle, now, now + step.answer_within)
    doing.rows.pages.append(page)
    minutes = max(1, round(step.answer_within.total_seconds() / 60))
    link = desk.page_link(page.id)
    expires_at = max(page.answer_by, now + _SHORTEST_LIFE)
    mailed = doing.mail(agent, "page", link=link, minutes=minutes, rota=step.rota, expires_at=expires_at)
    doing.rows.outbox.append(paged_event(doing.ticket, run, page, step.rota, now))
    detail = {
        "to": [agent.handle], "rota": step.rota, "attempt": page.attempt, "page": str(page.id),
        "answer_by": page.answer_by.isoformat(),
    }  # fmt: skip
    doing.note(STEPPED, "" if mailed else "by the event alone: this desk has no mailbox to write from", **detail)
    doing.wait(replace(run, attempt=page.attempt), page.answer_by)


def _webhook(doing: _Doing) -> None:
    run, step, now = doing.run, doing.step, doing.moment.now
    id_ = effect_id(f"webhook/{run.id}/{run.step}/{run.round}")
    body = {
        "type": STEP_EVENT,
        "id": str(id_),
        "time": now,
        "ticket": doing.ticket.snapshot(),
        **run.place(),
        "why": run.on,
    }
    doing.rows.webhooks.append(WebhookCall(id_, step.webhook, body))
    doing.note(STEPPED, webhook=step.webhook)
    doing.go_on()


def _repeat(doing: _Doing) -> None:
    again = doing.run.round <= doing.step.times
    doing.note(STEPPED, "" if again else "often enough", **({"from_step": doing.step.from_step} if again else {}))
    doing.go_on()


_STEPS: Final[Mapping[str, Callable[[_Doing], None]]] = {
    NOTIFY_ASSIGNEE: _notify_assignee,
    NOTIFY_TEAM: _notify_team,
    PAGE: _page,
    WEBHOOK: _webhook,
    REPEAT: _repeat,
}
