"""Tells customers in chats in one line how their request stands: who has it, that it waits, is solved or open again.

It belongs to the transaction that made it so. Whoever answers in the same step tells it themselves, and nothing of what
an agent wrote for the desk (the resolution, the cause) is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.automatic_mail import automatic_mail, told_elsewhere
from tickets.domain.correspondence.chat_status import PROMISED, TAKEN, TOLD, news_of, reads_of_it, source_of
from tickets.domain.correspondence.notices import NO_WORDS, Notice
from tickets.domain.correspondence.told_times import time_told
from tickets.domain.correspondence.ways import said_in, texted_between, way_to
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.handlers.working.work import Leaving

_AFTERWARDS = timedelta(microseconds=1)
"""What the customer reads stands behind what was done, though both are written at one time."""


async def tell_status(before: TicketRow, ticket: TicketRow, transaction: DeskTransaction, leaving: Leaving) -> None:
    """Ask for the line that a change of a locked ticket is worth, if it is; call it before what leaves is stored."""
    news = news_of(before, ticket)
    if news is None or await transaction.settling.assigning.handing.opened_by(ticket.number) != "no":
        return
    values: dict[str, Any] = {}
    if news == TAKEN:
        if (name := await _name_of(ticket, transaction)) is None:
            return
        values["name"] = name
    await _tell(news, source_of(news, ticket), values, ticket, ticket.updated_at, transaction, leaving)


async def tell_promise(
    ticket: TicketRow, until: datetime, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> None:
    """Ask for the line that says by when the customer of a locked ticket hears from the desk, if they read a chat."""
    if not reads_of_it(ticket) or await transaction.settling.assigning.handing.opened_by(ticket.number) != "no":
        return
    zones = await transaction.settling.clocks.zones([ticket.team])
    values = time_told(until, ticket.team, zones, leaving.deps.desk.zone)
    source = f"status/{ticket.number}/{PROMISED}/{now.isoformat()}"
    await _tell(PROMISED, source, values, ticket, now, transaction, leaving)


async def _tell(
    news: str,
    source: str,
    values: Mapping[str, Any],
    ticket: TicketRow,
    done_at: datetime,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    at = done_at + _AFTERWARDS
    notice = Notice(source, ticket, NO_WORDS, automatic=True, requested_at=at)
    if await transaction.ticket_of_message(effect_id(notice.id)) is not None:
        return
    there = said_in(ticket, await transaction.merging.talked_in(ticket))
    way = await transaction.settling.silence.detour(there, leaving.deps.desk)
    if way_to(there) is None and way is None:
        return
    if await transaction.settling.silence.keeps(there, leaving.deps.desk):
        return
    notice = replace(notice, ticket=there, way=way)
    named = {"number": ticket.number, "texted": texted_between(notice.there) is not None}
    words = leaving.deps.render(news, ticket.language, {**named, **values})
    message, event = automatic_mail(replace(notice, words=words), leaving.deps.desk)
    leaving.extend([event])
    line = HistoryRow(ticket.number, at, "desk", TOLD, {"message": str(message.id), "status": news})
    await transaction.save(messages=[message], history=[line, *told_elsewhere(notice.ticket, notice.way, message)])


async def _name_of(ticket: TicketRow, transaction: DeskTransaction) -> str | None:
    """Name of whoever has a ticket; None: nobody of the desk, or of no name."""
    if ticket.assignee is None:
        return None
    found = await transaction.settling.assigning.somebody(ticket.assignee, ticket.team)
    return " ".join(found.agent.name.split()) or None if found else None
