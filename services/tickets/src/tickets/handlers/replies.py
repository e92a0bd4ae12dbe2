"""An agent's words about a ticket: a mail to the customer, or a note that stays inside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import change, search_row
from tickets.domain.incoming import TicketRow
from tickets.domain.lifecycle import FINAL, status_after_agent_reply
from tickets.domain.notices import Notice, Words
from tickets.domain.replies import (
    MESSAGE_ADDED,
    answer_subject,
    event_source,
    fitting_html,
    message_row,
    paragraphs,
    thread_of,
    ticket_event,
)
from tickets.domain.rows import HistoryRow, MessageRow
from tickets.domain.search_terms import words_of
from tickets.errors import Invalid, Refused
from tickets.handlers.desk_changes import status_history
from tickets.handlers.desk_work import Asked, DeskDeps, Leaving, new_message, until_settled

log = structlog.get_logger()

_SOURCE = "api.reply.v1"
_MOST_ATTACHED_BYTES = 20 * 1024 * 1024
_LONGEST_OUTGOING = 150_000
"""Encoded text and HTML of a reply; an event with both, threading and attachments then stays below its limit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent wrote.

    Attributes:
        html: already sanitised.
        attachments: ids of uploaded files.
        status: what the ticket becomes; None: what follows from the reply.
    """

    text: str
    html: str | None = None
    internal: bool = False
    attachments: Sequence[UUID] = ()
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Replied:
    """The message that a reply became; `repeated`: it had become that before."""

    message_id: UUID
    repeated: bool


async def reply_to_ticket(number: int, reply: Reply, asked: Asked, deps: DeskDeps) -> Replied:
    """Add a reply or a note to a ticket, and ask for the mail; the same key again does nothing.

    Raises:
        NotFound, Refused, Invalid, KeyReused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; with a key, asking again is safe.
    """
    return await until_settled(lambda: _reply(number, reply, asked, deps))


async def _reply(number: int, reply: Reply, asked: Asked, deps: DeskDeps) -> Replied:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction() as transaction:
        if asked.idempotency_key:
            key = asked.token_id, asked.idempotency_key
            earlier = await transaction.earlier_result(*key, asked.request_hash)
            if earlier is not None:
                return Replied(UUID(earlier["message"]), repeated=True)
        before = await transaction.lock_ticket(number)
        ticket = await _after(before, reply, transaction)
        id_, event = new_message(_SOURCE)
        files = await _files(reply, asked, id_, transaction)
        if reply.internal:
            message = message_row(
                ticket, id_, event, "note", "api", reply.text, ticket.updated_at, body_html=reply.html
            )
        else:
            message = await _public(ticket, reply, (id_, event), files, transaction, deps, leaving)
        attached = orjson.dumps(files).decode()
        message = replace(message, author_address=ticket.account, author_name=asked.name, attachments=attached)
        await transaction.save_ticket(ticket)
        words = words_of(reply.text, ticket.language)
        action = "note.added" if reply.internal else "reply.sent"
        history = [HistoryRow(number, ticket.updated_at, asked.actor, action, {"message": str(id_)})]
        history += status_history(ticket, before, asked.actor)
        await transaction.save(messages=[message], history=history, search=[search_row(ticket, words)])
        payload = ticket_event(MESSAGE_ADDED, ticket, id_, ticket.updated_at, kind=message.kind)
        leaving.add(MESSAGE_ADDED, event_source(ticket, id_), payload)
        await leaving.store(transaction)
        if asked.idempotency_key:
            await transaction.finish_key(asked.token_id, asked.idempotency_key, {"message": str(id_)})
    leaving.send()
    log.info("note.added" if reply.internal else "reply.requested", ticket=number, message=str(id_))
    return Replied(id_, repeated=False)


async def _after(before: TicketRow, reply: Reply, transaction: DeskTransaction) -> TicketRow:
    """The ticket after the reply: a new version, perhaps another status, and answered for the first time."""
    if before.status == FINAL and not reply.internal:
        raise Refused("the ticket is closed; open a new one that points at it")
    now = await transaction.now()
    follows = before.status if reply.internal else status_after_agent_reply(before.status, None)
    status = reply.status or follows
    ticket, _ = change(before, {"status": status}, now)
    first = ticket.first_response_at if reply.internal else ticket.first_response_at or now
    return replace(ticket, version=before.version + 1, updated_at=now, first_response_at=first)


async def _files(reply: Reply, asked: Asked, message_id: UUID, transaction: DeskTransaction) -> list[Mapping[str, Any]]:
    """The uploaded files of the reply, in its order."""
    found = await transaction.take_uploads(reply.attachments, asked.token_id, message_id)
    for position, id_ in enumerate(reply.attachments):
        if id_ not in found:
            raise Invalid(
                f"/attachments/{position}", "no upload of yours has this id, or another reply sent it already"
            )
    files: list[Mapping[str, Any]] = [found[id_] for id_ in reply.attachments]
    if sum(file["size_bytes"] for file in files) > _MOST_ATTACHED_BYTES:
        raise Invalid("/attachments", f"together they are over {_MOST_ATTACHED_BYTES} bytes")
    return files


async def _public(
    ticket: TicketRow,
    reply: Reply,
    ids: tuple[UUID, str],
    files: Sequence[Mapping[str, Any]],
    transaction: DeskTransaction,
    deps: DeskDeps,
    leaving: Leaving,
) -> MessageRow:
    """The reply as a message, with the mail that carries it among what leaves."""
    if "@" not in ticket.requester_address or "@" not in ticket.account:
        raise Refused("this ticket has no mail address to answer to; write an internal note")
    id_, event = ids
    answers, references = thread_of(await transaction.thread(ticket.number))
    notice = Notice(
        source=f"reply/{id_}",
        ticket=ticket,
        words=_words(ticket, reply, deps),
        automatic=False,
        requested_at=ticket.updated_at,
        answers=answers,
        references=references,
        attachments=files,
    )
    mail = leaving.add_mail(notice, id_)
    return message_row(
        ticket,
        id_,
        event,
        "agent",
        "api",
        reply.text,
        ticket.updated_at,
        subject=notice.words.subject,
        body_html=reply.html,
        rfc_message_id=mail["mail"]["message_id"],
        addressed=orjson.dumps({"to": [mail["to"]], "cc": []}).decode(),
        notification_id=notice.id,
        delivery_state="queued",
    )


def _words(ticket: TicketRow, reply: Reply, deps: DeskDeps) -> Words:
    """The reply in the desk's form; without HTML if only that of our own making would not fit.

    Raises:
        Invalid: it cannot fit.
    """
    values = {
        "subject": answer_subject(ticket.subject, ticket.number),
        "number": ticket.number,
        "text": reply.text,
        "html": reply.html,
        "paragraphs": paragraphs(reply.text),
        "link": deps.desk.status_link(ticket.number),
    }
    words = deps.render("reply", ticket.language, values)
    words = replace(words, html=fitting_html(words.html))
    if reply.html is None and _encoded_bytes(words) > _LONGEST_OUTGOING:
        words = replace(words, html=None)
    if _encoded_bytes(words) > _LONGEST_OUTGOING:
        raise Invalid("/text", "text and HTML together are too long for one mail; send the rest as a file")
    return words


def _encoded_bytes(words: Words) -> int:
    return len(orjson.dumps([words.text, words.html]))
