"""Somebody else asks in a ticket from now on: who may, and what they may read. Pure.

Whoever comes later never reads what was said before, so links to the status page from before lead nowhere any more, and
the new one's page begins with them. A thread in a channel is read by everybody there, from its beginning and whoever
asks. Direct messages belong to one person: answers there would go on to whoever asked, so nobody else can ask in them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tickets.domain.correspondence.participants import ASIDE, MOST_COPIED, can_be_copied
from tickets.domain.correspondence.ways import CHATS, MAIL, is_direct
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, OnePersonsOwn, Refused
from ventanilla_contracts.words import identity_kind

CHANGED: Final = "requester.changed"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks from now on.

    Attributes:
        reason: why, for the desk's people.
        drop: whoever asked until now gets nothing any more; else they stay in copy.
        vouched: the service of the ticket's chat names them, and has asked the chat who they are.
    """

    address: str
    name: str
    reason: str
    drop: bool = False
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands who is to ask, and what speaks against anybody.

    Attributes:
        copied: how many people are in copy of the ticket.
        role: in which part they take part already, or did.
        known_as: their name, if they have proven to the desk that they are there; None: they have not.
        merged: tickets that were merged into this one.
    """

    copied: int = 0
    role: str | None = None
    known_as: str | None = None
    merged: Sequence[int] = ()


def must_ask(ticket: TicketRow, wish: Wish, own: Collection[str], standing: Standing) -> None:
    """Let only somebody ask who can be answered on the way on which the ticket goes.

    Args:
        own: the desk's mailboxes.

    Raises:
        OnePersonsOwn: nobody else can ask in it, whoever it is.
        Refused, Invalid: says why not, and what can be done instead.
    """
    must_be_its_own(ticket)
    if ticket.status == FINAL:
        raise Refused(f"ticket {ticket.number} is closed; open a new one for whoever asks now")
    if is_direct(ticket):
        raise OnePersonsOwn(
            f"ticket {ticket.number} goes on in direct messages, which belong to one person: answers would still go to"
            " whoever asked; open a new ticket for whoever asks now, and link the two"
        )
    if wish.address == ticket.requester_address:
        raise Invalid("/address", "is whoever asks already")
    kind = identity_kind(ticket.channel)
    if kind == MAIL and not can_be_copied(wish.address, {*own, ticket.account}):
        raise Invalid("/address", "mail cannot go there: it is no mail address, the desk's own, or a machine's")
    if kind in CHATS and "@" in wish.address:
        raise Invalid("/address", f"this ticket goes on in {kind}; name somebody as {kind} does, such as T0123/U0456")
    if kind in CHATS:
        _must_be_there(ticket, wish, standing)
    if kind not in (MAIL, *CHATS):
        raise Refused(f"this ticket goes on in {kind}, where nobody else can be answered; open a new one")
    if standing.role == ASIDE:
        raise Refused("they were written to aside: what they wrote would become the requester's to read")
    stays = not wish.drop and standing.role != "cc"  # who was in copy makes room for whoever asked
    if stays and standing.copied >= MOST_COPIED:
        raise Refused(f'{MOST_COPIED} people are in copy already; remove one first, or send "drop": true')


def _must_be_there(ticket: TicketRow, wish: Wish, standing: Standing) -> None:
    """Of a chat: whoever asks must read what is said in it, and be somebody of whom that is known."""
    number, kind = ticket.number, identity_kind(ticket.channel)
    if standing.merged:  # what is written there would come here, and no answer would go back
        raise Refused(
            f"ticket {standing.merged[0]} was merged into {number} and goes on in a conversation of whoever asks now;"
            " un-merge it first"
        )
    if not wish.vouched and standing.known_as is None:
        raise Invalid(
            "/address",
            f"nobody of this name has written to the desk in {kind}: let them write first, or change it from {kind}",
        )
    if wish.drop:
        raise Invalid("/drop", f"whoever asked reads the thread in {kind} as before; remove them from the channel")


def asked_by(ticket: TicketRow, wish: Wish, contact_id: int, name: str, since: datetime, now: datetime) -> TicketRow:
    """The ticket, in which somebody else asks.

    Args:
        name: as the desk knows them.
        since: from when on they may read.
    """
    values: dict[str, Any] = {
        "requester_id": contact_id,
        "requester_address": wish.address,
        "requester_name": name,
        # Of a chat it was found out who they are there; a mail address is only said.
        "requester_grade": "verified" if identity_kind(ticket.channel) in CHATS else "claimed",
        "requester_since": since,
        "page_epoch": ticket.page_epoch + 1,
    }
    return replace(ticket, version=ticket.version + 1, updated_at=max(ticket.updated_at, now), **values)
