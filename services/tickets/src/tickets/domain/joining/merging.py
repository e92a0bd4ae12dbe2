"""Two tickets about one matter go on as one: what stands against it, who hears what from then on, and the way back.

The merged ticket is closed and keeps its history and its messages; what belongs to it is appended to the other one from
then on, and is remembered as its own. There are no chains: the other one is a ticket of its own. Merging joins two
conversations, so where two people asked somebody must say that both may hear what is said to the other; what was said
before is nobody else's to read even then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from tickets.domain.changes import FieldChange, change
from tickets.domain.correspondence.participants import (
    ASIDE,
    IN_COPY,
    MOST_COPIED,
    Participant,
    Person,
    can_be_copied,
    each_once,
)
from tickets.domain.correspondence.ways import only_customer_reads, same_place, way_to
from tickets.domain.lifecycle import FINAL, status_after_customer_message
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Refused

MERGED, UNMERGED = "ticket.merged", "ticket.unmerged"
"""In the history of the merged ticket: clocks see these."""
MERGED_IN, MERGED_OUT = "ticket.merged_in", "ticket.merged_out"
"""In that of the other one; clocks see the first."""
MOST_MERGED: Final = 50
"""Into one ticket."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a ticket.

    Attributes:
        reason: why, for the desk's people; customers never read it.
        tell_customer: tell those who asked.
        share: the people of both tickets may hear what is said from now on.
    """

    into: int
    reason: str
    tell_customer: bool = True
    share: bool = False


@dataclass(frozen=True, slots=True)
class Joining:
    """Who hears from the other ticket from now on, and who of the merged one does not."""

    people: Sequence[Person] = ()
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A merging as it is remembered, with what un-merging puts back.

    Attributes:
        status: of the ticket before it was merged.
        joined: address → since when, of who takes part in the other one only because of this.
        followers: handles of agents who follow the other one only because of this.
        told: tickets whose requesters were told.
    """

    id: int
    ticket_number: int
    into: int
    at: datetime
    shared: bool
    status: str
    solved_at: datetime | None = None
    snoozed_until: datetime | None = None
    joined: Mapping[str, str] = field(default_factory=dict)
    followers: Sequence[str] = ()
    told: Sequence[int] = ()


def must_be_its_own(ticket: TicketRow) -> None:
    """Let nobody work on a merged ticket, where nobody would look for it.

    Raises:
        Refused: it was merged; names the one in which it goes on.
    """
    if ticket.merged_into is not None:
        raise Refused(f"ticket {ticket.number} was merged into {ticket.merged_into}; work on that one")


def must_fit(ticket: TicketRow, into: TicketRow, merged: Sequence[int], merged_there: Sequence[int]) -> None:
    """Let a ticket go into another one only if that one is there for what comes.

    Args:
        merged: tickets that were merged into this one.
        merged_there: into the other one.

    Raises:
        Refused: says why not, and what can be done instead.
    """
    here, there = ticket.number, into.number
    if ticket.merged_into is not None:
        raise Refused(f"ticket {here} was merged into {ticket.merged_into} already; un-merge it first: POST …/unmerge")
    if into.merged_into == here:
        raise Refused(f"ticket {there} was merged into {here} already: they are one")
    if into.merged_into is not None:
        raise Refused(f"ticket {there} was merged into {into.merged_into}; name that one")
    if ticket.status == FINAL:
        raise Refused(f"ticket {here} is closed: nothing of it goes on; what its customer writes opens a new one")
    if into.status == FINAL:
        raise Refused(f"ticket {there} is closed and takes no messages; name one that is not")
    if merged:
        numbers = ", ".join(map(str, merged[:5]))
        raise Refused(f"into ticket {here} others were merged ({numbers}); merge {there} into {here}, or un-merge them")
    if len(merged_there) >= MOST_MERGED:
        raise Refused(f"{MOST_MERGED} tickets were merged into {there}; that is the most, name another")


def one_requester(ticket: TicketRow, into: TicketRow) -> bool:
    """Whether the same person asked in both."""
    return ticket.requester_id == into.requester_id


def must_reach(ticket: TicketRow, into: TicketRow) -> None:
    """Let nobody be merged away from the only way on which they can be answered. Different mailboxes are no obstacle:
    answers then come from the other one, and what customers send to either is found by its proof.

    Raises:
        Refused: answers would not reach whoever asked.
    """
    apart = not one_requester(ticket, into)
    if ("@" in ticket.account and "@" not in into.account) or (way_to(ticket) is not None and way_to(into) is None):
        where = f"ticket {into.number} has no mailbox to answer from, so the answers would not reach whoever wrote"
        if apart and "@" not in into.requester_address:
            raise Refused(
                f"{where} {ticket.number}, and nothing of {ticket.number} would reach whoever asked in {into.number};"
                " link the two instead and answer in both"
            )
        raise Refused(f"{where} {ticket.number}; merge {into.number} into {ticket.number}")
    if apart and "@" not in ticket.requester_address:
        raise Refused(
            f"whoever asked in {ticket.number} has no mail address, so what is said in {into.number} would not"
            " reach them; link the two instead and answer in both"
        )


