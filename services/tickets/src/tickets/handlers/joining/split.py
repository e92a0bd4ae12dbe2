"""Splits messages off a ticket: one transaction for the new ticket, for what leads to it, and for both histories."""

from collections.abc import Sequence

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import search_row
from tickets.domain.correspondence.replies import CREATED, event_source, ticket_event
from tickets.domain.correspondence.ways import CHATS
from tickets.domain.joining.links import FOLLOW_UP, Link, with_links
from tickets.domain.joining.splitting import SPLIT, SPLIT_OFF, Leaver, Wish, must_split, opening_lines, split_off
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import words_of
from tickets.domain.staffing.people import Team
from tickets.errors import Invalid
from tickets.handlers.working.change import save_changed
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()


async def split_ticket(number: int, wish: Wish, asked: Asked, deps: DeskDeps) -> tuple[int, bool]:
    """(number of the ticket that the messages are, whether the same key had made it before).

    Raises:
        NotYours: the caller is not of the team that has the ticket.
        NotFound: there is no such ticket.
        KeyReused: the key came with another request.
        Refused, Invalid: a message is none of the ticket's, or nothing would be left.
        DatabaseAway: nothing was written, or it cannot be known; asking again with the same key is safe.
    """
    return await until_settled(lambda: _Splitting(wish, asked, deps).split(number))


class _Splitting:
    """One attempt: a transaction, with what its steps share."""

    def __init__(self, wish: Wish, asked: Asked, deps: DeskDeps) -> None:
        self.wish, self.asked = wish, asked
        self.deps = deps
        self.leaving = Leaving(deps, asked.traceparent)

    async def split(self, number: int) -> tuple[int, bool]:
        async with self.deps.writes.transaction(self.asked.via) as transaction:
            self.transaction: DeskTransaction = transaction
            if (earlier := await earlier_result(self.asked, transaction)) is not None:
                return int(earlier["ticket"]), True
            await transaction.settling.hold_documents()  # what is promised to the new ticket
            before = await transaction.lock_ticket(number)
            await must_belong(self.asked, before, transaction.settling.assigning)
            leavers = await self._leavers(before)
            team = await self._team()
            ticket = await self._open(before, leavers, team)
            await self._leave(before, ticket, leavers)
            await finish_key(self.asked, {"ticket": ticket.number}, transaction)
            await self.leaving.store(transaction)
        self.leaving.send()
        log.info("ticket.split", ticket=number, into=ticket.number, messages=len(leavers))
        return ticket.number, False

    async def _leavers(self, ticket: TicketRow) -> list[Leaver]:
        ids, splitting = self.wish.messages, self.transaction.splitting
        found = await splitting.messages(ticket.number, ids)
        must_split(ticket, ids, found, await splitting.left_behind(ticket.number, ids))
        return found

    async def _team(self) -> Team | None:
        if self.wish.team is None:
            return None
        team = await self.transaction.settling.assigning.team(self.wish.team)
        if team is None or not team.active:
            raise Invalid("/team", f"this desk has no team {self.wish.team!r} at work")
        return team

    async def _open(self, before: TicketRow, leavers: Sequence[Leaver], team: Team | None) -> TicketRow:
        """The new ticket, written, with the messages in it."""
        transaction, first = self.transaction, leavers[0]
        [number] = await transaction.settling.draw_numbers(1)
        who = identity_kind(first.channel), first.author_address
        contact = (await transaction.settling.contacts({}, (), [who]))[who]
        ticket = split_off(before, number, leavers, self.wish, contact.id, team, CHATS)
        ids = [one.id for one in leavers]
        detail = {"from": before.number, "messages": [str(id_) for id_ in ids]}
        line = HistoryRow(number, await transaction.now(), self.asked.actor, SPLIT_OFF, detail, self.wish.reason)
        await transaction.save(
            created=[ticket],
            history=[*opening_lines(ticket, leavers, before.number), line],
            search=[search_row(ticket, _words(ticket, leavers))],
        )
        await transaction.splitting.move(before.number, number, ids)
        self.leaving.add(
            CREATED, event_source(ticket, first.id), ticket_event(CREATED, ticket, first.id, first.accepted_at)
        )
        return ticket

    async def _leave(self, before: TicketRow, ticket: TicketRow, leavers: Sequence[Leaver]) -> None:
        """The ticket that the messages leave: linked to where they went, which its history tells."""
        transaction, now = self.transaction, await self.transaction.now()
        linked = await transaction.links.of(before.number)
        await transaction.links.add(Link(ticket.number, before.number, FOLLOW_UP), now, self.asked.actor)
        after, changes = with_links(before, linked, sorted([*linked, ticket.number]), now)
        detail = {"to": ticket.number, "messages": [str(one.id) for one in leavers]}
        line = HistoryRow(before.number, after.updated_at, self.asked.actor, SPLIT, detail, self.wish.reason)
        await save_changed(after, changes, [line], self.asked, transaction, self.leaving)


def _words(ticket: TicketRow, leavers: Sequence[Leaver]) -> set[str]:
    found = words_of(f"{ticket.subject}\n{ticket.requester_name} {ticket.requester_address}", ticket.language)
    for one in leavers:
        found |= words_of(f"{one.subject}\n{one.words}", one.language or ticket.language)
    return found
