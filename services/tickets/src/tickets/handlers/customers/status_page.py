"""The customer's side of a ticket, by the link that an acknowledgement or answer carried: read it, add a line.

The line is accepted when its transaction has committed: it is the customer's message then, exactly once, because its
id follows from the key that the form carried. Of a merged ticket it goes to the one in which that goes on, whose page
only its own requester is led to.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.rows import ticket_row
from tickets.domain.changes import search_row
from tickets.domain.correspondence.fallback import way_from_call
from tickets.domain.correspondence.notices import TYPE as NOTIFICATION
from tickets.domain.correspondence.notices import Notice
from tickets.domain.correspondence.places import CHANNEL, DIRECT
from tickets.domain.correspondence.public_view import public_message, public_ticket
from tickets.domain.correspondence.replies import CREATED, MESSAGE_ADDED, event_source, message_row, ticket_event
from tickets.domain.correspondence.ways import CHATS, MAIL, VOICE, is_direct, said_in, way_to
from tickets.domain.joining.merging import one_requester
from tickets.domain.lifecycle import FINAL, status_after_customer_message
from tickets.domain.rows import HistoryRow, OutboxRow
from tickets.domain.service_levels.policies import UPDATE
from tickets.domain.service_levels.stored_state import read_state
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.settling.search_terms import words_of
from tickets.domain.tokens import StatusPage
from tickets.errors import NotFound, Overtaken
from tickets.handlers.customers.files import DeskFiles, StoredFile
from tickets.handlers.working.work import DeskDeps, Leaving, until_settled
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.parts import TEXT_LIMIT_CHARS

log = structlog.get_logger()

_SOURCE = "portal.reply.v1"
_MOST_MESSAGES = 200
_MOST_LOOKS = 5
_UNKNOWN = "no ticket belongs to this link"
_NO_ZONE = "UTC"
"""What the desk goes by where nobody has said another one: then the page may know better."""


@dataclass(frozen=True, slots=True)
class Added:
    """Where a customer's line went: its ticket, which is a new one if the old one was closed.

    Attributes:
        page: the ticket whose page the customer sees it on, if it is on one of theirs.
    """

    message_id: UUID
    ticket_number: int
    repeated: bool
    page: int
    page_epoch: int = 0


async def read_status(token: str, reads: DeskReads, deps: DeskDeps) -> dict[str, Any]:
    """The public part of the ticket that a status link shows.

    Raises:
        NotFound: the link is forged, or its ticket is gone.
    """
    row = await _of_link(token, reads, deps)
    ticket = ticket_row(row)
    number = ticket.number
    there = await reads.ticket(ticket.merged_into) if ticket.merged_into is not None else None
    takes = ticket if there is None else ticket_row(there)
    goes_on = takes is not ticket and one_requester(ticket, takes)
    there_token = deps.desk.signer.status_token(takes.number, takes.page_epoch)
    messages = await reads.public_messages(number, _MOST_MESSAGES + 1, ticket.requester_since)
    name = deps.desk.called(ticket.account)
    shown = messages[-_MOST_MESSAGES:]
    return {
        **public_ticket(ticket, next_update_by(row["level"]), there_token if goes_on else None),
        "subject": await _heading(ticket, reads),
        "desk": name,
        "way": await _way_to(takes, deps),
        "called": takes.channel == VOICE,
        "zone": await _zone(takes, reads, deps),
        "quoted": await _quoted(ticket if takes.status == FINAL else takes, reads),
        "can_reply": True,
        "reply_opens_new": takes.status == FINAL,
        "older_messages_hidden": len(messages) > len(shown),
        "messages": [public_message(message, orjson.loads(message["files"]), name) for message in shown],
    }


async def public_file(
    token: str, message_id: UUID, position: int, reads: DeskReads, files: DeskFiles, deps: DeskDeps
) -> StoredFile:
    """A file that the page of a status link names, without its bytes.

    Raises:
        NotFound: the link is forged, its ticket is gone, or its reader does not see such a file: notes have none.
    """
    ticket = ticket_row(await _of_link(token, reads, deps))
    for message in await reads.public_messages(ticket.number, 1, ticket.requester_since, message_id):
        shown = {file["position"] for file in orjson.loads(message["files"])}
        if position in shown and (file := await files.attachment(message_id, position)) is not None:
            return file
    raise NotFound("the page names no such file")


async def _of_link(token: str, reads: DeskReads, deps: DeskDeps) -> Any:
    """The ticket whose page a link shows.

    Raises:
        NotFound: the link is forged, or its ticket is gone.
    """
    page = deps.desk.signer.page_of_status_token(token)
    # A forged link costs a look into the database too, so that the time tells nothing.
    row = await reads.ticket(page.ticket_number if page else 0)
    if page is None or row is None or row["page_epoch"] != page.epoch:
        raise NotFound(_UNKNOWN)
    return row


async def _way_to(takes: TicketRow, deps: DeskDeps) -> str | None:
    """By which medium whoever reads the page can go on with the desk; None: by none.

    What goes to another number in place of the one that called is no conversation in which the page is quoted.
    """
    if way_from_call(takes) is None:
        return way_to(takes)
    async with deps.writes.transaction() as transaction:
        detour = await transaction.settling.silence.detour(takes, deps.desk)
    return MAIL if detour and detour.medium == MAIL else None


async def _heading(ticket: TicketRow, reads: DeskReads) -> str:
    """What the page calls the ticket: its subject, but a call by what its caller reads of it."""
    if ticket.channel != VOICE:
        return ticket.subject
    told = await reads.told_call(ticket.number, ticket.subject, ticket.requester_since)
    return ticket.subject if told is None else told.removesuffix(".")


async def _zone(takes: TicketRow, reads: DeskReads, deps: DeskDeps) -> str | None:
    """The zone of the times that the customer is told elsewhere too: of the team, else of the desk; None: not set."""
    zone = (await reads.zones([takes.team])).get(takes.team, deps.desk.zone)
    return None if zone == _NO_ZONE else zone


async def _quoted(takes: TicketRow, reads: DeskReads) -> str | None:
    """Where what is written on the page is quoted: in a chat `direct` or `channel`; None: it stays on the page.

    Args:
        takes: the ticket that takes the line, or the one of which a new one is made for it.
    """
    if way_to(takes) not in CHATS:
        return None
    there = said_in(takes, await reads.talked_in(takes))
    return DIRECT if is_direct(there) else CHANNEL


def next_update_by(level: str | None) -> datetime | None:
    """When the customer is to hear next, by the ticket's clocks; a time that is past is no promise any more."""
    if level is None:
        return None
    clock = read_state(orjson.loads(level)).clocks[UPDATE]
    if clock.state != "running" or clock.due_at is None or clock.due_at <= datetime.now(UTC):
        return None
    return clock.due_at


