"""Agents plan to call a customer, and call that off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.callbacks.telling import CALLED_OFF, SCHEDULED_LINE, WITHDRAWN_LINE, scheduled_line, withdrawn_line
from tickets.domain.callbacks.wishes import (
    SCHEDULED,
    TALKING,
    WITHDRAWN,
    Callback,
    by_number,
    desk_number,
    within_hours,
)
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.escalating import must_be_open
from tickets.domain.staffing.phones import phone_of
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.callbacks.telling import show_change, take_back, tell_planned
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()

_SOON: Final = timedelta(minutes=5)
"""Whoever is called so soon is not told before."""
_PHONE: Final = "phone"


@dataclass(frozen=True, slots=True)
class CallbackWish:
    """What an agent asks for.

    Attributes:
        number: None: the one by which the requester is known.
        at: None: as soon as the team is there.
        agent: who will call; None: whoever of the team is there.
    """

    number: str | None = None
    at: datetime | None = None
    agent: str | None = None


async def plan_callback(number: int, wish: CallbackWish, asked: Asked, deps: DeskDeps) -> UUID:
    """The id of the callback that is planned; the same key again plans none.

    Raises:
        NotFound, NotYours, KeyReused: nothing was written.
        Invalid: the number cannot be called or is not known, the time is past or far away, nobody has the handle.
        Refused: the ticket is done, or the number is to be called already.
        DatabaseAway: nothing was written, or it cannot be known; with a key, asking again is safe.
    """
    return await until_settled(lambda: _plan(number, wish, asked, deps))


async def withdraw_callback(number: int, id_: UUID, asked: Asked, deps: DeskDeps) -> None:
    """Let nobody be called any more, and tell a customer who was told the time; asking again changes nothing.

    Raises:
        NotFound: the ticket has no such callback.
        NotYours: the caller has no part in the ticket.
        Refused: they talk just now, or have talked, or it has failed.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        ticket = await transaction.lock_ticket(number)
        callbacks = transaction.settling.callbacks
        callback = await callbacks.find(id_)
        if callback is None or callback.ticket_number != number:
            raise NotFound("this ticket has no such callback")
        await must_take_part(asked, ticket, transaction.settling.assigning)
        if callback.state == TALKING:
            raise Refused("somebody calls the customer at this moment")
        if not callback.open:
            if callback.state == WITHDRAWN:
                return
            raise Refused("this callback is over; nothing is to be called off")
        now = await transaction.now()
        await callbacks.withdraw([callback], now)
        await transaction.save(history=[withdrawn_line(callback, asked.actor, CALLED_OFF, now)])
        ended = replace(callback, state=WITHDRAWN)
        ticket = await show_change(ticket, callback.state, ended, asked.actor, transaction, leaving)
        await take_back(callback, ticket, now, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info(WITHDRAWN_LINE, ticket=number, callback=str(id_))


async def _plan(number: int, wish: CallbackWish, asked: Asked, deps: DeskDeps) -> UUID:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if (earlier := await earlier_result(asked, transaction)) is not None:
            return UUID(earlier["callback"])
        ticket = await transaction.lock_ticket(number)
        must_be_its_own(ticket)
        await must_take_part(asked, ticket, transaction.settling.assigning)
        must_be_open(ticket)
        callback = await _wanted(ticket, wish, asked, transaction, deps)
        if by_number(await transaction.settling.callbacks.open_of([number]), callback.number):
            raise Refused("this number is to be called already; call that off first, or let it be")
        await transaction.settling.callbacks.add([callback])
        await transaction.save(history=[scheduled_line(callback)])
        ticket = await show_change(ticket, None, callback, asked.actor, transaction, leaving)
        assert callback.next_at is not None
        if callback.next_at > callback.asked_at + _SOON:
            await tell_planned(callback, ticket, callback.asked_at, transaction, leaving)
        await finish_key(asked, {"callback": str(callback.id)}, transaction)
        await leaving.store(transaction)
    leaving.send()
    log.info(SCHEDULED_LINE, ticket=number, callback=str(callback.id))
    return callback.id


async def _wanted(
    ticket: TicketRow, wish: CallbackWish, asked: Asked, transaction: DeskTransaction, deps: DeskDeps
) -> Callback:
    now = await transaction.now()
    at = wish.at or now
    if wish.at is not None and not now - _SOON < at <= now + deps.callbacks.most_ahead:
        raise Invalid("/at", f"must lie in the future, and at most {deps.callbacks.most_ahead.days} days away")
    if wish.agent is not None:
        found = await transaction.settling.assigning.somebody(wish.agent, ticket.team)
        if found is None or not found.agent.active:
            raise Invalid("/agent", f"nobody at this desk has the handle {wish.agent!r}")
    phone = await _phone(ticket, wish.number, transaction)
    hours = await transaction.settling.callbacks.hours([ticket.team])
    return Callback(
        id=uuid4(),
        ticket_number=ticket.number,
        team=ticket.team,
        agent=wish.agent,
        number=phone,
        account=desk_number(ticket.account) if identity_kind(ticket.channel) == _PHONE else "",
        asked_by=asked.actor,
        asked_at=now,
        wanted_at=at,
        state=SCHEDULED,
        attempt=0,
        next_at=within_hours(max(at, now), hours.of(ticket.team), wish.agent),
    )


async def _phone(ticket: TicketRow, given: str | None, transaction: DeskTransaction) -> str:
    if given is not None:
        try:
            return phone_of(given)
        except ValueError as error:
            raise Invalid("/number", str(error)) from error
    known = await transaction.settling.callbacks.phones(ticket.requester_id)
    wrote_from = [ticket.requester_address] if identity_kind(ticket.channel) == _PHONE else []
    callable_ = _callable([*wrote_from, *known])
    if not callable_:
        raise Invalid("/number", "no number of the customer is known; say which is to be called")
    return callable_[0]


def _callable(numbers: Sequence[str]) -> list[str]:
    found = []
    for number in numbers:
        try:
            found.append(phone_of(number))
        except ValueError:
            continue
    return found
