"""An agent's words about a ticket: a mail to the customer, or a note that stays inside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
import structlog

from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.rows import ticket_row
from tickets.domain.changes import FieldChange, change, search_row
from tickets.domain.correspondence.automatic_mail import told_elsewhere
from tickets.domain.correspondence.conversation import Quoted, quoted
from tickets.domain.correspondence.inline_pictures import with_inline_pictures
from tickets.domain.correspondence.notices import NO_WORDS, Notice, Words, own_id
from tickets.domain.correspondence.participants import ASIDE, IN_COPY
from tickets.domain.correspondence.places import ReplyPlace, place_of, without_address
from tickets.domain.correspondence.recipients import AS_USUAL, Recipients, Wanted, conversation_of, recipients_of
from tickets.domain.correspondence.replies import (
    MESSAGE_ADDED,
    answer_subject,
    event_source,
    fitting_html,
    message_row,
    paragraphs,
    thread_of,
    ticket_event,
    waited_reply,
)
from tickets.domain.correspondence.signatures import signature_in, signed
from tickets.domain.correspondence.ways import CHATS, MOST_FILES_IN_CHAT, said_in, way_to, why_unanswerable
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL, status_after_agent_reply
from tickets.domain.rows import HistoryRow, MessageRow
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import words_of
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.sending.chat_status import tell_status
from tickets.handlers.settling.reach import refuse_undeliverable
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.solving import must_be_explained
from tickets.handlers.working.work import (
    Asked,
    DeskDeps,
    Leaving,
    earlier_result,
    finish_key,
    new_message,
    until_settled,
)
from ventanilla_contracts.events import TEXT_LIMIT_CHARS

log = structlog.get_logger()

_SOURCE = "api.reply.v1"
_CLOSED = "the ticket is closed; open a new one that points at it"
_NO_NONCE = "0" * 16
_MOST_ATTACHED_BYTES = 20 * 1024 * 1024
_LONGEST_OUTGOING = 150_000
"""Encoded text and HTML of a reply; an event with both, threading and attachments then stays below its limit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent wrote.

    Attributes:
        html: already sanitised; it shows uploaded pictures as `cid:` and the id of the upload.
        attachments: ids of uploaded files.
        status: what the ticket becomes; None: what follows from the reply.
        wanted: who gets it, where that differs from the usual.
        force: send it even to an address to which mail comes back.
        quote: below it stands the conversation so far; None: as the desk is set.
        fields: of the ticket that change with it, for example `resolution`.
        about: what its line in the history says besides.
    """

    text: str
    html: str | None = None
    internal: bool = False
    attachments: Sequence[UUID] = ()
    status: str | None = None
    wanted: Wanted = AS_USUAL
    quote: bool | None = None
    force: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replied:
    """The message that a reply became; `repeated`: it had become that before."""

    message_id: UUID
    repeated: bool


Last = Callable[[DeskTransaction, UUID, Leaving], Awaitable[None]]
"""Is called with the message's id before a reply commits; whatever it raises, nothing of the reply is written."""


async def reply_to_ticket(
    number: int, reply: Reply, asked: Asked, deps: DeskDeps, *, last: Last | None = None
) -> Replied:
    """Add a reply or a note to a ticket, and ask for the mail; the same key again does nothing.

    Raises:
        NotFound, NotYours, Refused, Invalid, KeyReused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; with a key, asking again is safe.
    """
    return await until_settled(lambda: _reply(number, reply, asked, deps, last))


async def _reply(number: int, reply: Reply, asked: Asked, deps: DeskDeps, last: Last | None) -> Replied:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if (earlier := await earlier_result(asked, transaction)) is not None:
            return Replied(UUID(earlier["message"]), repeated=True)
        before = await transaction.lock_ticket(number)
        must_be_its_own(before)
        if not reply.internal or (reply.status in DONE and before.status not in DONE):
            await must_take_part(asked, before, transaction.settling.assigning)
        recipients = None if reply.internal else await _recipients(before, reply, transaction, deps)
        if recipients is not None and not reply.force:
            await refuse_undeliverable((person.address for person in recipients.everybody), transaction)
        ticket, changes = await _after(before, reply, recipients, asked, transaction)
        await must_be_explained(before, ticket, reply.fields, transaction, deps)
        id_, event = new_message(_SOURCE)
        reply, files = await _with_files(reply, ticket, asked, id_, transaction)
        if recipients is None:
            message = message_row(
                ticket, id_, event, "note", "api", reply.text, ticket.updated_at, body_html=reply.html
            )
        else:
            message = await _public(ticket, reply, recipients, (id_, event), files, transaction, asked, leaving)
        attached = orjson.dumps(files).decode()
        message = replace(message, author_address=ticket.account, author_name=asked.name, attachments=attached)
        await transaction.save_ticket(ticket)
        words = words_of(reply.text, ticket.language)
        action = "note.added" if reply.internal else "reply.sent"
        detail: dict[str, Any] = {"message": str(id_), **reply.about}
        if recipients is not None:
            detail |= {"aside": True} if recipients.aside else {}
            detail |= {"left_out": list(recipients.left_out)} if recipients.left_out else {}
        history = [HistoryRow(number, ticket.updated_at, asked.actor, action, detail)]
        history += [
            HistoryRow(number, ticket.updated_at, asked.actor, "ticket.changed", one.as_data()) for one in changes
        ]
        history += told_elsewhere(before, recipients.way, message) if recipients is not None else []
        history += await _let_join(ticket, recipients, id_, asked, transaction)
        await transaction.save(messages=[message], history=history, search=[search_row(ticket, words)])
        waited = waited_reply(held, asked.name, asked.via) if (held := reply.about.get("held")) else {}
        payload = ticket_event(MESSAGE_ADDED, ticket, id_, ticket.updated_at, kind=message.kind, **waited)
        leaving.add(MESSAGE_ADDED, event_source(ticket, id_), payload)
        if recipients is None:
            await tell_status(before, ticket, transaction, leaving)
        if last is not None:
            await last(transaction, id_, leaving)
        await leaving.store(transaction)
        await finish_key(asked, {"message": str(id_)}, transaction)
    leaving.send()
    log.info("note.added" if reply.internal else "reply.requested", ticket=number, message=str(id_))
    return Replied(id_, repeated=False)


