"""Pages going out and coming to their end: what is written, and which events tell it."""

from datetime import datetime
from typing import Any, Final

from tickets.domain.ladders.pages import Page
from tickets.domain.ladders.runs import Run, page_id
from tickets.domain.rows import OutboxRow, Settlement
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due, Moment
from ventanilla_contracts.ids import event_id

SETTLED: Final = "page_settled"
"""Kind of the row with which a worker tells that a page was acknowledged or withdrawn."""
PAGED_EVENT: Final = "ticket.paged.v1"
SETTLED_EVENT: Final = "ticket.page_settled.v1"


def page_of(run: Run, ticket_number: int, agent: str, now: datetime, answer_by: datetime) -> Page:
    """The next page of a run's step."""
    attempt = run.attempt + 1
    return Page(
        page_id(run, attempt), ticket_number, agent, run.ladder, run.version, run.id, run.step, run.round, attempt, now,
        answer_by,
    )  # fmt: skip


def paged_event(ticket: TicketRow, run: Run, page: Page | None, rota: str, now: datetime) -> OutboxRow:
    """The event `TicketPaged`; without a page, nobody is on call."""
    attempt = page.attempt if page else run.attempt + 1
    source = f"{run.id}/{run.step}/{run.round}/{attempt}"
    payload: dict[str, Any] = {
        "id": event_id(PAGED_EVENT, source),
        "ticket": ticket.snapshot(),
        "occurred_at": now,
        **run.place(),
        "attempt": attempt,
        "rota": rota,
        "page": str(page.id) if page else None,
        "agent": page.agent if page else None,
        "answer_by": page.answer_by if page else None,
    }
    return OutboxRow(PAGED_EVENT, source, payload, None)


def tell_settled(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Tell that a page waits for nobody any more, once: its row is removed in the same transaction."""
    payload = {
        "id": event_id(SETTLED_EVENT, due.key),
        "ticket": ticket.snapshot(),
        "occurred_at": moment.now,
        "page": due.key,
        **{name: due.detail[name] for name in ("agent", "ladder", "run", "state", "by", "why")},
    }
    rows.outbox.append(OutboxRow(SETTLED_EVENT, due.key, payload, None))
    return ticket