async def add_line(token: str, text: str, key: str, traceparent: str | None, deps: DeskDeps) -> Added:
    """Add a customer's line to the ticket of a status link; the same key again changes nothing.

    Args:
        key: hidden in the form, random for each time it is shown.

    Raises:
        NotFound: the link is forged, or its ticket is gone.
        DatabaseAway: nothing was written, or it cannot be known; the same key again is safe.
    """
    page = deps.desk.signer.page_of_status_token(token)
    if page is None:
        raise NotFound(_UNKNOWN)
    return await until_settled(lambda: _add_where_it_goes_on(page, text, key, traceparent, deps))


async def _add(
    link: StatusPage, text: str, key: str, traceparent: str | None, deps: DeskDeps, merged_into: int | None = None
) -> Added:
    event = event_id(_SOURCE, f"{link.ticket_number}/{key}")
    id_ = effect_id(event)
    leaving = Leaving(deps, traceparent)
    async with deps.writes.transaction() as transaction:
        await transaction.settling.hold_documents()  # a closed ticket has a successor
        own, before = await _lock(link.ticket_number, merged_into, transaction)
        if own.page_epoch != link.epoch:
            raise NotFound(_UNKNOWN)
        if (earlier := await transaction.ticket_of_message(id_)) is not None:
            return _added(id_, earlier, own, before, repeated=True)
        now = await transaction.now()
        type_, action = (CREATED, "ticket.created") if before.status == FINAL else (MESSAGE_ADDED, "message.added")
        ticket, what = await _takes(own, before, now, transaction)
        detail = {"message": str(id_), "channel": "portal", **what}
        language = deps.language_of(text, ticket.language)
        author = {"author_address": own.requester_address, "author_name": own.requester_name}
        known: dict[str, Any] = {**author, "came_by": what.get("came_by"), "language": language}
        message = message_row(ticket, id_, event, "customer", "portal", text, now, **known)
        words = words_of(text, language or ticket.language)
        if type_ == CREATED:
            words |= words_of(f"{ticket.subject}\n{ticket.requester_name} {ticket.requester_address}", ticket.language)
        await transaction.save(
            created=[ticket] if type_ == CREATED else [],
            messages=[message],
            history=[HistoryRow(ticket.number, now, "customer", action, detail, "status_page")],
            search=[search_row(ticket, words)],
        )
        more = {} if type_ == CREATED else {"kind": "customer"}
        leaving.add(type_, event_source(ticket, id_), ticket_event(type_, ticket, id_, now, **more))
        if way_to(ticket) in CHATS:
            there = said_in(ticket, await transaction.merging.talked_in(ticket))
            if not await transaction.settling.silence.keeps(there, deps.desk):
                leaving.extend([_said_there(there, text, id_, now, deps)])
        await leaving.store(transaction)
    leaving.send()
    log.info(action if type_ == CREATED else "message.appended", ticket=ticket.number, channel="portal")
    return _added(id_, ticket.number, own, before, repeated=False)