async def place_of_reply(number: int, reads: DeskReads, deps: DeskDeps) -> ReplyPlace:
    """Where an answer would stand if it were sent now to whom it usually goes, by the notification it would ask for.

    It waits for nobody who has locked the ticket: whoever asks is in a hurry.

    Raises:
        NotFound, Refused: there is no such ticket, or no answer can be sent.
        DatabaseAway: nothing was found out.
    """
    if (row := await reads.ticket(number)) is None:
        raise NotFound(f"there is no ticket {number}")
    ticket = ticket_row(row)
    must_be_its_own(ticket)
    if ticket.status == FINAL:
        raise Refused(_CLOSED)
    async with deps.writes.transaction() as transaction:
        recipients = await _recipients(ticket, Reply(""), transaction, deps)
        there = said_in(ticket, await transaction.merging.talked_in(ticket))
        asked_for = Notice(
            "place",
            there,
            NO_WORDS,
            automatic=False,
            requested_at=ticket.updated_at,
            recipients=recipients,
            way=recipients.way,
        )
        return place_of(without_address(asked_for.as_event(deps.desk, _NO_NONCE), recipients.way))


async def _recipients(ticket: TicketRow, reply: Reply, transaction: DeskTransaction, deps: DeskDeps) -> Recipients:
    detour = await transaction.settling.silence.detour(ticket, deps.desk)
    way = detour.medium if detour else way_to(ticket)
    if way in CHATS and len(reply.attachments) > MOST_FILES_IN_CHAT:
        why = f"an answer in {way} carries {MOST_FILES_IN_CHAT} files at most; send the others in a second one"
        raise Invalid(f"/attachments/{MOST_FILES_IN_CHAT}", why)
    if way in CHATS or detour is not None:
        return replace(conversation_of(ticket, reply.wanted), way=detour)
    if unanswerable := why_unanswerable(ticket):
        raise Refused(unanswerable)
    if "@" not in ticket.account:
        raise Refused("this ticket has no mailbox to answer from; write an internal note")
    people = await transaction.correspondence.participants(ticket.number)
    recipients = recipients_of(ticket, people, reply.wanted, deps.desk.own)
    if recipients.cc and reply.wanted.cc is None and not reply.force:
        # Nobody asked for these very people: one whom mail does not reach must not hold up the answer to the others.
        stopped = await transaction.undeliverable([person.address for person in recipients.cc])
        return recipients.without(stopped)
    return recipients


async def _let_join(
    ticket: TicketRow, recipients: Recipients | None, message_id: UUID, asked: Asked, transaction: DeskTransaction
) -> list[HistoryRow]:
    """Whoever a reply names for the first time takes part from now on; returns the line of the history."""
    if recipients is None or not recipients.newcomers:
        return []
    role = ASIDE if recipients.aside else IN_COPY
    at, people = ticket.updated_at, recipients.newcomers
    await transaction.correspondence.add(ticket.number, people, at, asked.actor, role)
    detail = {"message": str(message_id), "addresses": [person.address for person in people], "role": role}
    return [HistoryRow(ticket.number, at, asked.actor, "participants.added", detail)]


async def _after(
    before: TicketRow, reply: Reply, recipients: Recipients | None, asked: Asked, transaction: DeskTransaction
) -> tuple[TicketRow, list[FieldChange]]:
    """The ticket after the reply: a new version, perhaps another status, and answered for the first time."""
    if before.status == FINAL and not reply.internal:
        raise Refused(_CLOSED)
    now = await transaction.now()
    follows = before.status if reply.internal else status_after_agent_reply(before.status, None)
    status = reply.status or follows
    ticket, changes = change(before, {**reply.fields, "status": status}, now)
    answers = recipients is not None and not recipients.aside and not asked.bot
    first = ticket.first_response_at or now if answers else ticket.first_response_at
    return replace(ticket, version=before.version + 1, updated_at=now, first_response_at=first), changes


