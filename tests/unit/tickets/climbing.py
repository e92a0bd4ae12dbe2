"""Ladders and what they need, for tests of runs and steps."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.tickets.builders import DESK
from tests.unit.tickets.builders import ticket as a_ticket
from tickets.adapters.words import Templates
from tickets.domain.ladders.documents import Ladder, read_ladder
from tickets.domain.ladders.on_duty import OnDuty
from tickets.domain.ladders.rota_documents import read_rota
from tickets.domain.ladders.runs import KIND, Run, run_of
from tickets.domain.rows import HistoryRow, Settlement, Timer
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Agent, Team
from tickets.domain.timers.due import Due, Moment

DAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
TEMPLATES = Templates()
EVERYTHING: list[dict[str, Any]] = [
    {"after_minutes": 5, "do": "notify_assignee"},
    {"after_minutes": 10, "do": "notify_team", "role": "lead"},
    {"after_minutes": 0, "do": "page", "rota": "nights", "answer_within_minutes": 5, "times": 2},
    {"after_minutes": 1, "do": "webhook", "webhook": "status"},
    {"after_minutes": 30, "do": "repeat", "from_step": 2, "times": 1},
]
EVA = Agent("eva", "Eva Ruiz", "eva@desk.example", languages=("es",))
BOB = Agent("bob", "Bob Hall", "bob@desk.example", languages=("en",))
NOBODY_HOME = {"zone": "UTC", "layers": [{"members": ["eva"], "first_day": "2026-01-05"}]}


def ladder(*steps: Mapping[str, Any], version: int = 1, **more: Any) -> Ladder:
    """A ladder that starts on arrival."""
    content = {"starts": [{"on": "arrival"}], "steps": list(steps or EVERYTHING), **more}
    return read_ladder("outage", version, content)


def run(step: int = 1, **changes: Any) -> Run:
    """A run at a step."""
    return replace(Run("00000000-0000-5000-8000-000000000007", "outage", 1, "first-line", "arrival", step), **changes)


def duty(*ladders: Ladder, **changes: Any) -> OnDuty:
    """Eva is on call and leads the team, Bob is of it."""
    found = OnDuty(
        ladders={(one.name, one.version): one for one in ladders or (ladder(),)},
        rotas={"nights": read_rota("nights", 1, NOBODY_HOME, {})},
        agents={"eva": EVA, "bob": BOB},
        teams={"first-line": Team("first-line")},
        members={"first-line": [("eva", "lead"), ("bob", "member")]},
    )
    return replace(found, **changes)


def moment(at: datetime = DAY, known: OnDuty | None = None, **changes: Any) -> Moment:
    """Firing at a time."""
    return replace(Moment(at, DESK, TEMPLATES.render, duty=known or duty()), **changes)


def due_of(timer: Timer, number: int = 7) -> Due:
    """The row that a timer is in the table."""
    return Due(number, KIND, timer.key, timer.due_at, timer.detail)


def row_of(rows: Settlement, number: int = 7) -> Timer | None:
    """What is in the table after these rows were written."""
    listed = rows.timers.get((number, KIND), ())
    return listed[0] if listed else None


def next_run(rows: Settlement) -> Run | None:
    """Where the run is after these rows were written."""
    timer = row_of(rows)
    return run_of(timer.key, timer.detail) if timer else None


def urgent(**changes: Any) -> TicketRow:
    """A ticket that somebody should look at."""
    return a_ticket(**{"priority": "urgent", "status": "new", **changes})


def line(action: str, actor: str = "desk", at: datetime = DAY, **detail: Any) -> HistoryRow:
    """A line of the history of ticket 7."""
    return HistoryRow(7, at, actor, action, detail)


def changed(field: str, old: Any, new: Any, actor: str = "agent:eva") -> HistoryRow:
    """A line that says that a field was changed."""
    return line("ticket.changed", actor, field=field, old=old, new=new)


def minutes(number: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)
