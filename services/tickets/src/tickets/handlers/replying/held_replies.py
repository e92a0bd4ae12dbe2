"""A reply that waits a little before it goes, so that whoever wrote it can call it back.

What is wanted is checked in full at once, and kept with a row in `due`. When its time has come it is done as if it were
asked for then: clocks stop, the status changes and the mail leaves in one transaction, which also ends the waiting. A
recall and the sending wait for the same lock, so that exactly one of them happens, whoever dies in between.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.held_replies import (
    FAILED,
    FAILED_LINE,
    HELD,
    RECALL_LINE,
    RECALLED,
    SENT,
    UNSENT,
    Author,
    HeldReply,
    people_as_data,
    people_of,
)
from tickets.domain.correspondence.places import without_address
from tickets.domain.correspondence.replies import MESSAGE_CHANGED, message_changed, waited_reply
from tickets.domain.rows import HistoryRow
from tickets.domain.timers.due import Due
from tickets.errors import NotFound, NotYours, Refused
from tickets.handlers.replying.replies import Reply, reply_to_ticket
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled

log = structlog.get_logger()


class _Looked(Exception):
    """Everything would have gone well; nothing is to be written."""


class _EndedBefore(Exception):
    """It was recalled, or somebody else sends it."""


async def preview_reply(number: int, reply: Reply, asked: Asked, deps: DeskDeps) -> Mapping[str, Any]:
    """The notification that a reply would ask for now, as its event has it; nothing is written.

    Raises:
        NotFound, NotYours, Refused, Invalid: such a reply would be refused.
        DatabaseAway: nothing was found out.
    """
    seen: dict[str, Any] = {}

    async def look(transaction: DeskTransaction, _message: UUID, leaving: Leaving) -> None:
        way = await transaction.settling.silence.detour(await transaction.lock_ticket(number), deps.desk)
        seen.update(without_address(leaving.payload_of("notification.requested.v1") or {}, way))
        raise _Looked

    try:
        await reply_to_ticket(number, reply, replace(asked, idempotency_key=None), deps, last=look)
    except _Looked:
        return seen
    raise AssertionError("looking at a reply always ends so")


async def hold_reply(number: int, reply: Reply, seconds: float, asked: Asked, deps: DeskDeps) -> tuple[HeldReply, bool]:
    """(the reply that goes after so many seconds, whether the same key had made it before).

    Raises:
        NotFound, NotYours, Refused, Invalid, KeyReused: it would be refused now already; nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; with a key, asking again is safe.
    """
    if not await _known(asked, deps):
        await preview_reply(number, reply, asked, deps)
    return await until_settled(lambda: _hold(number, reply, timedelta(seconds=seconds), asked, deps))


async def reply_of_key(number: int, asked: Asked, deps: DeskDeps) -> UUID:
    """The id of the reply that was held under the caller's key, for whoever did not hear what came of asking.

    Raises:
        NotFound: nothing was held under it, or not yet: who asked may still wait for the ticket.
        DatabaseAway: nothing was found out.
    """
    if asked.idempotency_key:
        async with deps.writes.transaction() as transaction:
            result = await transaction.known_result(asked.token_id, asked.idempotency_key)
            held = await transaction.held_replies.find(UUID(result["held"])) if result and "held" in result else None
            if held is not None and held.ticket_number == number:
                return held.id
    raise NotFound("no reply of this ticket was held under this Idempotency-Key")


async def recall_reply(number: int, id_: UUID, asked: Asked, deps: DeskDeps) -> HeldReply:
    """A reply as it was kept, which is not sent any more; asking again changes nothing.

    Raises:
        NotFound: there is no such reply of this ticket.
        NotYours: somebody else wrote it.
        Refused: it has left.
        DatabaseAway: it cannot be known whether it is recalled; asking again is safe.
    """
    async with deps.writes.transaction(asked.via) as transaction:
        await transaction.lock_ticket(number)
        held = await transaction.held_replies.find(id_)
        if held is None or held.ticket_number != number:
            raise NotFound("this ticket has no such reply that waits, or it went long ago")
        if asked.actor != held.author.actor and not asked.admin:
            raise NotYours("only whoever wrote a reply calls it back")
        if held.state != HELD:
            if held.state == RECALLED:
                return held
            raise Refused(
                "it was sent already" if held.state == SENT else "it could not be sent; nothing is to be called back"
            )
        await transaction.held_replies.end(held, RECALLED)
        now = await transaction.now()
        await transaction.save(history=[HistoryRow(number, now, asked.actor, RECALL_LINE, {"reply": str(id_)})])
    log.info("reply.recalled", ticket=number, reply=str(id_))
    return replace(held, state=RECALLED)


async def send_held(due: Due, deps: DeskDeps) -> None:
    """Send a reply whose time has come, unless it was called back; why it cannot be sent is kept.

    Raises:
        Temporary: it is still due.
    """
    id_ = UUID(due.detail["reply"])
    async with deps.writes.transaction() as transaction:
        held = await transaction.held_replies.find(id_)
    if held is None or held.state != HELD:
        await _drop(due.ticket_number, id_, deps)
        return

    async def end(transaction: DeskTransaction, message_id: UUID, _leaving: Leaving) -> None:
        if not await transaction.held_replies.end(held, SENT, message_id=message_id):
            raise _EndedBefore

    try:
        await reply_to_ticket(held.ticket_number, _reply_of(held), _asked_by(held), deps, last=end)
    except _EndedBefore:
        await _drop(due.ticket_number, id_, deps)
    except Refused as error:
        await _fail(held, str(error), deps)


async def _known(asked: Asked, deps: DeskDeps) -> bool:
    """Whether something was done under the caller's key before: then what it was answers, and not how it would be."""
    if not asked.idempotency_key:
        return False
    async with deps.writes.transaction() as transaction:
        return await transaction.known_result(asked.token_id, asked.idempotency_key) is not None


