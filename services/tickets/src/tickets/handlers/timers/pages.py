"""Saying that one has it: a page is acknowledged once, and the ladder that sent it stops."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.page_store import page_of_row
from tickets.domain.ladders.pages import ACKNOWLEDGED, WITHDRAWN, Page
from tickets.domain.ladders.runs import ACKNOWLEDGED_LINE
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import NotFound, NotYours, Refused
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()

BY_LINK: Final = "link"
BY_API: Final = "api"
BY_PHONE: Final = "phone"
_VIA_PHONE: Final = "phone:"
"""What the way of an agent begins with who pressed a key on the telephone."""


@dataclass(frozen=True, slots=True)
class _Somebody:
    """Who acknowledges, as history and page name them, and how."""

    name: str
    actor: str
    how: str


async def acknowledge_page(id_: UUID, asked: Asked, deps: DeskDeps) -> None:
    """Note that somebody has what a page is about, and stop its ladder. Twice changes nothing.

    Raises:
        NotFound: there is no such page.
        NotYours: the caller is neither whom it called nor of the ticket's team.
        Refused: it was withdrawn; the text says why.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    await until_settled(lambda: _acknowledge(id_, asked, deps))


async def acknowledge_by_link(token: str, traceparent: str | None, deps: DeskDeps) -> UUID:
    """The same for whoever has the link of the mail: it counts as the person who was called.

    Raises:
        NotFound: the link is forged, or its page is gone.
        Refused, DatabaseAway: as `acknowledge_page`.
    """
    id_ = page_of_link(token, deps)
    asked = Asked(0, "", "", traceparent)
    await until_settled(lambda: _acknowledge(id_, asked, deps, by_link=True))
    return id_


def page_of_link(token: str, deps: DeskDeps) -> UUID:
    """The page that a link of a mail is about.

    Raises:
        NotFound: it is forged.
    """
    id_ = deps.desk.signer.page_of_token(token)
    if id_ is None:
        raise NotFound("no page belongs to this link")
    return id_


async def _acknowledge(id_: UUID, asked: Asked, deps: DeskDeps, *, by_link: bool = False) -> None:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        pages = transaction.settling.ladders.pages
        found = await pages.one(id_)
        if found is None:
            raise NotFound("there is no such page")
        ticket = await transaction.lock_ticket(found["ticket_number"])
        row = await pages.one(id_)  # under the lock: it is what it is now
        page = page_of_row(row)
        if not by_link:
            await _must_concern(page, ticket, asked, transaction)
        if page.state == ACKNOWLEDGED:
            return
        if page.state == WITHDRAWN:
            raise Refused(f"this page was withdrawn: {page.withdrawn_why}; ticket {ticket.number} needs nobody for it")
        who = _Somebody(page.agent, f"agent:{page.agent}", BY_LINK) if by_link else _by(asked)
        now = await transaction.now()
        await pages.acknowledge(id_, who.name, who.how, now)
        await transaction.save(history=[_line(page, who, now)])  # this is what stops the run
        await leaving.store(transaction)
    leaving.send()
    log.info("page.acknowledged", ticket=ticket.number, page=str(id_), how=who.how)


def _by(asked: Asked) -> _Somebody:
    how = BY_PHONE if (asked.via or "").startswith(_VIA_PHONE) else BY_API
    return _Somebody(asked.agent or asked.name, asked.actor, how)


def _line(page: Page, who: _Somebody, now: Any) -> HistoryRow:
    detail = {"page": str(page.id), "run": page.run, "ladder": page.ladder, "agent": page.agent, "how": who.how}
    return HistoryRow(page.ticket_number, now, who.actor, ACKNOWLEDGED_LINE, detail)


async def _must_concern(page: Page, ticket: TicketRow, asked: Asked, transaction: DeskTransaction) -> None:
    """Let whom it called acknowledge a page, those of the ticket's team, any lead, and `admin`."""
    if asked.admin or (asked.agent is not None and asked.agent == page.agent):
        return
    assigning = transaction.settling.assigning
    if asked.agent is not None:
        somebody = await assigning.somebody(asked.agent, ticket.team)
        if somebody is not None and any(one.role == "lead" for one in somebody.agent.teams):
            return
    try:
        await must_belong(asked, ticket, assigning)
    except NotYours as error:
        raise NotYours(f"this page called {page.agent}; {error}") from error
