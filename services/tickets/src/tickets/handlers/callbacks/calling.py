"""Attempts to call customers back: they begin when their time has come, and end by what is told of them, or by silence.

Each step is one transaction under the ticket's lock: the attempt, the event that makes telephones ring, and the row
that waits for an answer are written together. Whoever dies in between leaves a row that is due again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.callbacks.side_by_side import LOOK_AGAIN, has_to_wait, served, served_by
from tickets.domain.callbacks.telling import (
    BEGUN_LINE,
    EVENT,
    FAILED_LINE,
    HANDED_LINE,
    NOT_TAKEN,
    NOT_THERE,
    SERVED_LINE,
    TAKEN_LINE,
    TALKED_LINE,
    UNREACHED_LINE,
    begun_line,
    due_event,
    handed_line,
    reported_line,
    served_line,
)
from tickets.domain.callbacks.wishes import (
    CALLING,
    CUSTOMER,
    CUSTOMER_AWAY,
    DONE,
    FAILED,
    GAVE_UP,
    NO_REPORT,
    SCHEDULED,
    TALKED,
    Callback,
    Report,
    after,
    begun,
    counts,
    handed,
    held_off,
    is_time,
)
from tickets.domain.lifecycle import status_after_agent_reply
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.ringing import can_be_rung
from tickets.domain.timers.due import Due
from tickets.errors import NotFound, Overtaken
from tickets.handlers.callbacks.telling import note_call, show_change, tell_later, tell_missed
from tickets.handlers.working.change import save_change
from tickets.handlers.working.work import DESK, Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()

UNREACHED: Final = "the customer could not be called back"
CALLED: Final = "called the customer"
_WAKES: Final = frozenset({"pending", "on_hold"})


async def fire_callback(due: Due, deps: DeskDeps) -> None:
    """Begin an attempt whose time has come, or take one for failed of which nobody has told.

    Raises:
        Temporary: it is still due.
    """
    id_ = UUID(due.detail["callback"])
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(due.ticket_number)
        callbacks = transaction.settling.callbacks
        callback = await callbacks.find(id_)
        now = await transaction.now()
        if callback is None or not callback.open or callback.ticket_number != ticket.number:
            await callbacks.forget(due.ticket_number, id_)
            return
        if not is_time(callback, now):
            return  # somebody was faster; the row waits for another time
        if callback.state == SCHEDULED:
            await _begin(callback, ticket, now, transaction, leaving)
        else:
            await _end(callback, Report(NO_REPORT), ticket, now, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()


async def report_attempt(id_: UUID, attempt: int, report: Report, asked: Asked, deps: DeskDeps) -> None:
    """Note what came of an attempt; told again, or of an older one, it changes nothing.

    Raises:
        NotFound: there is no such callback.
        DatabaseAway: nothing was written, or it cannot be known; telling it again is safe.
    """
    await until_settled(lambda: _report(id_, attempt, report, asked, deps))


async def _report(id_: UUID, attempt: int, report: Report, asked: Asked, deps: DeskDeps) -> None:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        callbacks = transaction.settling.callbacks
        found = await callbacks.find(id_)
        if found is None:
            raise NotFound("there is no such callback")
        ticket = await transaction.lock_ticket(found.ticket_number)
        callback = await callbacks.find(id_)  # under the lock: it is what it is now
        if callback is None or callback.ticket_number != ticket.number:
            raise Overtaken("this callback has just gone to another ticket")
        if not counts(callback, attempt, report, await callbacks.attempt(callback)):
            return
        await _end(callback, report, ticket, await transaction.now(), transaction, leaving)
        await leaving.store(transaction)
    leaving.send()


async def _begin(
    callback: Callback, ticket: TicketRow, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> None:
    callbacks = transaction.settling.callbacks
    calendar = (await callbacks.hours([callback.team])).of(callback.team)
    before = callback
    others = await callbacks.others(callback)
    by = served_by(callback, others)
    if by is None and callback.asked_by == CUSTOMER and (there := await callbacks.talked_in(callback)) is not None:
        by = replace(callback, ticket_number=there, state=DONE, outcome=TALKED)
    if by is not None:
        await _serve(callback, by, ticket, now, transaction, leaving)
        return
    if has_to_wait(callback, others):
        await callbacks.save(replace(callback, next_at=now + LOOK_AGAIN))
        return
    if callback.agent is not None and not await _is_there(callback.agent, now, transaction):
        callback = handed(callback)
        await _note_handed(callback, before, NOT_THERE, now, transaction)
    if (later := held_off(callback, now, calendar)) is not None:  # its hours have changed, or the desk was away
        waits = replace(callback, next_at=later)
        await callbacks.save(waits)
        if callback is not before:
            ticket = await show_change(ticket, before.state, waits, DESK.actor, transaction, leaving)
            await tell_later(waits, ticket, now, transaction, leaving)
        return
    going = begun(callback, now, leaving.deps.callbacks)
    await callbacks.begin(going, now)
    ticket = await show_change(ticket, callback.state, going, DESK.actor, transaction, leaving)
    source, payload = due_event(going, ticket, now)
    leaving.add(EVENT, source, payload)
    await transaction.save(history=[begun_line(going, now)])
    log.info(BEGUN_LINE, ticket=ticket.number, callback=str(going.id), attempt=going.attempt)


async def _end(
    callback: Callback,
    report: Report,
    ticket: TicketRow,
    now: datetime,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    """Write what came of an attempt, and what follows from it."""
    callbacks, plan = transaction.settling.callbacks, leaving.deps.callbacks
    calendar = (await callbacks.hours([callback.team])).of(callback.team)
    given_up = [*await callbacks.outcomes(callback), report.outcome].count(GAVE_UP)
    ended = after(callback, report, now, plan, calendar, given_up)
    await callbacks.report(ended, report, now)
    action = _action(ended, report)
    log.info(action, ticket=ticket.number, callback=str(ended.id), attempt=ended.attempt, outcome=report.outcome)
    await transaction.save(history=[reported_line(ended, action, report, now)])
    if ended.agent != callback.agent:
        await _note_handed(ended, callback, NOT_TAKEN, now, transaction)
    if report.outcome == TALKED and ticket.first_response_at is None:
        ticket = replace(ticket, first_response_at=now)
    if report.outcome == TALKED:
        ticket = await _has_talked(ticket, report.agent, now, transaction, leaving)
    ticket = await show_change(ticket, callback.state, ended, DESK.actor, transaction, leaving)
    if report.outcome == CALLING:
        return
    if report.outcome == TALKED or report.outcome in CUSTOMER_AWAY or ended.state == FAILED:
        await note_call(ended, report, ticket, transaction, leaving)
    if ended.state == FAILED:
        if ticket.status in _WAKES:
            ticket = await save_change(ticket, {"status": "open"}, UNREACHED, DESK, transaction, leaving)
        await tell_missed(ended, ticket, now, transaction, leaving)


async def _serve(
    callback: Callback,
    by: Callback,
    ticket: TicketRow,
    now: datetime,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    """End a callback with what came of another one; the customer has been told by that one's ticket."""
    ended = served(callback, by, now)
    await transaction.settling.callbacks.save(ended)
    await transaction.save(history=[served_line(ended, by, now)])
    log.info(SERVED_LINE, ticket=ticket.number, callback=str(ended.id), by=by.ticket_number)
    ticket = await show_change(ticket, callback.state, ended, DESK.actor, transaction, leaving)
    if ended.state == FAILED and ticket.status in _WAKES:
        await save_change(ticket, {"status": "open"}, UNREACHED, DESK, transaction, leaving)