async def _earlier(asked: Asked, transaction: DeskTransaction) -> HeldReply | None:
    if (earlier := await earlier_result(asked, transaction)) is None:
        return None
    held = await transaction.held_replies.find(UUID(earlier["held"]))
    if held is None:
        raise NotFound("the reply of this key went long ago")
    return held


async def _hold(number: int, reply: Reply, wait: timedelta, asked: Asked, deps: DeskDeps) -> tuple[HeldReply, bool]:
    async with deps.writes.transaction(asked.via) as transaction:
        if (earlier := await _earlier(asked, transaction)) is not None:
            return earlier, True
        await transaction.lock_ticket(number)
        now = await transaction.now()
        author = Author(asked.token_id, asked.name, asked.actor, asked.agent, asked.bot, asked.admin, asked.via)
        # What it causes when it goes belongs to the request that asked for it.
        kept = _as_data(reply) | {"traceparent": asked.traceparent}
        held = HeldReply(uuid4(), number, now + wait, HELD, "", None, kept, author)
        await transaction.held_replies.add(held, now)
        await finish_key(asked, {"held": str(held.id)}, transaction)
    log.info("reply.held", ticket=number, reply=str(held.id))
    return held, False


async def _drop(number: int, id_: UUID, deps: DeskDeps) -> None:
    async with deps.writes.transaction() as transaction:
        await transaction.lock_ticket(number)
        await transaction.held_replies.drop(number, id_)


async def _fail(held: HeldReply, why: str, deps: DeskDeps) -> None:
    """Keep why a reply was not sent; whoever wrote it still finds its words."""
    leaving = Leaving(deps, None)
    async with deps.writes.transaction(held.author.via) as transaction:
        ticket = await transaction.lock_ticket(held.ticket_number)
        if not await transaction.held_replies.end(held, FAILED, why=why[:500]):
            return
        now = await transaction.now()
        detail = {"reply": str(held.id), "why": why[:500]}
        await transaction.save(history=[HistoryRow(held.ticket_number, now, held.author.actor, FAILED_LINE, detail)])
        source, event = message_changed(ticket, held.id, UNSENT, UNSENT, now)
        leaving.add(MESSAGE_CHANGED, source, event | waited_reply(str(held.id), held.author.name, held.author.via))
        await leaving.store(transaction)
    leaving.send()
    log.warning("reply.unsent", ticket=held.ticket_number, reply=str(held.id))


def _asked_by(held: HeldReply) -> Asked:
    author = held.author
    return Asked(
        author.token_id,
        author.name,
        author.actor,
        agent=author.agent,
        bot=author.bot,
        admin=author.admin,
        via=author.via,
        request={"held": str(held.id)},
        traceparent=held.reply.get("traceparent"),
    )


def _as_data(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "html": reply.html,
        "attachments": [str(id_) for id_ in reply.attachments],
        "status": reply.status,
        "people": people_as_data(reply.wanted),
        "quote": reply.quote,
        "force": reply.force,
        "fields": dict(reply.fields),
    }


def _reply_of(held: HeldReply) -> Reply:
    kept = held.reply
    return Reply(
        text=kept["text"],
        html=kept["html"],
        attachments=[UUID(id_) for id_ in kept["attachments"]],
        status=kept["status"],
        wanted=people_of(kept["people"]),
        quote=kept["quote"],
        force=kept["force"],
        fields=kept["fields"],
        about={"held": str(held.id)},
    )
