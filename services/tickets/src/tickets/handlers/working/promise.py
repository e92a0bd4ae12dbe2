"""Promising a customer when they will hear next: a time that the desk is held to from then on."""

from datetime import datetime, timedelta

import structlog

from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.rows import HistoryRow
from tickets.domain.service_levels.from_history import PROMISED
from tickets.domain.service_levels.promising import is_told_already
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, Refused
from tickets.handlers.sending.chat_status import tell_promise
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()

LONGEST = timedelta(days=90)


async def promise_update(number: int, until: datetime, why: str, asked: Asked, deps: DeskDeps) -> TicketRow:
    """The ticket; its status page shows the time, its clock `update` runs to it, and in a chat its customer is told.

    The time that they were promised already is in the history once more, and nobody is told it twice.

    Raises:
        NotFound, Refused: there is no such ticket, or nobody waits for anything in it.
        NotYours: the caller has no part in it.
        Invalid: the time is past, or too far away.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _promise(number, until, why, asked, deps))


async def _promise(number: int, until: datetime, why: str, asked: Asked, deps: DeskDeps) -> TicketRow:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        ticket = await transaction.lock_ticket(number)
        must_be_its_own(ticket)
        await must_take_part(asked, ticket, transaction.settling.assigning)
        now = await transaction.now()
        if ticket.status == FINAL:
            raise Refused(f"ticket {number} is closed: nobody waits for news; open a new one that points at it")
        if ticket.status == "solved":
            raise Refused(f"ticket {number} is solved: nobody waits for news; reopen it first (PATCH its status)")
        if not now < until <= now + LONGEST:
            raise Invalid("/until", f"must lie in the future, and at most {LONGEST.days} days away")
        standing = await transaction.settling.clocks.standing(ticket)
        detail = {"until": until.isoformat(), **standing.beginning(ticket)}
        line = HistoryRow(number, now, asked.actor, PROMISED, detail, why)
        await transaction.save(history=[line])
        if not is_told_already(standing.state, until):
            await tell_promise(ticket, until, now, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("update.promised", ticket=number)
    return ticket
