"""Opens a ticket for a customer who called, came by, or wrote somewhere else: an agent or a client of the API asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import search_row
from tickets.domain.correspondence.acknowledging import acknowledgement, acknowledgement_of
from tickets.domain.correspondence.participants import without_tag
from tickets.domain.correspondence.replies import CREATED, event_source, message_row, ticket_event
from tickets.domain.probing.seen import seen_of
from tickets.domain.probing.tokens import ProbeToken
from tickets.domain.rows import HistoryRow, MessageRow
from tickets.domain.settling.incoming import Contact, TicketRow
from tickets.domain.settling.new_tickets import new_ticket
from tickets.domain.settling.search_terms import words_of
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.working.field_rules import must_be_at_the_desk, must_be_in_force
from tickets.handlers.working.work import (
    Asked,
    DeskDeps,
    Leaving,
    earlier_result,
    finish_key,
    new_message,
    until_settled,
)
from ventanilla_contracts.decisions import Decision
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()

_SOURCE = "api.message.v1"
_AFTERWARDS = timedelta(microseconds=1)
"""An acknowledgement stands behind what it acknowledges, though both are written at one time."""


@dataclass(frozen=True, slots=True)
class ChatOpening:
    """A conversation that the desk has begun in a chat, as its channel names it."""

    channel: str
    account: str
    conversation: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket that is asked for.

    Attributes:
        account: the desk's mailbox that answers; None: its first one.
        fields: of the ticket, where they differ from what an undecided ticket has.
        notify: send the customer an acknowledgement with number and link.
        chat: in which the ticket goes on; None: by mail.
        internal: the text is a note of whoever opens it; the customer has written nothing yet.
    """

    subject: str
    text: str
    requester_address: str
    requester_name: str = ""
    account: str | None = None
    language: str | None = None
    related_to: int | None = None
    fields: Mapping[str, Any] | None = None
    notify: bool = False
    chat: ChatOpening | None = None
    internal: bool = False

    @property
    def channel(self) -> str:
        """By which the ticket is asked for."""
        return self.chat.channel if self.chat else "api"


@dataclass(frozen=True, slots=True)
class Opened:
    """Number of the ticket; `repeated`: the same key had opened it before."""

    number: int
    repeated: bool


async def open_ticket(opening: Opening, asked: Asked, deps: DeskDeps) -> Opened:
    """Open a ticket whose first message is the customer's, or a note; the same key again opens nothing.

    Raises:
        Refused, Invalid, NotFound, KeyReused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; with a key, asking again is safe.
    """
    return await until_settled(lambda: _open(opening, asked, deps))


async def rehearse_opening(opening: Opening, probe: ProbeToken, asked: Asked, deps: DeskDeps) -> bool:
    """Open a ticket for a synthetic probe, look at it, and take it back: nobody ever sees it, and nothing leaves.

    Returns:
        Whether the probe was still to be had.

    Raises:
        Refused, Invalid, DatabaseAway: nothing was written.
    """
    return await until_settled(lambda: _rehearse(opening, probe, asked, deps))


async def _rehearse(opening: Opening, probe: ProbeToken, asked: Asked, deps: DeskDeps) -> bool:
    account, leaving = _account(opening, deps), Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        probes, now = transaction.settling.probes, await transaction.now()
        claimed = await probes.claim(probe, opening.channel, now, event_id(_SOURCE, f"probe/{probe.id}"))
        if claimed is None or claimed.settled:
            return False
        async with probes.taken_back():
            await transaction.settling.hold_documents()
            events = await _write(opening, account, probe.number, asked, leaving, transaction)
            ticket = await probes.written(probe.number)
        await probes.settle(probe.id, seen_of("created", "", ticket, events))
    return True


async def _open(opening: Opening, asked: Asked, deps: DeskDeps) -> Opened:
    account = _account(opening, deps)
    if without_tag(opening.requester_address.lower()) in deps.desk.own:
        raise Invalid("/requester/address", "mail cannot go there: it is the desk's own")
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if (earlier := await earlier_result(asked, transaction)) is not None:
            return Opened(earlier["ticket"], repeated=True)
        await transaction.settling.hold_documents()
        must_be_in_force((opening.fields or {}).get("policy"), transaction)
        await must_be_at_the_desk(opening.fields or {}, transaction.settling.assigning)
        if opening.related_to is not None:
            await _must_exist(opening.related_to, transaction)
        number = (await transaction.settling.draw_numbers(1))[0]
        await _write(opening, account, number, asked, leaving, transaction)
        await finish_key(asked, {"ticket": number}, transaction)
    leaving.send()
    log.info("ticket.created", ticket=number, channel=opening.channel)
    return Opened(number, repeated=False)


