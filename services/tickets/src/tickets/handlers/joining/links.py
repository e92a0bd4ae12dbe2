"""Links two tickets and parts them: one transaction, a line in both histories, an event of each."""

from collections.abc import Sequence

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.joining.links import CAUSED_BY, LINKED, UNLINKED, Link, must_link, with_links
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.joining.merge import lock_in_order
from tickets.handlers.working.change import save_changed
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()


async def link_tickets(link: Link, asked: Asked, deps: DeskDeps) -> None:
    """Let two tickets have to do with each other; twice changes nothing.

    Raises:
        NotYours: the caller is not of the team that has the first.
        NotFound, Invalid: there is no such ticket, or no such other one.
        Refused: they are linked in another way, or cannot be.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    if link.ticket_number == link.to_number:
        raise Invalid("/to", "a ticket cannot be linked to itself; name another one")
    await until_settled(lambda: _link(link, asked, deps))


async def unlink_tickets(number: int, other: int, asked: Asked, deps: DeskDeps) -> None:
    """Let two tickets have nothing to do with each other, whichever end they were linked from.

    Raises:
        NotYours, DatabaseAway: as `link_tickets`.
        NotFound: there is no such ticket, or they are not linked.
    """
    await until_settled(lambda: _unlink(number, other, asked, deps))


async def lock_both(number: int, other: int, pointer: str, transaction: DeskTransaction) -> dict[int, TicketRow]:
    """Two tickets, locked in the order in which everybody does it.

    Raises:
        NotFound: there is no first one.
        Invalid: there is no other one.
    """
    try:
        return await lock_in_order((number, other), transaction)
    except NotFound as error:
        if await transaction.merging.exists(number):
            raise Invalid(pointer, f"there is no ticket {other}") from error
        raise NotFound(f"there is no ticket {number}") from error


async def _link(link: Link, asked: Asked, deps: DeskDeps) -> None:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        locked = await lock_both(link.ticket_number, link.to_number, "/to", transaction)
        ticket, to = locked[link.ticket_number], locked[link.to_number]
        await must_belong(asked, ticket, transaction.settling.assigning)
        there = await transaction.links.between(ticket.number, to.number)
        if there == link or (there and there.kind == link.kind == "related"):
            return
        if there is not None:
            raise Refused(f"tickets {ticket.number} and {to.number} are linked as {there.kind} already; unlink first")
        before = {number: await transaction.links.of(number) for number in locked}
        incidents = await transaction.links.caused(to.number) if link.kind == CAUSED_BY else 0
        must_link(link, ticket, to, max(before.values(), key=len), incidents)
        await transaction.links.add(link, await transaction.now(), asked.actor)
        await _tell(LINKED, link, locked, before, asked, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.linked", ticket=link.ticket_number, to=link.to_number, kind=link.kind)


async def _unlink(number: int, other: int, asked: Asked, deps: DeskDeps) -> None:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        locked = await lock_in_order((number, other), transaction)
        await must_belong(asked, locked[number], transaction.settling.assigning)
        link = await transaction.links.between(number, other)
        if link is None:
            raise NotFound(f"tickets {number} and {other} are not linked")
        before = {one: await transaction.links.of(one) for one in locked}
        await transaction.links.remove(link)
        await _tell(UNLINKED, link, locked, before, asked, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.unlinked", ticket=number, to=other)


async def _tell(
    action: str,
    link: Link,
    locked: dict[int, TicketRow],
    before: dict[int, list[int]],
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    """Write into both histories what happened, and let the events of both leave."""
    now = await transaction.now()
    for number, other, outwards in (
        (link.ticket_number, link.to_number, True),
        (link.to_number, link.ticket_number, False),
    ):
        after: Sequence[int] = await transaction.links.of(number)
        ticket, changes = with_links(locked[number], before[number], after, now)
        detail = {"ticket": other, "kind": link.kind, "direction": "out" if outwards else "in"}
        line = HistoryRow(number, ticket.updated_at, asked.actor, action, detail)
        await save_changed(ticket, changes, [line], asked, transaction, leaving)
