"""Announces something to everybody, changes it, ends it; and ends by itself what is over.

It is read to every caller, so not everybody says it: who announces a problem is of the team that has its ticket, and
what has no ticket is for those who lead a team. A desk where nobody leads leaves it to whoever works there.
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from tickets.adapters.postgres.announcement_store import AnnouncementStore
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.announcing.announcements import (
    EXPIRED,
    LINE_CHANGED,
    LINE_ENDED,
    LINE_STARTED,
    SOLVED,
    WITHDRAWN,
    Announcement,
    Open,
    must_be_announced,
    told_of,
)
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, NotFound, NotYours, Overtaken
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import DESK, Asked, DeskDeps, until_settled
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

ROUND_SECONDS: Final = 2.0
_AWAY_SECONDS: Final = 2.0
_WHY: Final = {WITHDRAWN: "", EXPIRED: "its time is over", SOLVED: "it is solved"}


async def announce(wanted: Announcement, asked: Asked, deps: DeskDeps) -> bool:
    """Announce something, or let what is announced under its key say something else; True: nothing was, until now.

    Raises:
        NotYours: the caller may not.
        Invalid: a field of it is wrong, or there is no such problem.
        Refused: it cannot be announced.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _announce(wanted, asked, deps))


async def end_announcement(key: str, asked: Asked, deps: DeskDeps, *, tell: bool = True) -> None:
    """Announce something no more.

    Args:
        tell: those who wait for its end are told; of a problem once that is solved. Not: it was never true.

    Raises:
        NotYours: the caller may not.
        NotFound: it is not announced.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    await until_settled(lambda: _end(key, asked, deps, tell=tell))


class Announcer:
    """Ends what is over, and lets those be told who wait for it."""

    def __init__(self, store: AnnouncementStore, deps: DeskDeps) -> None:
        self._store = store
        self._deps = deps

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        while True:
            try:
                await self.look_once()
                await asyncio.sleep(ROUND_SECONDS)
            except Temporary as error:
                log.warning("announcements.delayed", error=error)
                await asyncio.sleep(_AWAY_SECONDS)

    async def look_once(self) -> None:
        """End what is over now, and hand on who is to be told.

        Raises:
            Temporary: it is done later.
        """
        for id_, key, problem, why in await self._store.over():
            await self._end(id_, key, problem, why)
        while await self._store.release():
            pass

    async def _end(self, id_: int, key: str, problem: int | None, why: str) -> None:
        async with self._deps.writes.transaction() as transaction:
            ticket = await _problem(problem, transaction)
            there = await transaction.announcements.lock_open(id_)
            if there is None or (why == EXPIRED and not _expired(there, await transaction.now())):
                return
            await _write_end(there, ticket, DESK, why, transaction)
        log.info("announcement.ended", key=key, why=why)


async def _announce(wanted: Announcement, asked: Asked, deps: DeskDeps) -> bool:
    async with deps.writes.transaction(asked.via) as transaction:
        announcements = transaction.announcements
        seen = await announcements.open(wanted.key)
        ticket = await _problem(wanted.problem, transaction)
        if ticket is None and wanted.problem is not None:
            raise Invalid("/problem", f"there is no ticket {wanted.problem}")
        there = await announcements.lock_open(seen.id) if seen else None
        if seen != there:
            raise Overtaken("somebody else has just announced it otherwise")
        now = await transaction.now()
        said = must_be_announced(wanted, there, ticket, await announcements.count_open(), now)
        await _must_be_allowed(ticket, asked, transaction)
        if there is None:
            await announcements.add(said, now, asked.actor)
            await _note(LINE_STARTED, said, ticket, asked, "", transaction)
        elif said != there.said:
            await announcements.change(there.id, said)
            await _note(LINE_CHANGED, said, ticket, asked, "", transaction)
            if there.said.problem is None and ticket is not None:
                await announcements.link_who_wait(there.id)
    log.info("announcement.made", key=wanted.key, changed=there is not None)
    return there is None


async def _end(key: str, asked: Asked, deps: DeskDeps, *, tell: bool) -> None:
    async with deps.writes.transaction(asked.via) as transaction:
        seen = await transaction.announcements.open(key)
        if seen is None:
            raise NotFound(f"nothing is announced as {key}")
        ticket = await _problem(seen.said.problem, transaction)
        there = await transaction.announcements.lock_open(seen.id)
        if there is None or there != seen:
            raise Overtaken("somebody else has just announced it otherwise")
        await _must_be_allowed(ticket, asked, transaction)
        await _write_end(there, ticket, asked, WITHDRAWN, transaction)
        if not tell:
            await transaction.announcements.drop_wishes(there.id, WITHDRAWN)
    log.info("announcement.ended", key=key, why=WITHDRAWN)


async def _write_end(
    there: Open, ticket: TicketRow | None, asked: Asked, why: str, transaction: DeskTransaction
) -> None:
    await transaction.announcements.end(there.id, await transaction.now(), asked.actor, why)
    await _note(LINE_ENDED, replace(there.said, until=None), ticket, asked, _WHY[why], transaction)


async def _problem(number: int | None, transaction: DeskTransaction) -> TicketRow | None:
    """The problem's ticket, locked; None: there is none, or none any more."""
    try:
        return None if number is None else await transaction.lock_ticket(number)
    except NotFound:
        return None


def _expired(there: Open, now: datetime) -> bool:
    return there.said.until is not None and there.said.until <= now


async def _note(
    action: str, said: Announcement, ticket: TicketRow | None, asked: Asked, why: str, transaction: DeskTransaction
) -> None:
    """Write it into the history of the problem, and who wanted it into the desk's decisions."""
    detail = told_of(said)
    if asked is not DESK:
        await transaction.decide(asked.actor, action, detail, why)
    if ticket is None:
        return
    line = HistoryRow(ticket.number, await transaction.now(), asked.actor, action, detail, why)
    await transaction.save(history=[line])


async def _must_be_allowed(ticket: TicketRow | None, asked: Asked, transaction: DeskTransaction) -> None:
    assigning = transaction.settling.assigning
    if ticket is not None:
        await must_belong(asked, ticket, assigning)
        return
    if asked.agent is None or asked.admin:
        return
    leads, has_leads = await assigning.leading(asked.agent)
    if has_leads and not leads:
        raise NotYours(f"{asked.agent} leads no team: name the problem that the announcement is about")
