"""Changes fields of a ticket: one transaction, one history row for each field, one event."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import CHANGED, FieldChange, change, change_source, changed_event, search_row
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import words_of
from tickets.errors import StaleVersion
from tickets.handlers.callbacks.telling import dropped_by_closing, take_back
from tickets.handlers.sending.chat_status import tell_status
from tickets.handlers.working.field_rules import beginning, obeying
from tickets.handlers.working.solving import must_be_explained
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()


async def change_ticket(
    number: int, wanted: Mapping[str, Any], asked: Asked, deps: DeskDeps, *, version: int | None = None, why: str = ""
) -> TicketRow:
    """The ticket with the wanted values; nothing is written if it has them already.

    Args:
        version: what the caller has read; None changes whatever is there.

    Raises:
        NotFound, StaleVersion, NotYours, Invalid, Refused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known.
    """
    return await until_settled(lambda: _change(number, wanted, asked, deps, version, why))


async def _change(
    number: int, wanted: Mapping[str, Any], asked: Asked, deps: DeskDeps, version: int | None, why: str
) -> TicketRow:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if "policy" in wanted:
            await transaction.settling.hold_documents()  # before any ticket is locked
        before = await transaction.lock_ticket(number)
        must_be_its_own(before)
        if version is not None and version != before.version:
            raise StaleVersion(number, before.version)
        wanted, follows = await obeying(before, wanted, asked, transaction)
        why = "; ".join(filter(None, (why, follows)))
        begun = await beginning(before, wanted, asked, transaction)
        dropped = await dropped_by_closing(before, wanted, transaction)
        ticket = await save_change(before, wanted, why, asked, transaction, leaving, *begun)
        for callback in dropped:
            await take_back(callback, ticket, ticket.updated_at, transaction, leaving)
        await tell_status(before, ticket, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    return ticket


async def save_change(
    before: TicketRow,
    wanted: Mapping[str, Any],
    why: str,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
    *more: HistoryRow,
) -> TicketRow:
    """A locked ticket with other values, written with history and event; the same ticket where nothing is different.

    Args:
        more: lines that stand in the history before those of the change; they are written only with it.

    Raises:
        Refused, Invalid: nothing was written.
    """
    ticket, changes = change(before, wanted, max(before.updated_at, await transaction.now()))
    if not changes:
        return before
    await must_be_explained(before, ticket, wanted, transaction, leaving.deps)
    at, new_words = ticket.updated_at, words_of(ticket.subject, ticket.language) if "subject" in wanted else ()
    history = [HistoryRow(ticket.number, at, asked.actor, "ticket.changed", one.as_data(), why) for one in changes]
    await save_changed(ticket, changes, [*more, *history], asked, transaction, leaving, new_words)
    log.info("ticket.changed", ticket=ticket.number, fields=[one.field for one in changes])
    return ticket


async def save_changed(
    ticket: TicketRow,
    changes: list[FieldChange],
    lines: list[HistoryRow],
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
    words: Iterable[str] = (),
) -> None:
    """Write a locked ticket with lines of its history, and the event that tells what changed."""
    await transaction.save_ticket(ticket)
    await transaction.save(history=lines, search=[search_row(ticket, words)])
    leaving.add(CHANGED, change_source(ticket), changed_event(ticket, changes, asked.actor, ticket.updated_at))