async def _write(
    opening: Opening, account: str, number: int, asked: Asked, leaving: Leaving, transaction: DeskTransaction
) -> int:
    """Write the ticket with everything that it causes; returns how many events would leave."""
    deps = leaving.deps
    kind, grade = identity_kind(opening.channel), _grade(opening)
    contact = await transaction.contact(opening.requester_address, opening.requester_name, kind, grade)
    now = await transaction.now()
    ticket, language = _ticket(number, account, opening, contact, deps, now)
    id_, event = new_message(_SOURCE)
    place = opening.chat.conversation if opening.chat else None
    by_desk = {"author_address": account, "author_name": asked.name} if opening.internal else {}
    messages = [
        message_row(
            ticket, id_, event, "note" if opening.internal else "customer", ticket.channel, opening.text, now,
            language=language, rfc_message_id=place, **by_desk,
        )
    ]  # fmt: skip
    detail = {"message": str(id_), "channel": ticket.channel}
    if ticket.related_to:
        detail["related_to"] = str(ticket.related_to)
    history = [HistoryRow(number, now, asked.actor, "ticket.created", detail)]
    if opening.notify and contact.reach.stopped:
        why = "mail to this address comes back"
        history.append(HistoryRow(number, now, "desk", "acknowledgement.withheld", {}, why))
    elif opening.notify:
        messages.append(_acknowledge(ticket, id_, deps, leaving))
        sent = {"message": str(messages[1].id)}
        history.append(HistoryRow(number, now, asked.actor, "acknowledgement.sent", sent))
    words = words_of(f"{opening.subject}\n{opening.text}", language or ticket.language)
    words |= words_of(f"{opening.requester_name} {opening.requester_address}", ticket.language)
    await transaction.save(
        created=[ticket],
        messages=messages,
        history=history,
        search=[search_row(ticket, words)],
        references=[(account, place, number, id_, True)] if place else [],
    )
    await transaction.save_ticket(ticket)
    leaving.add(CREATED, event_source(ticket, id_), ticket_event(CREATED, ticket, id_, now))
    return await leaving.store(transaction)


def _account(opening: Opening, deps: DeskDeps) -> str:
    if opening.chat is not None:
        return opening.chat.account
    mailboxes: Sequence[str] = list(deps.desk.names)
    if opening.account is None:
        if not mailboxes:
            raise Refused("this desk has no mailbox; set TICKETS_MAILBOXES")
        return mailboxes[0]
    account = opening.account.lower()
    if account not in mailboxes:
        raise Invalid("/account", f"must be one of the desk's mailboxes: {', '.join(mailboxes)}")
    return account


async def _must_exist(number: int, transaction: DeskTransaction) -> None:
    try:
        await transaction.lock_ticket(number)
    except NotFound as error:
        raise Invalid("/related_to", f"there is no ticket {number}") from error


def _ticket(
    number: int, account: str, opening: Opening, contact: Contact, deps: DeskDeps, now: datetime
) -> tuple[TicketRow, str | None]:
    """The new ticket, and the language of its text."""
    # A note is in the language of whoever opens the ticket, which says nothing of the customer's.
    said = opening.subject if opening.internal else f"{opening.subject}\n{opening.text}"
    language = opening.language or deps.language_of(said, contact.language)
    ticket = new_ticket(
        number,
        Decision(),
        now,
        subject=opening.subject,
        channel=opening.channel,
        account=account,
        requester_id=contact.id,
        requester_address=opening.requester_address,
        requester_name=opening.requester_name,
        requester_grade=_grade(opening),
        language=deps.desk.spoken(language),
        written_in=language,
        related_to=opening.related_to,
        conversation=opening.chat.conversation if opening.chat else None,
    )
    return replace(ticket, **(opening.fields or {})), language


def _grade(opening: Opening) -> str:
    """How sure it is who asks: whoever was chosen in a chat is who they are there, an address is only said."""
    return "verified" if opening.chat else "claimed"


def _acknowledge(ticket: TicketRow, cause: UUID, deps: DeskDeps, leaving: Leaving) -> MessageRow:
    """The acknowledgement as a message, with its mail among what leaves."""
    message, event = acknowledgement(acknowledgement_of(cause, ticket, ticket.created_at), deps.desk, deps.render)
    leaving.extend([event])
    return replace(message, accepted_at=ticket.created_at + _AFTERWARDS)
