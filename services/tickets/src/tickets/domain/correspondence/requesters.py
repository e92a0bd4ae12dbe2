"""Somebody else asks in a ticket from now on: who may, and what they may read. Pure.

Whoever comes later never reads what was said before, so links to the status page from before lead nowhere any more, and
the new one's page begins with them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tickets.domain.correspondence.participants import ASIDE, MOST_COPIED, can_be_copied
from tickets.domain.correspondence.ways import CHATS, MAIL, kind_of
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, Refused

CHANGED: Final = "requester.changed"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks from now on.

    Attributes:
        reason: why, for the desk's people.
        drop: whoever asked until now gets nothing any more; else they stay in copy.
    """

    address: str
    name: str
    reason: str
    drop: bool = False


def must_ask(ticket: TicketRow, wish: Wish, own: Collection[str], copied: int, role: str | None) -> None:
    """Let only somebody ask who can be answered on the way on which the ticket goes.

    Args:
        own: the desk's mailboxes.
        copied: how many people are in copy.
        role: in which part they take part already, or did.

    Raises:
        Refused, Invalid: says why not, and what can be done instead.
    """
    must_be_its_own(ticket)
    if ticket.status == FINAL:
        raise Refused(f"ticket {ticket.number} is closed; open a new one for whoever asks now")
    if wish.address == ticket.requester_address:
        raise Invalid("/address", "is whoever asks already")
    kind = kind_of(ticket.channel)
    if kind == MAIL and not can_be_copied(wish.address, {*own, ticket.account}):
        raise Invalid("/address", "mail cannot go there: it is no mail address, the desk's own, or a machine's")
    if kind in CHATS and "@" in wish.address:
        raise Invalid("/address", f"this ticket goes on in {kind}; name somebody as {kind} does, such as T0123/U0456")
    if kind not in (MAIL, *CHATS):
        raise Refused(f"this ticket goes on in {kind}, where nobody else can be answered; open a new one")
    if role == ASIDE:
        raise Refused("they were written to aside: what they wrote would become the requester's to read")
    stays = not wish.drop and role != "cc"  # who was in copy makes room for whoever asked
    if stays and copied >= MOST_COPIED:
        raise Refused(f'{MOST_COPIED} people are in copy already; remove one first, or send "drop": true')


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
        "requester_grade": "claimed",
        "requester_since": since,
        "page_epoch": ticket.page_epoch + 1,
    }
    return replace(ticket, version=ticket.version + 1, updated_at=max(ticket.updated_at, now), **values)
