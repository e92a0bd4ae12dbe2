"""Messages that are about something else become a ticket of their own. Pure.

It is as if their author had asked separately: the ticket is theirs, and its clocks start when the first of the messages
was accepted. There is no way back but merging the two.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Team
from tickets.errors import Invalid, Refused

SPLIT, SPLIT_OFF = "ticket.split", "ticket.split_off"
"""In the history of the ticket that the messages leave; in that of the new one."""
MOST_MESSAGES: Final = 100
_LONGEST_SUBJECT: Final = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be a ticket of its own.

    Attributes:
        subject: of the new ticket; None: the first message's, or the old ticket's.
        team: that gets it; None: the old ticket's.
    """

    messages: Sequence[UUID]
    reason: str
    subject: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Leaver:
    """A message that leaves its ticket.

    Attributes:
        words: what is newly written, cut.
        grade: how sure its author's identity was; empty: it is not known any more.
    """

    id: UUID
    kind: str
    channel: str
    account: str
    author_address: str
    author_name: str
    subject: str
    words: str
    language: str | None
    accepted_at: datetime
    came_by: int | None
    deleted: bool
    grade: str


def must_split(ticket: TicketRow, wanted: Sequence[UUID], found: Sequence[Leaver], left_behind: int) -> None:
    """Let messages leave only where both tickets make sense afterwards.

    Args:
        found: those of the wanted messages that are the ticket's.
        left_behind: how many messages of customers stay.

    Raises:
        Refused, Invalid: says why not, and what can be done instead.
    """
    must_be_its_own(ticket)
    if ticket.status == FINAL:
        raise Refused(f"ticket {ticket.number} is closed; open a new one that points at it")
    known = {one.id: one for one in found}
    for position, id_ in enumerate(wanted):
        if id_ not in known:
            raise Invalid(f"/messages/{position}", f"{id_} is no message of ticket {ticket.number}")
        if reason := _why_stays(known[id_]):
            raise Invalid(f"/messages/{position}", reason)
    if len({(one.channel, one.author_address) for one in found}) > 1:
        raise Refused("these messages are of several people; split off those of one at a time")
    if not left_behind:
        raise Refused(f"nothing its customer wrote would be left in ticket {ticket.number}; change its subject instead")


def split_off(
    ticket: TicketRow,
    number: int,
    leavers: Sequence[Leaver],
    wish: Wish,
    contact_id: int,
    team: Team | None,
    chats: Collection[str],
) -> TicketRow:
    """The ticket that messages become.

    Args:
        leavers: in their order.
        team: that gets it, if it is another one.
        chats: channels that hold conversations: the new ticket goes on in the one in which the messages stand.
    """
    first, last = leavers[0], leavers[-1]
    same = first.author_address == ticket.requester_address
    stays = team is None or team.name == ticket.team
    return TicketRow(
        number=number,
        version=1,
        subject=(wish.subject or first.subject or ticket.subject)[:_LONGEST_SUBJECT],
        type=ticket.type,
        category=ticket.category,
        status="new",
        impact=ticket.impact,
        urgency=ticket.urgency,
        priority=ticket.priority,
        tier=ticket.tier if team is None else team.tier,
        team=ticket.team if team is None else team.name,
        assignee=ticket.assignee if stays else None,
        channel=first.channel,
        account=first.account,
        requester_id=contact_id,
        requester_address=first.author_address,
        requester_name=first.author_name,
        requester_grade=first.grade or (ticket.requester_grade if same else "claimed"),
        language=ticket.language,
        tags=(),
        policy=ticket.policy,
        cause=None,
        resolution=None,
        related_to=ticket.number,
        created_at=first.accepted_at,
        updated_at=last.accepted_at,
        participants=frozenset({first.author_address}),
        conversation=ticket.conversation if first.channel == ticket.channel and first.channel in chats else None,
    )


def opening_lines(ticket: TicketRow, leavers: Sequence[Leaver], old: int) -> list[HistoryRow]:
    """What happened in the new ticket, as its clocks count it: its author wrote, and wrote again."""
    # Who asks has opened nothing: they wrote there, and an agent made a ticket of it. `split_from` lets readers say so.
    detail: dict[str, Any] = {"channel": leavers[0].channel, "related_to": str(old), "split_from": str(old)}
    lines = [
        HistoryRow(
            ticket.number,
            one.accepted_at,
            "customer",
            "message.added",
            {"message": str(one.id), "channel": one.channel},
        )
        for one in leavers[1:]
    ]
    opened = {"message": str(leavers[0].id), **detail}
    return [HistoryRow(ticket.number, leavers[0].accepted_at, "customer", "ticket.created", opened), *lines]


def _why_stays(message: Leaver) -> str | None:
    if message.deleted:
        return "was deleted by whoever wrote it"
    if message.kind != "customer":
        return f"is no customer's message but of kind {message.kind}; only what customers wrote can be split off"
    if message.came_by is not None:
        return f"came by ticket {message.came_by}, which was merged; un-merge that instead"
    return None