def joining(
    ticket: TicketRow,
    into: TicketRow,
    here: Sequence[Participant],
    there: Sequence[Participant],
    own: Collection[str],
    *,
    share: bool,
) -> Joining:
    """Who of a merged ticket takes part in the other one from now on.

    Where one person asked in both and nobody said `share`, only they go on: whom they had in copy of the one matter
    they have not let into the other.

    Args:
        here: participants of the merged ticket, also those who left.
        there: of the other one.
        own: the desk's mailboxes.

    Raises:
        Refused: two people asked and nobody said that both may hear; or one of them cannot join.
    """
    same = one_requester(ticket, into)
    if not same and not share:
        raise Refused(
            f"{ticket.requester_address} asked in {ticket.number} and {into.requester_address} in {into.number}: both"
            ' would hear what is said from now on; send "share": true if they may'
        )
    present = {one.person.address: one for one in there if one.left_at is None}
    former = {one.person.address for one in there if one.left_at is not None}
    copied = [one.person for one in here if one.role == IN_COPY and one.left_at is None]
    if not share:
        return Joining((), _addresses(copied, present))
    asked = [] if same else [Person(ticket.requester_address, ticket.requester_name)]
    _must_be_welcome(asked, into, present, former)
    wanted = [one for one in each_once([*asked, *copied]) if one.address not in present]
    people = [one for one in wanted if one.address not in former and can_be_copied(one.address, {*own, into.account})]
    if sum(one.role == IN_COPY for one in present.values()) + len(people) > MOST_COPIED:
        raise Refused(f"more than {MOST_COPIED} people would be in copy of {into.number}; take some out first")
    return Joining(people, _addresses(wanted, {one.address for one in people}))


def must_rekey(ticket: TicketRow, other: TicketRow) -> bool:
    """Whether a ticket's page needs another address when it is merged with this one.

    Others read what is said in its conversation, so they may have read the address there; and its page shows, or leads
    to, what is said in another conversation from now on.
    """
    return not only_customer_reads(ticket) and not same_place(ticket, other)


def merged(ticket: TicketRow, into: int, now: datetime) -> tuple[TicketRow, list[FieldChange]]:
    """The ticket as it is once it goes on in another one, and what of it that changed."""
    after, changes = change(ticket, {"status": FINAL}, now)
    return replace(after, merged_into=into), [*changes, FieldChange("merged_into", None, into)]


def with_merged(
    ticket: TicketRow, before: Sequence[int], after: Sequence[int], now: datetime, *, waits: bool = False
) -> tuple[TicketRow, list[FieldChange]]:
    """The ticket into which others are merged, and what of it changed.

    Args:
        waits: somebody waits for an answer in what came, which wakes this one as a message would.
    """
    status = status_after_customer_message(ticket.status) if waits else ticket.status
    woken, changes = change(ticket, {"status": status}, now)
    changes.append(FieldChange("merged", list(before), list(after)))
    return replace(woken, version=ticket.version + 1, updated_at=now), changes


def unmerged(
    ticket: TicketRow, standing: Standing, now: datetime, *, waits: bool
) -> tuple[TicketRow, list[FieldChange]]:
    """The ticket as it is by itself again, and what of it changed.

    Args:
        waits: its customer wrote meanwhile and nobody has answered: that wakes it.
    """
    status = status_after_customer_message(standing.status) if waits else standing.status
    changes = [
        FieldChange("status", ticket.status, status),
        FieldChange("merged_into", ticket.merged_into, None),
    ]
    after = replace(
        ticket,
        version=ticket.version + 1,
        status=status,
        updated_at=now,
        solved_at=standing.solved_at if status == standing.status else None,
        closed_at=None,
        merged_into=None,
    )
    return after, changes


def _must_be_welcome(
    asked: Sequence[Person], into: TicketRow, present: Mapping[str, Participant], former: Collection[str]
) -> None:
    for person in asked:
        known = present.get(person.address)
        if known is not None and known.role == ASIDE:
            raise Refused(
                f"{person.address} was written to aside in {into.number}: what they wrote is not the others' to read"
            )
        if person.address in former:
            raise Refused(f"{person.address} was taken out of {into.number}; add them there first if they may hear")


def _addresses(people: Sequence[Person], known: Collection[str]) -> list[str]:
    return sorted(person.address for person in people if person.address not in known)
