"""Putting a ticket aside until a time: it is on hold, and opens again then, or when its customer writes."""

from datetime import datetime, timedelta

import structlog

from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.rows import HistoryRow, Timer
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.escalating import must_be_open
from tickets.domain.timers.lifecycle_timers import SNOOZE
from tickets.errors import Invalid
from tickets.handlers.sending.chat_status import tell_status
from tickets.handlers.working.change import save_change
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()

LONGEST = timedelta(days=366)


async def snooze_ticket(number: int, until: datetime, why: str, asked: Asked, deps: DeskDeps) -> TicketRow:
    """The ticket, on hold until then; asking again moves the time.

    Raises:
        NotFound, Refused: there is no such ticket, or it is solved or closed: its clocks and its lifecycle would begin
            anew, and nobody would have said that it is open again.
        NotYours: the caller has no part in it.
        Invalid: the time is past, or more than a year away.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _snooze(number, until, why, asked, deps))


async def _snooze(number: int, until: datetime, why: str, asked: Asked, deps: DeskDeps) -> TicketRow:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        before = await transaction.lock_ticket(number)
        must_be_its_own(before)
        await must_take_part(asked, before, transaction.settling.assigning)
        must_be_open(before)
        now = await transaction.now()
        if not now < until <= now + LONGEST:
            raise Invalid("/until", "must lie in the future, and at most a year away")
        ticket = await save_change(before, {"status": "on_hold"}, why, asked, transaction, leaving)
        # After the ticket: its new status has just taken back what waited for the old one.
        timer = Timer("end", until, {"status": "on_hold"})
        await transaction.set_timers({(number, SNOOZE): [timer]})
        line = HistoryRow(number, now, asked.actor, "ticket.snoozed", {"until": until.isoformat()}, why)
        await transaction.save(history=[line])
        await tell_status(before, ticket, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.snoozed", ticket=number)
    return ticket
