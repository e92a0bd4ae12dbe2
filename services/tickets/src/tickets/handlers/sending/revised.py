"""What channels report about answers that were edited or taken back: done, or not, and then the agents are told."""

import structlog

from tickets.adapters.postgres.outbound import Report
from tickets.domain.correspondence.replies import MESSAGE_CHANGED, message_changed
from tickets.domain.correspondence.sent_messages import FAILED, FAILED_LINE
from tickets.domain.rows import HistoryRow
from tickets.handlers.working.work import DeskDeps, Leaving, until_settled

log = structlog.get_logger()


async def note_revised_report(report: Report, deps: DeskDeps) -> None:
    """Note what became of a revision; the same report again changes nothing. A failure enters the ticket's history.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known.
    """
    await until_settled(lambda: _note(report, deps))


async def _note(report: Report, deps: DeskDeps) -> None:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        asked = await transaction.revisions.asked(report.notification_id)
        if asked is None:
            return
        ticket = await transaction.lock_ticket(asked.ticket_number)
        if not await transaction.revisions.answer(report.notification_id, report.state, report.detail[:1_000]):
            return
        if report.state == FAILED:
            now = await transaction.now()
            detail = {"message": str(asked.message), "kind": asked.kind, "revision": report.notification_id}
            line = HistoryRow(ticket.number, now, "desk", FAILED_LINE, detail, report.detail[:1_000])
            await transaction.save(history=[line])
            source, event = message_changed(ticket, asked.message, f"{asked.number}/failed", "undelivered", now)
            leaving.add(MESSAGE_CHANGED, source, event)
        await leaving.store(transaction)
    leaving.send()
    if report.state == FAILED:
        log.warning("revision.failed", ticket=ticket.number, kind=asked.kind, detail=report.detail)