async def _with_files(
    reply: Reply, ticket: TicketRow, asked: Asked, message_id: UUID, transaction: DeskTransaction
) -> tuple[Reply, list[Mapping[str, Any]]]:
    """The reply with its pictures in their places, and its files."""
    files = await _files(reply, asked, message_id, transaction)
    if not reply.html:
        return reply, files
    by_id = {str(id_): file for id_, file in zip(reply.attachments, files, strict=True)}
    html, changed = with_inline_pictures(reply.html, by_id, ticket.account.rpartition("@")[2])
    return replace(reply, html=html), list(changed.values())


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
    recipients: Recipients,
    ids: tuple[UUID, str],
    files: Sequence[Mapping[str, Any]],
    transaction: DeskTransaction,
    asked: Asked,
    leaving: Leaving,
) -> MessageRow:
    """The reply as a message, with the mail that carries it among what leaves."""
    id_, event = ids
    answers, references = thread_of(await transaction.thread(ticket.number))
    place = await transaction.merging.talked_in(ticket)
    there = said_in(ticket, place)
    notice = Notice(
        source=f"reply/{id_}",
        ticket=there,
        words=await reply_words(ticket, reply, recipients, asked, transaction, leaving.deps),
        automatic=asked.bot,
        requested_at=ticket.updated_at,
        answers=answers,
        references=references,
        attachments=files,
        recipients=recipients,
        way=recipients.way,
        author=asked.name if asked.agent else "",  # a program's name says nothing to a customer
    )
    mail = leaving.add_mail(notice, id_)
    return message_row(
        there,
        id_,
        event,
        "automatic" if asked.bot else "agent",
        "api",
        reply.text,
        ticket.updated_at,
        subject=notice.words.subject,
        body_html=reply.html,
        automation="auto-generated" if asked.bot else "no",
        rfc_message_id=own_id(mail),
        addressed=orjson.dumps(recipients.addressed()).decode(),
        notification_id=notice.id,
        delivery_state="queued",
        came_by=place.number if place else None,
        fallback_to=recipients.way.address if recipients.way else None,
    )


async def reply_words(
    ticket: TicketRow,
    reply: Reply,
    recipients: Recipients,
    asked: Asked,
    transaction: DeskTransaction,
    deps: DeskDeps,
) -> Words:
    """The reply in the desk's form, with the team's signature and the conversation so far."""
    if recipients.way is not None:  # what was said in the call, or written about it, was not said to that address
        ticket, reply = recipients.way.of(ticket), replace(reply, quote=False)
    if way_to(ticket) in CHATS:  # whoever reads it has seen what was said before, and who says it
        return Words("", reply.text, reply.html)
    desk = deps.desk
    desk_name = desk.names.get(ticket.account, "")
    signatures = await transaction.correspondence.signatures(ticket.team)
    signature = signature_in(signatures, ticket.language, desk.default_language)
    quotes = desk.quotes and ticket.team not in desk.teams_without_quotes if reply.quote is None else reply.quote
    conversation: Sequence[Quoted] = ()
    if quotes and recipients.since is not None:
        said = await transaction.correspondence.conversation(ticket.number, recipients.since)
        addresses = [person.address for person in recipients.everybody]
        conversation = quoted(said, ticket, addresses, desk_name)
    # Whoever has the address of the status page reads the whole conversation and answers as the customer.
    link = desk.status_link(ticket.number, ticket.page_epoch) if recipients.alone and not recipients.aside else None
    values = {
        "subject": answer_subject(ticket.subject, ticket.number),
        "answers": await transaction.has_begun(ticket.number),
        "number": ticket.number,
        "text": reply.text,
        "html": reply.html,
        "paragraphs": paragraphs(reply.text),
        "link": link,
        "signature": signed(signature, agent=asked.name, team=ticket.team, desk=desk_name),
        "conversation": conversation,
    }
    return _fitting(values, reply, ticket.language, deps)


def _fitting(values: dict[str, Any], reply: Reply, language: str, deps: DeskDeps) -> Words:
    """The words, as much of them as one mail can carry: first the conversation gives way, then HTML of our own making.

    Raises:
        Invalid: the agent's own words cannot fit.
    """
    words = deps.render("reply", language, values)
    quotations = values["conversation"]
    while quotations and not _fits(words):
        quotations = quotations[: len(quotations) // 2]
        words = deps.render("reply", language, {**values, "conversation": quotations})
    words = replace(words, html=fitting_html(words.html))
    if reply.html is None and not _fits(words):
        words = replace(words, html=None)
    if not _fits(words):
        raise Invalid("/text", "text and HTML together are too long for one mail; send the rest as a file")
    return words


def _fits(words: Words) -> bool:
    return (
        len(words.text) <= TEXT_LIMIT_CHARS
        and fitting_html(words.html) == (words.html or None)
        and len(orjson.dumps([words.text, words.html])) <= _LONGEST_OUTGOING
    )
