"""An agent edits an answer that stands in a chat, or takes it back: in the ticket at once, there by its channel.

What it said before is kept with it. All of it, the order to the channel too, is one transaction; what becomes of the
order is reported like any notification (`handlers.sending.revised`).
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.sent_messages import (
    TYPE,
    SentMessage,
    is_news,
    must_be_changeable,
    must_be_theirs,
    revised_event,
    revision_id,
    revision_source,
    where_said,
)
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.revisions import DELETED, EDITED, Revision
from tickets.errors import NotFound, Overtaken
from tickets.handlers.settling.revise import note_revised
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled

log = structlog.get_logger()

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Wish:
    number: int
    message: UUID
    kind: str
    text: str


async def edit_sent(number: int, id_: UUID, text: str, asked: Asked, deps: DeskDeps) -> bool:
    """Let an answer say something else, here and where its customer reads it; whether the same key did it before.

    The same text again does nothing, unless the customer does not see it because changing it failed.

    Raises:
        NotFound, NotYours, Refused, KeyReused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _change(_Wish(number, id_, EDITED, text), asked, deps))


async def take_back_sent(number: int, id_: UUID, asked: Asked, deps: DeskDeps) -> bool:
    """Take an answer back, here and where its customer reads it; again does nothing, unless taking it back failed.

    Raises:
        as `edit_sent`.
    """
    return await until_settled(lambda: _change(_Wish(number, id_, DELETED, ""), asked, deps))


async def _change(wish: _Wish, asked: Asked, deps: DeskDeps) -> bool:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if await earlier_result(asked, transaction) is not None:
            return True
        ticket = await transaction.lock_ticket(wish.number)
        message = await transaction.revisions.sent(wish.message)
        if message is None or message.ticket_number != wish.number:
            raise NotFound(f"ticket {wish.number} has no such message")
        must_be_theirs(message, asked.actor, admin=asked.admin)
        must_be_changeable(message, where_said(message, ticket), await transaction.now())
        news = is_news(message, wish.kind, wish.text)
        if news:
            await _write(wish, message, ticket, asked, transaction, leaving)
        await leaving.store(transaction)
        await finish_key(asked, {"message": str(message.id)}, transaction)
    leaving.send()
    if news:
        log.info("reply.revised", ticket=wish.number, message=str(wish.message), kind=wish.kind)
    return False


async def _write(
    wish: _Wish,
    message: SentMessage,
    ticket: TicketRow,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    number = message.asking.number + 1
    at = max(ticket.updated_at, await transaction.now(), *([message.edited_at + _MOMENT] if message.edited_at else []))
    revision = Revision(
        account=message.account,
        message_id="",
        id=revision_id(message, number),
        kind=wish.kind,
        author=asked.actor,
        text=wish.text,
        text_cut=False,
        at=at,
    )
    stands = await transaction.revisions.message(message.id, revision)
    if stands is None:
        raise Overtaken(f"message {message.id} is deleted at this moment")
    if message.deleted_at is None and message.body != wish.text:
        await transaction.revisions.revise(stands, revision)
    await transaction.revisions.ask(message.id, revision, number)
    await note_revised(ticket, stands, revision, asked.actor, transaction, leaving)
    order = revised_event(message, where_said(message, ticket), wish.kind, wish.text, at, leaving.deps.desk)
    leaving.add(
        TYPE,
        revision_source(message, number),
        order,
        medium=order["medium"],
        notification_id=order["id"],
        expires_at=order["expires_at"],
    )
