"""The customer's side of a ticket, by the link that an acknowledgement or answer carried: read it, add a line.

The line is accepted when its transaction has committed: it is the customer's message then, exactly once, because its
id follows from the key that the form carried.
"""

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
from tickets.domain.incoming import TicketRow, effect_id
from tickets.domain.lifecycle import FINAL, status_after_customer_message
from tickets.domain.public_view import public_message, public_ticket
from tickets.domain.replies import CREATED, MESSAGE_ADDED, event_source, message_row, ticket_event
from tickets.domain.rows import HistoryRow
from tickets.domain.search_terms import words_of
from tickets.domain.service_levels.policies import UPDATE
from tickets.domain.service_levels.state import from_data
from tickets.errors import NotFound
from tickets.handlers.desk_work import DeskDeps, Leaving, until_settled
from ventanilla_contracts.ids import event_id

log = structlog.get_logger()

_SOURCE = "portal.reply.v1"
_MOST_MESSAGES = 200
_UNKNOWN = "no ticket belongs to this link"


@dataclass(frozen=True, slots=True)
class Added:
    """Where a customer's line went: its ticket, which is a new one if the old one was closed."""

    message_id: UUID
    ticket_number: int
    repeated: bool


async def read_status(token: str, reads: DeskReads, deps: DeskDeps) -> dict[str, Any]:
    """The public part of the ticket that a status link shows.

    Raises:
        NotFound: the link is forged, or its ticket is gone.
    """
    number = deps.desk.signer.ticket_of_status_token(token)
    # A forged link costs a look into the database too, so that the time tells nothing.
    row = await reads.ticket(number or 0)
    if number is None or row is None:
        raise NotFound(_UNKNOWN)
    ticket = ticket_row(row)
    messages = await reads.public_messages(number, _MOST_MESSAGES + 1)
    name = deps.desk.names.get(ticket.account) or ticket.account
    shown = messages[-_MOST_MESSAGES:]
    return {
        **public_ticket(ticket, _next_update_by(row["level"])),
        "desk": name,
        "can_reply": True,
        "reply_opens_new": ticket.status == FINAL,
        "older_messages_hidden": len(messages) > len(shown),
        "messages": [public_message(message, name) for message in shown],
    }


def _next_update_by(level: str | None) -> datetime | None:
    """When the customer is to hear next, by the ticket's clocks; a time that is past is no promise any more."""
    if level is None:
        return None
    clock = from_data(orjson.loads(level)).clocks[UPDATE]
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
    number = deps.desk.signer.ticket_of_status_token(token)
    if number is None:
        raise NotFound(_UNKNOWN)
    return await until_settled(lambda: _add(number, text, key, traceparent, deps))


async def _add(number: int, text: str, key: str, traceparent: str | None, deps: DeskDeps) -> Added:
    event = event_id(_SOURCE, f"{number}/{key}")
    id_ = effect_id(event)
    leaving = Leaving(deps, traceparent)
    async with deps.writes.transaction() as transaction:
        before = await _lock(number, transaction)
        if (earlier := await transaction.ticket_of_message(id_)) is not None:
            return Added(id_, earlier, repeated=True)
        now = await transaction.now()
        detail: dict[str, Any] = {"message": str(id_), "channel": "portal"}
        if before.status == FINAL:
            ticket, action, type_ = await _successor(before, transaction), "ticket.created", CREATED
            ticket = replace(ticket, created_at=now, updated_at=now)
            detail["related_to"] = str(number)
        else:
            status = status_after_customer_message(before.status)
            solved_at = before.solved_at if status == before.status else None
            ticket = replace(before, version=before.version + 1, status=status, updated_at=now, solved_at=solved_at)
            action, type_ = "message.added", MESSAGE_ADDED
            if status != before.status:
                detail["status"] = [before.status, status]
            await transaction.save_ticket(ticket)
        language = deps.language_of(text, ticket.language)
        message = message_row(ticket, id_, event, "customer", "portal", text, now, language=language)
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
        await leaving.store(transaction)
    leaving.send()
    log.info(action if type_ == CREATED else "message.appended", ticket=ticket.number, channel="portal")
    return Added(id_, ticket.number, repeated=False)


async def _lock(number: int, transaction: DeskTransaction) -> TicketRow:
    try:
        return await transaction.lock_ticket(number)
    except NotFound as error:
        raise NotFound(_UNKNOWN) from error


async def _successor(closed: TicketRow, transaction: DeskTransaction) -> TicketRow:
    """A new ticket that points at a closed one and starts where that one was routed to."""
    return replace(
        closed,
        number=(await transaction.settling.draw_numbers(1))[0],
        version=1,
        status="new",
        assignee=None,
        channel="portal",
        cause=None,
        resolution=None,
        related_to=closed.number,
        first_response_at=None,
        solved_at=None,
        closed_at=None,
    )
