"""Merges a ticket into another: one transaction for all that must be true together.

Both are locked, the lower number first, as settling does: what a customer sends at that moment is in the one or in the
other, and never in both or in none.
"""

from collections.abc import Iterable
from dataclasses import replace

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import FieldChange
from tickets.domain.correspondence.ways import way_to
from tickets.domain.joining.merging import (
    MERGED,
    MERGED_IN,
    Joining,
    Wish,
    joining,
    merged,
    must_fit,
    must_reach,
    must_rekey,
    with_merged,
)
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.callbacks.telling import take_back
from tickets.handlers.joining.merge_mails import Caps, MergeMails
from tickets.handlers.working.change import save_changed
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()


async def merge_ticket(number: int, wish: Wish, asked: Asked, deps: DeskDeps, caps: Caps) -> TicketRow:
    """The ticket, closed, which goes on in another one from now on; the same idempotency key again changes nothing.

    Raises:
        NotYours: the caller is not of the teams that have the two.
        NotFound: there is no such ticket.
        KeyReused: the key came with another request.
        Invalid: there is no such other ticket.
        Refused: one of them is merged or closed, or two people asked and nobody said that both may hear.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    if number == wish.into:
        raise Refused(f"ticket {number} cannot be merged into itself; name another one")
    return await until_settled(lambda: _Merging(wish, asked, deps, caps).merge(number))


async def lock_in_order(numbers: Iterable[int], transaction: DeskTransaction) -> dict[int, TicketRow]:
    """Tickets that nobody else changes until the end, locked as everybody does it: the lower number first.

    Who takes part is not to be read from these rows: it may be as it was before the lock.

    Raises:
        NotFound: one of them is not there.
    """
    return {number: await transaction.lock_ticket(number) for number in sorted(set(numbers))}


def status_lines(ticket: TicketRow, changes: Iterable[FieldChange], asked: Asked, why: str) -> list[HistoryRow]:
    """The lines that clocks read a change of status from."""
    return [
        HistoryRow(ticket.number, ticket.updated_at, asked.actor, "ticket.changed", one.as_data(), why)
        for one in changes
        if one.field == "status"
    ]


def requesters(*tickets: TicketRow) -> set[tuple[str, str]]:
    """Whoever asked in these tickets and can be told something, by channel and address."""
    return {(identity_kind(one.channel), one.requester_address) for one in tickets if way_to(one) is not None}


class _Merging:
    """One attempt: a transaction, with what its steps share."""

    def __init__(self, wish: Wish, asked: Asked, deps: DeskDeps, caps: Caps) -> None:
        self.wish, self.asked, self.deps, self.caps = wish, asked, deps, caps
        self.leaving = Leaving(deps, asked.traceparent)

    async def merge(self, number: int) -> TicketRow:
        asked = self.asked
        async with self.deps.writes.transaction(self.asked.via) as transaction:
            self.transaction: DeskTransaction = transaction
            if await earlier_result(asked, transaction) is not None:
                return await transaction.lock_ticket(number)
            before, into_before = await self._both(number)
            for one in (before, into_before):
                await must_belong(asked, one, transaction.settling.assigning)
            joining_people, others = await self._checked(before, into_before)
            self.now = max(before.updated_at, into_before.updated_at, await transaction.now())
            waits = before.status != "solved" and await transaction.merging.waits(number)
            snoozed_until = await transaction.merging.snoozed_until(number)  # before closing takes it back
            before, into_before = await self._rekeyed(before, into_before), await self._rekeyed(into_before, before)
            callbacks = transaction.settling.callbacks
            await callbacks.move(number, into_before.number)  # else closing would end them
            doubled = await callbacks.open_of([number])
            ticket = await self._close(before, joining_people)
            into = await self._take_in(into_before, number, others, joining_people, waits=waits)
            followers = await transaction.merging.follow(
                number, into.number, self.now, f"of {number}, which was merged"
            )
            id_ = await transaction.merging.note(
                before, self.wish, joining_people, followers, asked.actor, self.now, snoozed_until
            )
            await self._tell(id_, ticket, into)
            for callback in doubled:  # closing has ended it: the other ticket has one to the same number
                await take_back(callback, into, self.now, transaction, self.leaving)
            await finish_key(asked, {"ticket": number}, transaction)
            await self.leaving.store(transaction)
        self.leaving.send()
        log.info("ticket.merged", ticket=number, into=into.number)
        return ticket

    async def _both(self, number: int) -> tuple[TicketRow, TicketRow]:
        into = self.wish.into
        try:
            locked = await lock_in_order((number, into), self.transaction)
        except NotFound as error:
            if await self.transaction.merging.exists(number):
                raise Invalid("/into", f"there is no ticket {into}") from error
            raise NotFound(f"there is no ticket {number}") from error
        return locked[number], locked[into]

    async def _checked(self, ticket: TicketRow, into: TicketRow) -> tuple[Joining, list[int]]:
        """Who joins the other ticket, and what was merged into that before; refuses what cannot be."""
        merging, people = self.transaction.merging, self.transaction.correspondence.participants
        others = await merging.merged_here(into.number)
        must_fit(ticket, into, await merging.merged_here(ticket.number), others)
        must_reach(ticket, into)
        here, there = await people(ticket.number), await people(into.number)
        return joining(ticket, into, here, there, self.deps.desk.own, share=self.wish.share), others

    async def _rekeyed(self, ticket: TicketRow, other: TicketRow) -> TicketRow:
        """The ticket with the address of its page as it is from now on, written."""
        if not must_rekey(ticket, other):
            return ticket
        await self.transaction.merging.rekey(ticket.number)
        return replace(ticket, page_epoch=ticket.page_epoch + 1)

    async def _close(self, before: TicketRow, company: Joining) -> TicketRow:
        """The merged ticket, written: the merging stands in its history before the change of status."""
        into, wish = self.wish.into, self.wish
        ticket, changes = merged(before, into, self.now)
        detail = {"into": into, "shared": wish.share, "left_out": list(company.left_out)}
        lines = [HistoryRow(ticket.number, self.now, self.asked.actor, MERGED, detail, wish.reason)]
        lines += status_lines(ticket, changes, self.asked, f"merged into {into}")
        await save_changed(ticket, changes, lines, self.asked, self.transaction, self.leaving)
        await self.transaction.merging.lead_on(ticket.number, into)
        return ticket

    async def _take_in(
        self, before: TicketRow, number: int, others: list[int], company: Joining, *, waits: bool
    ) -> TicketRow:
        """The other ticket with what came, and whose people, written."""
        into, changes = with_merged(before, others, sorted([*others, number]), self.now, waits=waits)
        detail = {"ticket": number, "unanswered": waits, "shared": self.wish.share}
        actor = self.asked.actor
        lines = [HistoryRow(into.number, self.now, actor, MERGED_IN, detail, self.wish.reason)]
        lines += status_lines(into, changes, self.asked, f"somebody waits for an answer in {number}")
        if company.people:
            joined = {"addresses": [person.address for person in company.people]}
            why = f"of {number}, which was merged"
            lines.append(HistoryRow(into.number, self.now, actor, "participants.added", joined, why))
        await self.transaction.correspondence.add(into.number, company.people, self.now, actor)
        await save_changed(into, changes, lines, self.asked, self.transaction, self.leaving)
        return into

    async def _tell(self, id_: int, ticket: TicketRow, into: TicketRow) -> None:
        contacts = await self.transaction.settling.contacts({}, (), requesters(ticket, into))
        mails = MergeMails(f"merge/{id_}", self.now, self.asked, self.transaction, self.leaving, self.caps, contacts)
        told = await mails.tell_merged(ticket, into) if self.wish.tell_customer else []
        await mails.tell_agents("merged", ticket, into, self.wish.reason)
        await self.transaction.settling.save(mails.rows)
        await self.transaction.merging.note_told(id_, told)
