"""Whom the desk allows and denies: each change with who made it and why, in the history of the ticket it is about too.

It counts for the whole desk. So an agent says which ticket it is about, and takes part in that; and what reaches far, a
whole domain or a long time, is for those who lead a team. A desk where nobody leads leaves it to whoever takes part.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.sender_list import ListedSender, SenderListStore
from tickets.domain.changes import CHANGED, FieldChange, changed_event
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import NotFound, NotYours
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.work import Asked, DeskDeps, Leaving

log = structlog.get_logger()

LISTED: Final = "sender.listed"
UNLISTED: Final = "sender.unlisted"
"""What decisions and histories call it."""
_FIELD: Final = "sender"
"""What events call it that whoever wrote a ticket is listed or no more; the address is in the history alone."""
FAR: Final = timedelta(days=90)
"""A longer time is as good as for good."""


async def list_sender(
    entry: ListedSender, ticket: int | None, asked: Asked, deps: DeskDeps, senders: SenderListStore
) -> Any:
    """Allow or deny a sender, and return the row; whoever is listed already is listed anew.

    Args:
        ticket: number of the one that it is about; None: of none.

    Raises:
        NotFound: there is no such ticket.
        NotYours: the agent has no part in it, or leads no team where that is asked for.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        detail = {
            "kind": entry.kind,
            "sender": entry.sender,
            "expires_at": entry.expires_at.isoformat() if entry.expires_at else "",
        }
        about = await _must_be_allowed(entry.sender, entry.expires_at, ticket, asked, transaction)
        row = await transaction.list_sender(entry, asked.actor)
        await _say(LISTED, detail, entry.note, about, asked, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    senders.forget()
    log.info("sender.listed", kind=entry.kind, entry=row["id"])
    return row


async def unlist_sender(id_: int, ticket: int | None, asked: Asked, deps: DeskDeps, senders: SenderListStore) -> None:
    """Take a sender off the list.

    Args:
        ticket: as for listing.

    Raises:
        NotFound: there is no such entry, or no such ticket.
        NotYours: as for listing: whoever may list a sender may take them off.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        row = await transaction.unlist_sender(id_)
        if row is None:
            raise NotFound(f"there is no entry {id_} in the sender list")
        about = await _must_be_allowed(row["sender"], row["expires_at"], ticket, asked, transaction)
        detail = {"kind": row["kind"], "sender": row["sender"]}
        await _say(UNLISTED, detail, "", about, asked, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    senders.forget()
    log.info("sender.unlisted", kind=row["kind"], entry=id_)


async def _must_be_allowed(
    sender: str, until: datetime | None, number: int | None, asked: Asked, transaction: DeskTransaction
) -> TicketRow | None:
    """The ticket that it is about, locked; None: of none."""
    assigning = transaction.settling.assigning
    ticket = None if number is None else await transaction.lock_ticket(number)
    if asked.agent is None or asked.admin:
        return ticket
    if ticket is not None:
        await must_take_part(asked, ticket, assigning)
    leads, has_leads = await assigning.leading(asked.agent)
    if leads or not has_leads:
        return ticket
    if ticket is None:
        raise NotYours(f"{asked.agent} leads no team: name the ticket that it is about, in which they take part")
    if "@" not in sender and "/" not in sender:
        raise NotYours(f"{asked.agent} leads no team: a whole domain is for those who do")
    if until is None or until - await transaction.now() > FAR:
        raise NotYours(f"{asked.agent} leads no team: more than {FAR.days} days are for those who do")
    return ticket


async def _say(
    action: str,
    detail: dict[str, Any],
    why: str,
    ticket: TicketRow | None,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    """Write it down, and let whoever shows the ticket know that there is something to read."""
    await transaction.decide(asked.actor, action, detail, why)
    if ticket is None:
        return
    told: dict[str, Any] = {"sender": detail["sender"]}
    if detail["kind"] == "allow":
        told["allowed"] = True
    if until := detail.get("expires_at"):
        told["listed_until"] = until
    now = await transaction.now()
    await transaction.save(history=[HistoryRow(ticket.number, now, asked.actor, action, told, why)])
    kind = detail["kind"]
    changed = FieldChange(_FIELD, kind, None) if action == UNLISTED else FieldChange(_FIELD, None, kind)
    source = f"{ticket.number}/{action}/{now.isoformat()}"
    leaving.add(CHANGED, source, changed_event(ticket, [changed], asked.actor, now, source))
