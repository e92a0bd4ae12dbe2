"""What is told of callbacks: lines of the history, and the events after which telephones ring, or stop."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tickets.domain.callbacks.wishes import CUSTOMER, WITHDRAWN, Callback, Report
from tickets.domain.rows import HistoryRow, OutboxRow, Settlement
from tickets.domain.service_levels.from_history import CALLED_BACK
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.phones import masked_phone
from tickets.domain.timers.due import Due, Moment
from ventanilla_contracts.ids import event_id

EVENT: Final = "ticket.callback.v1"
WITHDRAWN_KIND: Final = "callback_withdrawn"
"""Kind of the row with which a worker tells that somebody is not to be called any more."""

SCHEDULED_LINE: Final = "callback.scheduled"
REFUSED_LINE: Final = "callback.refused"
BEGUN_LINE: Final = "callback.begun"
TAKEN_LINE: Final = "callback.taken"
TALKED_LINE: Final = CALLED_BACK
UNREACHED_LINE: Final = "callback.unreached"
FAILED_LINE: Final = "callback.failed"
WITHDRAWN_LINE: Final = "callback.withdrawn"
HANDED_LINE: Final = "callback.handed"
SERVED_LINE: Final = "callback.served"
TOLD_LINE: Final = "callback.told"
TAKEN_BACK_LINE: Final = "callback.taken_back"
UNTOLD_LINE: Final = "callback.untold"

TOO_MANY: Final = "callers asked for enough callbacks to this number today"
NO_NUMBER: Final = "nobody knows a number that can be called"
COSTS_EXTRA: Final = "whoever calls that number pays extra"
CALLED_OFF: Final = "called off"
THEY_TALKED: Final = "they have called and talked"
NOT_THERE: Final = "is not there"
NOT_TAKEN: Final = "did not take it"
"""Behind the handle of whoever it was."""


def scheduled_line(callback: Callback) -> HistoryRow:
    """Somebody is to be called back."""
    detail = _detail(callback) | {"due_at": _told(callback.next_at)}
    return HistoryRow(callback.ticket_number, callback.asked_at, callback.asked_by, SCHEDULED_LINE, detail)


def refused_line(number: int, at: datetime, why: str) -> HistoryRow:
    """A caller asked to be called back, and will not be."""
    return HistoryRow(number, at, CUSTOMER, REFUSED_LINE, {}, why)


def begun_line(callback: Callback, now: datetime) -> HistoryRow:
    """Telephones ring."""
    return HistoryRow(callback.ticket_number, now, "desk", BEGUN_LINE, _detail(callback))


def reported_line(callback: Callback, action: str, report: Report, now: datetime) -> HistoryRow:
    """What came of an attempt; `callback` is as it stands after it."""
    detail = _detail(callback) | {"outcome": report.outcome}
    if report.seconds is not None:
        detail |= {"seconds": report.seconds, "talked": lasted(report.seconds)}
    if callback.next_at is not None and action == UNREACHED_LINE:
        detail["again_at"] = _told(callback.next_at)
    actor = f"agent:{report.agent}" if report.agent else "desk"
    return HistoryRow(callback.ticket_number, now, actor, action, detail)


def handed_line(callback: Callback, agent: str, why: str, now: datetime) -> HistoryRow:
    """The team calls in place of an agent; `callback` is as it stands after it."""
    detail = _detail(callback) | {"agents": [agent]}
    return HistoryRow(callback.ticket_number, now, "desk", HANDED_LINE, detail, f"{agent} {why}")


def served_line(callback: Callback, by: Callback, now: datetime) -> HistoryRow:
    """What came of another callback to the same customer stands for this one; `callback` is as it stands after it."""
    detail = _detail(callback) | {"ticket": by.ticket_number, "outcome": by.outcome}
    return HistoryRow(callback.ticket_number, now, "desk", SERVED_LINE, detail)


def lasted(seconds: int) -> str:
    """How long somebody talked: `3:20`, `1:00:05`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def withdrawn_line(callback: Callback, actor: str, why: str, now: datetime) -> HistoryRow:
    """Nobody is to call any more."""
    return HistoryRow(callback.ticket_number, now, actor, WITHDRAWN_LINE, _detail(callback), why)


def due_event(callback: Callback, ticket: TicketRow, now: datetime) -> tuple[str, dict[str, Any]]:
    """Source and payload of the event that makes telephones ring."""
    payload = _event(callback, "due", ticket, now)
    return _source(callback, "due"), payload | {"answer_by": callback.next_at}


def tell_withdrawn(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Tell that what rings is to stop, once: its row is removed in the same transaction."""
    told: Mapping[str, Any] = due.detail
    source = f"{due.key}/{told['attempt']}/{WITHDRAWN}"
    payload = {
        "id": event_id(EVENT, source),
        "ticket": ticket.snapshot(),
        "occurred_at": moment.now,
        "callback": due.key,
        "state": WITHDRAWN,
        **{name: told[name] for name in ("attempt", "team", "agent", "number", "account")},
    }
    rows.outbox.append(OutboxRow(EVENT, source, payload, None))
    return ticket


def _event(callback: Callback, state: str, ticket: TicketRow, now: datetime) -> dict[str, Any]:
    return {
        "id": event_id(EVENT, _source(callback, state)),
        "ticket": ticket.snapshot(),
        "occurred_at": now,
        "callback": str(callback.id),
        "state": state,
        "attempt": callback.attempt,
        "team": callback.team,
        "agent": callback.agent,
        "number": callback.number,
        "account": callback.account,
    }


def _source(callback: Callback, state: str) -> str:
    return f"{callback.id}/{callback.attempt}/{state}"


def _detail(callback: Callback) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "callback": str(callback.id),
        "number": masked_phone(callback.number),
        "team": callback.team,
    }
    if callback.agent:
        detail["agent"] = callback.agent
    if callback.attempt:
        detail["attempt"] = callback.attempt
    return detail


def _told(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
