"""Lets messages say what their authors make of them in the chat: edited, or deleted.

A revision may come before its message is settled: it is looked for again, ever later, for about an hour. What belongs
to no message of the desk by then is let go of.

Revisions may come in any order: the last one that was made holds. What an earlier one said is kept among the former
texts, and changes nothing else.
"""

from dataclasses import replace

import structlog
from pydantic import ValidationError

from tickets import metrics
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import search_row
from tickets.domain.correspondence.replies import MESSAGE_CHANGED, message_changed
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.revisions import (
    UNCHANGED,
    RevisedMessage,
    Revision,
    is_called_after,
    is_late,
    subject_after,
    why_ignored,
)
from tickets.domain.settling.search_terms import words_of
from tickets.errors import Overtaken
from tickets.handlers.working.work import DeskDeps, Leaving, until_settled
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.events import MessageRevised
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.tracing import HEADER as TRACE_HEADER

log = structlog.get_logger()

_MOST_LOOKS = 40
_LONGEST_WAIT_SECONDS = 120.0
_UNKNOWN = "unknown_message"
_LATE = "late"


async def revise_messages(batch: Batch, deps: DeskDeps) -> None:
    """Note revisions, each in a transaction of its own; one that is noted already changes nothing.

    Raises:
        DatabaseAway, Overtaken: note the same batch again.
    """
    for delivery in batch.deliveries:
        try:
            event = MessageRevised.model_validate_json(delivery.body)
        except ValidationError as error:
            batch.reject(delivery, MalformedEvent(f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"))
            continue
        ignored = await revise_message(_revision(event), delivery.headers.get(TRACE_HEADER), deps)
        if ignored == _UNKNOWN and delivery.deliveries < _MOST_LOOKS:
            batch.later(delivery, _wait_seconds(delivery))
        elif ignored:
            metrics.REVISIONS_IGNORED.labels(ignored).inc()
            log.info("revision.ignored", event_id=event.id, kind=event.kind, reason=ignored)


async def revise_message(revision: Revision, traceparent: str | None, deps: DeskDeps) -> str | None:
    """Note one revision; returns why it changes nothing, None where it was noted.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known; again is safe.
    """
    return await until_settled(lambda: _revise(revision, traceparent, deps))


async def _revise(revision: Revision, traceparent: str | None, deps: DeskDeps) -> str | None:
    leaving = Leaving(deps, traceparent)
    async with deps.writes.transaction(revision.via) as transaction:
        found = await transaction.revisions.find(revision)
        if found is None:
            return _UNKNOWN
        id_, number = found
        ticket = await transaction.lock_ticket(number)
        message = await transaction.revisions.message(id_, revision)
        if message is None or message.ticket_number != number:
            raise Overtaken(f"message {id_} has gone to another ticket at this moment")
        if reason := why_ignored(message, revision):
            if reason == UNCHANGED:
                await transaction.revisions.seen(message.id, revision)
            return reason
        if is_late(message, revision):
            await transaction.revisions.revise(message, revision)
            return _LATE
        await transaction.revisions.revise(message, revision)
        await note_revised(ticket, message, revision, message.actor, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("message.revised", ticket=number, message=str(id_), kind=revision.kind)
    return None


async def note_revised(
    before: TicketRow,
    message: RevisedMessage,
    revision: Revision,
    actor: str,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    """Tell the ticket's history, those who follow its events, and the search of what was done to a message.

    Args:
        before: its ticket, locked.
        actor: who did it, as the history names them.
    """
    now = max(before.updated_at, await transaction.now())
    subject, called = before.subject, subject_after(message, revision)
    if called is not None and is_called_after(subject, message):
        subject = called or leaving.deps.render("deleted_message", before.language, {}).subject
    ticket = replace(before, subject=subject, version=before.version + 1, updated_at=now)
    await transaction.save_ticket(ticket)
    detail = {"message": str(message.id), "revision": revision.id, "at": revision.at.isoformat()}
    line = HistoryRow(ticket.number, now, actor, f"message.{revision.kind}", detail)
    language = message.language or ticket.language
    words = words_of(f"{subject}\n{revision.text}", language)
    await transaction.save(history=[line], search=[search_row(ticket, words)])
    gone = words_of(f"{before.subject}\n{message.subject}\n{message.body}", language) - words
    await transaction.revisions.forget_words(ticket, gone)
    source, event = message_changed(ticket, message.id, revision.id, revision.kind, now)
    leaving.add(MESSAGE_CHANGED, source, event)


def _revision(event: MessageRevised) -> Revision:
    return Revision(
        account=event.account,
        message_id=event.message_id,
        id=event.revision,
        kind=event.kind,
        author=event.author,
        text=event.text,
        text_cut=event.text_cut,
        at=event.revised_at,
        via=f"{event.channel}:{event.author}",
        subject=event.subject,
    )


def _wait_seconds(delivery: Delivery) -> float:
    return min(2.0 ** (delivery.deliveries - 1), _LONGEST_WAIT_SECONDS)