async def _has_talked(
    ticket: TicketRow, handle: str | None, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> TicketRow:
    """The ticket after an agent has talked with its customer: theirs unless somebody has it, else they follow it.

    Whoever is of another team follows it too, so that they can finish what they began. Whoever was retired meanwhile
    gets nothing; the customer has had an answer all the same.
    """
    assigning = transaction.settling.assigning
    wanted = {"status": status_after_agent_reply(ticket.status, None)}
    who = await assigning.somebody(handle, ticket.team) if handle else None
    if who is not None and who.agent.active:
        if ticket.assignee is None and who.role is not None:
            wanted["assignee"] = who.agent.handle
        elif ticket.assignee != who.agent.handle:
            await assigning.handing.follow(ticket.number, [who.agent.handle], now, CALLED)
    return await save_change(ticket, wanted, CALLED, DESK, transaction, leaving)


async def _is_there(handle: str, now: datetime, transaction: DeskTransaction) -> bool:
    return can_be_rung(handle, await transaction.settling.assigning.around(handle, now))


async def _note_handed(
    callback: Callback, before: Callback, why: str, now: datetime, transaction: DeskTransaction
) -> None:
    await transaction.save(history=[handed_line(callback, before.agent or "", why, now)])
    log.info(HANDED_LINE, ticket=callback.ticket_number, callback=str(callback.id))


def _action(ended: Callback, report: Report) -> str:
    if report.outcome == CALLING:
        return TAKEN_LINE
    if report.outcome == TALKED:
        return TALKED_LINE
    return FAILED_LINE if ended.state == FAILED else UNREACHED_LINE
