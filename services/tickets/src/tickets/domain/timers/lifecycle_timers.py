"""What becomes of tickets that nobody touches: reminders, solving, closing, the end of a snooze. Pure.

The steps of a status are data. They count from when the ticket got that status, or from the last public answer to its
customer since; whatever changes the status, a reply above all, takes them back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.changes import CHANGED, change, change_source, changed_event, search_row
from tickets.domain.correspondence.automatic_mail import mail_customer
from tickets.domain.desk.reading import Path, Reading
from tickets.domain.lifecycle import why_not
from tickets.domain.rows import HistoryRow, OutboxRow, Settlement, Timer
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due, Moment

KIND: Final = "lifecycle"
SNOOZE: Final = "snooze"
REMIND, SOLVE, CLOSE = "remind", "solve", "close"
STATUS_OF: Final = {SOLVE: "solved", CLOSE: "closed"}
"""Steps that end a status → the status that comes then."""
_LONGEST: Final = timedelta(days=366)
_MOST_STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """What is done so long after a ticket got its status."""

    after: timedelta
    do: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Status → steps, soonest first."""

    version: int = 0
    steps: Mapping[str, Sequence[Step]] = field(default_factory=dict)


USUAL: Final = Lifecycle(
    0,
    {
        "pending": (Step(timedelta(days=3), REMIND), Step(timedelta(days=7), SOLVE)),
        "solved": (Step(timedelta(days=7), CLOSE),),
    },
)
"""Of a desk that has not said otherwise."""


def read_lifecycle(version: int, content: Any) -> Lifecycle:
    """A lifecycle out of plain data: `{"pending": [{"after_days": 3, "do": "remind"}, …], "solved": […]}`.

    Raises:
        Invalid: it is something else; the text says each place and what is wrong there.
    """
    reading = Reading()
    if not isinstance(content, Mapping):
        reading.complain((), "a lifecycle is a mapping of status to steps")
        content = {}
    steps = {}
    for status, value in content.items():
        if status not in ("pending", "on_hold", "solved") or not isinstance(value, list):
            reading.complain((str(status),), f"{status!r}: steps are for pending, on_hold and solved, as a list")
            continue
        listed = reading.listed(value, (status,), 0, _MOST_STEPS)
        read = [_step(reading, status, step, (status, number)) for number, step in enumerate(listed)]
        steps[str(status)] = tuple(sorted((step for step in read if step), key=lambda step: step.after))
    reading.refuse()
    return Lifecycle(version, steps)


def _step(reading: Reading, status: str, step: Any, path: Path) -> Step | None:
    before = len(reading.faults)
    if not isinstance(step, Mapping) or set(step) != {"after_days", "do"}:
        reading.complain(path, "a step is {after_days: NUMBER, do: remind|solve|close}")
        return None
    do, days = step["do"], step["after_days"]
    if do not in (REMIND, SOLVE, CLOSE):
        reading.complain((*path, "do"), f"{do!r} is none of remind, solve, close")
    elif do != REMIND and (reason := why_not(status, STATUS_OF[do])):
        reading.complain((*path, "do"), reason)
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= _LONGEST.days:
        reading.complain((*path, "after_days"), f"after_days is a number above 0, at most {_LONGEST.days}")
    return Step(timedelta(days=days), do) if len(reading.faults) == before else None


def timers_of(status: str, since: datetime, lifecycle: Lifecycle) -> list[Timer]:
    """What happens to a ticket by itself while it keeps this status, which it has since then."""
    steps = lifecycle.steps.get(status, ())
    return [
        Timer(f"{status}/{number}", since + step.after, {"status": status, "do": step.do})
        for number, step in enumerate(steps)
    ]


def fire_step(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Remind the customer, solve the ticket or close it, unless it has another status by now."""
    if ticket.status != due.detail["status"]:
        return ticket
    if due.detail["do"] == REMIND:
        _remind(ticket, due, moment, rows)
        return ticket
    wanted = {"status": STATUS_OF[due.detail["do"]]}
    if wanted["status"] == "solved" and not ticket.resolution:
        wanted["resolution"] = "no answer"
    why = "nobody answered" if ticket.status == "pending" else "its time is over"
    return _change(ticket, wanted, moment, rows, why)


def end_snooze(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Open a ticket again that somebody put aside until now."""
    if ticket.status != due.detail["status"]:
        return ticket
    return _change(ticket, {"status": "open"}, moment, rows, "its snooze is over")


def _remind(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> None:
    key, values = f"{due.key}/{due.due_at.isoformat()}", {"subject": ticket.subject}
    if message := mail_customer(ticket, "reminder", key, "reminder", values, moment, rows):
        detail = {"message": str(message.id)}
        rows.history.append(HistoryRow(ticket.number, moment.now, "desk", "reminder.sent", detail))


def _change(ticket: TicketRow, wanted: Mapping[str, Any], moment: Moment, rows: Settlement, why: str) -> TicketRow:
    now = max(ticket.updated_at, moment.now)
    after, changes = change(ticket, wanted, now)
    if not changes:
        return ticket
    if after.status != ticket.status:
        after = replace(after, status_since=now)
    for item in changes:
        rows.history.append(HistoryRow(ticket.number, now, "desk", "ticket.changed", item.as_data(), why))
    rows.outbox.append(OutboxRow(CHANGED, change_source(after), changed_event(after, changes, "desk", now), None))
    rows.search.append(search_row(after))
    return after
