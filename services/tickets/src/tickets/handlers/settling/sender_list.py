"""Whom the desk allows and denies: each change with who made it and why."""

from typing import Any

import structlog

from tickets.adapters.postgres.sender_list import ListedSender, SenderListStore
from tickets.errors import NotFound
from tickets.handlers.working.work import Asked, DeskDeps

log = structlog.get_logger()


async def list_sender(entry: ListedSender, asked: Asked, deps: DeskDeps, senders: SenderListStore) -> Any:
    """Allow or deny a sender, and return the row; whoever is listed already is listed anew.

    Raises:
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    async with deps.writes.transaction(asked.via) as transaction:
        row = await transaction.list_sender(entry, asked.actor)
        detail = {"kind": entry.kind, "sender": entry.sender, "expires_at": str(entry.expires_at or "")}
        await transaction.decide(asked.actor, "sender.listed", detail, entry.note)
    senders.forget()
    log.info("sender.listed", kind=entry.kind, entry=row["id"])
    return row


async def unlist_sender(id_: int, asked: Asked, deps: DeskDeps, senders: SenderListStore) -> None:
    """Take a sender off the list.

    Raises:
        NotFound: there is no such entry.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    async with deps.writes.transaction(asked.via) as transaction:
        row = await transaction.unlist_sender(id_)
        if row is None:
            raise NotFound(f"there is no entry {id_} in the sender list")
        await transaction.decide(asked.actor, "sender.unlisted", {"kind": row["kind"], "sender": row["sender"]}, "")
    senders.forget()
    log.info("sender.unlisted", kind=row["kind"], entry=id_)
