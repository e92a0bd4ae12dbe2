"""Notes who wants to be told of an announcement's end, and tells them, once each.

Both are rows in `due` that are fired alone: under the ticket's lock it is looked whether the row is still there, and it
goes in the transaction that has done what it stands for. Whoever dies in between has done nothing, or it is done again
and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.announcing.wishes import (
    ENOUGH,
    LINE_NOT_TOLD,
    LINE_TOLD,
    LINE_WISHED,
    MOST_WISHES,
    OVER,
    TEMPLATE,
    WISH,
    Told,
    Wishes,
    read_wishes,
    why_silent,
    why_untold,
)
from tickets.domain.correspondence.automatic_mail import automatic_mail
from tickets.domain.correspondence.notices import NO_WORDS, Notice
from tickets.domain.correspondence.ways import UNWANTED, said_in
from tickets.domain.joining.links import CAUSED_BY, Link
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.timers.due import Due
from tickets.errors import Refused
from tickets.handlers.joining.links import link_tickets
from tickets.handlers.working.work import DESK, DeskDeps, Leaving, until_settled

log = structlog.get_logger()

_AFTERWARDS: Final = timedelta(microseconds=1)
"""The text stands behind the line that says why, though both are written at one time."""


async def note_wishes(due: Due, deps: DeskDeps) -> None:
    """Write down of which announcements a caller is told, and let their ticket be an incident of what causes them.

    Raises:
        Temporary: the row is still due.
    """
    wishes = read_wishes(due.detail)
    for problem in await until_settled(lambda: _note(due, wishes, deps)):
        try:
            await link_tickets(Link(due.ticket_number, problem, CAUSED_BY), DESK, deps)
        except Refused as error:  # the desk tells them of the end itself
            log.info("announcement.not_linked", ticket=due.ticket_number, problem=problem, reason=error.slug)
    async with deps.writes.transaction() as transaction:
        await transaction.lock_ticket(due.ticket_number)
        await transaction.remove_timer(due.ticket_number, WISH, due.key)


async def tell_over(due: Due, deps: DeskDeps) -> None:
    """Tell a caller that what they heard of is over, unless somebody of the desk has.

    Raises:
        Temporary: the row is still due.
    """
    await until_settled(lambda: _tell(due, deps))


async def _note(due: Due, wishes: Wishes, deps: DeskDeps) -> Sequence[int]:
    """Write the wishes of a call down; returns the problems of which its ticket is an incident."""
    problems = []
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(due.ticket_number)
        if not await transaction.waits(ticket.number, WISH, due.key):
            return ()
        for key in wishes.keys:
            heard = await transaction.announcements.heard(key, wishes.at)
            if heard is None:
                log.info("announcement.unknown", ticket=ticket.number, key=key)
                continue
            id_, problem, done = heard
            if not await _is_noted(id_, key, ticket, wishes, transaction, deps):
                continue
            if wishes.opened and problem is not None and not done and problem != ticket.number:
                problems.append(problem)
    return problems


async def _is_noted(
    id_: int, key: str, ticket: TicketRow, wishes: Wishes, transaction: DeskTransaction, deps: DeskDeps
) -> bool:
    """Whether the wish stands in this ticket, by now or since before."""
    announcements = transaction.announcements
    if await announcements.has_wish(id_, ticket.number):
        return True
    why = await _why_untold(ticket, wishes.address, transaction, deps)
    if why is None and await announcements.count_wishes(id_) >= MOST_WISHES:
        why = ENOUGH
    if why is None and not await announcements.add_wish(id_, ticket.number, wishes):
        return False  # told in the ticket of an earlier call
    now, detail = await transaction.now(), {"announcement": key}
    line = HistoryRow(ticket.number, now, "desk", LINE_NOT_TOLD if why else LINE_WISHED, detail, why or "")
    await transaction.save(history=[line])
    log.info("announcement.not_told" if why else "announcement.wished", ticket=ticket.number, key=key)
    return why is None


async def _why_untold(ticket: TicketRow, address: str, transaction: DeskTransaction, deps: DeskDeps) -> str | None:
    if (why := why_untold(ticket, address)) is not None:
        return why
    there = said_in(ticket, await transaction.merging.talked_in(ticket))
    return UNWANTED if await transaction.settling.silence.keeps(there, deps.desk) else None


async def _tell(due: Due, deps: DeskDeps) -> None:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(due.ticket_number)
        if not await transaction.waits(ticket.number, OVER, due.key):
            return
        telling = _Telling(due.detail["announcement"], ticket.number, transaction, leaving)
        await telling.tell(ticket)
        await transaction.remove_timer(ticket.number, OVER, due.key)
        await leaving.store(transaction)
    leaving.send()


@dataclass(frozen=True, slots=True)
class _Telling:
    """One caller who is to be told.

    Attributes:
        number: of the ticket in which they asked for it; it may have been merged into another.
    """

    announcement: int
    number: int
    transaction: DeskTransaction
    leaving: Leaving

    async def tell(self, ticket: TicketRow) -> None:
        """Do what is to be done for them now."""
        told = await self.transaction.announcements.told(self.announcement, self.number)
        if told is None:
            return
        if told.is_early:
            await self._settle("waiting")
            return
        if ticket.merged_into is not None:
            ticket = await self.transaction.lock_ticket(ticket.merged_into)
        if (silent := why_silent(ticket, told)) is not None:
            await self._settle("skipped", silent)
        elif (why := await _why_untold(ticket, told.address, self.transaction, self.leaving.deps)) is not None:
            await self._settle("skipped", why)
            line = HistoryRow(
                ticket.number, await self.transaction.now(), "desk", LINE_NOT_TOLD, {"announcement": told.key}, why
            )
            await self.transaction.save(history=[line])
        else:
            await self._say(ticket, told)

    async def _say(self, ticket: TicketRow, told: Told) -> None:
        deps, at = self.leaving.deps, await self.transaction.now() + _AFTERWARDS
        source = f"announcement/{self.announcement}/{self.number}"
        notice = Notice(source, ticket, NO_WORDS, automatic=True, requested_at=at)
        id_ = effect_id(notice.id)
        if await self.transaction.ticket_of_message(id_) is None:
            words = deps.render(TEMPLATE, ticket.language, told.values(ticket))
            there = said_in(ticket, await self.transaction.merging.talked_in(ticket))
            message, event = automatic_mail(replace(notice, ticket=there, words=words), deps.desk)
            self.leaving.extend([event])
            line = HistoryRow(
                ticket.number, at, "desk", LINE_TOLD, {"announcement": told.key, "message": str(message.id)}
            )
            await self.transaction.save(messages=[message], history=[line])
        await self.transaction.announcements.settle(self.announcement, self.number, "told", "", id_)
        log.info("announcement.told", ticket=ticket.number, key=told.key)

    async def _settle(self, state: str, why: str = "") -> None:
        await self.transaction.announcements.settle(self.announcement, self.number, state, why)
