"""Lets somebody else ask in a ticket: one transaction, one line of history, one event."""

from dataclasses import replace

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import FieldChange
from tickets.domain.correspondence.requesters import CHANGED, Wish, asked_by, must_ask
from tickets.domain.correspondence.ways import MAIL
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import words_of
from tickets.handlers.settling.reach import refuse_undeliverable
from tickets.handlers.working.change import save_changed
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()


async def change_requester(number: int, wish: Wish, asked: Asked, deps: DeskDeps) -> None:
    """Let somebody else ask in a ticket from now on; the same idempotency key again changes nothing.

    Raises:
        NotYours: the caller is not of the team that has the ticket.
        NotFound: there is no such ticket.
        KeyReused: the key came with another request.
        OnePersonsOwn: nobody else can be answered where the ticket goes on.
        Invalid, Refused, Undeliverable: they cannot be answered, or ask already.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    await until_settled(lambda: _change(number, wish, asked, deps))


async def _change(number: int, wish: Wish, asked: Asked, deps: DeskDeps) -> None:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if await earlier_result(asked, transaction) is not None:
            return
        before = await transaction.lock_ticket(number)
        await must_belong(asked, before, transaction.settling.assigning)
        kind = identity_kind(before.channel)
        wish = replace(wish, vouched=(asked.via or "").startswith(f"{kind}:"))
        standing = await transaction.requesters.standing(number, kind, wish.address)
        standing = replace(standing, merged=await transaction.merging.merged_here(number))
        must_ask(before, wish, deps.desk.own, standing)
        if kind == MAIL:
            await refuse_undeliverable([wish.address], transaction)
        else:  # as the chat calls them, and not whoever asks for it
            wish = replace(wish, name=wish.name if wish.vouched else standing.known_as or "")
        ticket = await _ask(before, kind, wish, asked, transaction)
        detail = {"from": before.requester_address, "to": wish.address, "dropped": wish.drop}
        line = HistoryRow(number, ticket.updated_at, asked.actor, CHANGED, detail, wish.reason)
        changes = [FieldChange("requester", before.requester_address, wish.address)]
        words = words_of(f"{ticket.requester_name} {wish.address}", ticket.language)
        await save_changed(ticket, changes, [line], asked, transaction, leaving, words)
        await finish_key(asked, {"ticket": number}, transaction)
        await leaving.store(transaction)
    leaving.send()
    log.info("requester.changed", ticket=number)


async def _ask(before: TicketRow, kind: str, wish: Wish, asked: Asked, transaction: DeskTransaction) -> TicketRow:
    """The ticket with who asks from now on, of which the requester's part is written."""
    grade = "claimed" if kind == MAIL else "verified"
    contact = await transaction.contact(wish.address, wish.name, kind, grade)
    now = await transaction.now()
    since, name = await transaction.requesters.replace(
        before.number, kind, wish.address, wish.name, now, asked.actor, drop=wish.drop
    )
    ticket = asked_by(before, wish, contact.id, name, since, now)
    await transaction.requesters.save(ticket)
    return ticket