def _said_there(ticket: TicketRow, text: str, id_: UUID, now: datetime, deps: DeskDeps) -> OutboxRow:
    """What asks for a line of the page to be quoted in the conversation: both sides go on reading the same.

    It is no message of the ticket, in which the line itself stands.
    """
    values = {
        "number": ticket.number,
        "name": ticket.requester_name,
        "lines": text.split("\n"),
    }
    words = deps.render("page_line", ticket.language, values)
    notice = Notice(
        f"page_line/{id_}", ticket, replace(words, text=words.text[:TEXT_LIMIT_CHARS]), automatic=True, requested_at=now
    )
    event = notice.as_event(deps.desk, id_.hex[:16])
    return OutboxRow(
        NOTIFICATION,
        notice.source,
        event,
        None,
        medium=event["medium"],
        notification_id=notice.id,
        expires_at=event["expires_at"],
    )


async def _takes(
    own: TicketRow, before: TicketRow, now: datetime, transaction: DeskTransaction
) -> tuple[TicketRow, dict[str, Any]]:
    """The ticket with the line, and what its history says of that: a new one, to be written, if the old one was closed.

    Args:
        own: the ticket of the link.
        before: the one in which it goes on; mostly the same.
    """
    if before.status == FINAL:
        fresh = await _successor(own, before.number, transaction)
        return replace(fresh, created_at=now, updated_at=now), {"related_to": str(before.number)}
    status = status_after_customer_message(before.status)
    solved_at = before.solved_at if status == before.status else None
    ticket = replace(before, version=before.version + 1, status=status, updated_at=now, solved_at=solved_at)
    await transaction.save_ticket(ticket)
    came_by = {} if before is own else {"came_by": own.number}
    return ticket, {**came_by, **({} if status == before.status else {"status": [before.status, status]})}


class _GoesOn(Exception):
    """The ticket was merged: both must be locked, the lower number first."""

    def __init__(self, into: int | None) -> None:
        super().__init__(into)
        self.into = into


async def _add_where_it_goes_on(
    link: StatusPage, text: str, key: str, traceparent: str | None, deps: DeskDeps
) -> Added:
    """Mostly one lock is enough; where the ticket was merged, both are taken anew, in their order."""
    into: int | None = None
    for _ in range(_MOST_LOOKS):
        try:
            return await _add(link, text, key, traceparent, deps, into)
        except _GoesOn as found:
            into = found.into
    raise Overtaken("the ticket was merged and taken apart again and again")


async def _lock(number: int, merged_into: int | None, transaction: DeskTransaction) -> tuple[TicketRow, TicketRow]:
    """The ticket of the link, and the one that takes the line: the same, unless that was merged.

    Raises:
        _GoesOn: it was merged into another one than the caller thinks.
    """
    wanted = [number] if merged_into is None else [number, merged_into]
    locked: dict[int, TicketRow] = {}
    for one in sorted(wanted):
        with suppress(NotFound):  # what it was merged into may have been deleted behind the service's back
            locked[one] = await transaction.lock_ticket(one)
    if number not in locked:
        raise NotFound(_UNKNOWN)
    own = locked[number]
    if own.merged_into != merged_into:
        raise _GoesOn(own.merged_into)
    return own, locked.get(merged_into or number, own)


def _page(own: TicketRow, takes: TicketRow, number: int) -> int:
    """On whose page the customer finds a line that went to a ticket: never on one that is somebody else's."""
    return number if number != takes.number or one_requester(own, takes) else own.number


def _added(id_: UUID, number: int, own: TicketRow, takes: TicketRow, *, repeated: bool) -> Added:
    page = _page(own, takes, number)
    epochs = {one.number: one.page_epoch for one in (own, takes)}  # a new ticket's is 0
    return Added(id_, number, repeated, page, epochs.get(page, 0))


async def _successor(closed: TicketRow, related_to: int, transaction: DeskTransaction) -> TicketRow:
    """A new ticket that points at a closed one and starts where that one was routed to: of a chat, it goes on there."""
    return replace(
        closed,
        number=(await transaction.settling.draw_numbers(1))[0],
        version=1,
        status="new",
        assignee=None,
        channel=closed.channel if way_to(closed) in CHATS else "portal",
        cause=None,
        resolution=None,
        related_to=related_to,
        merged_into=None,
        first_response_at=None,
        solved_at=None,
        closed_at=None,
        requester_since=None,
        page_epoch=0,
    )
