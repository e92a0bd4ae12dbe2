"""Who gets an agent's reply: by default the requester, with everybody in copy who takes part in the ticket."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tickets.domain.correspondence.fallback import Way
from tickets.domain.correspondence.participants import IN_COPY, MOST_COPIED, Participant, Person, can_be_copied
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom an agent named; None: as usual."""

    to: Sequence[Person] | None = None
    cc: Sequence[Person] | None = None
    bcc: Sequence[Person] = ()


AS_USUAL = Wanted()


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets a mail, each address once.

    Attributes:
        to: at least one; the first is the addressee whose refusal fails the mail.
        newcomers: named openly by the agent, and no part of the ticket so far.
        since: from when on all of them may read what was said; None: one of them may read nothing of it.
        aside: the requester does not get it.
        left_out: addresses in copy on the ticket that mail does not reach.
        way: another way to the requester, whose own takes nothing: it goes there in place of their address.
    """

    to: Sequence[Person]
    cc: Sequence[Person]
    bcc: Sequence[Person]
    newcomers: Sequence[Person]
    since: datetime | None
    aside: bool
    left_out: Sequence[str] = ()
    way: Way | None = None

    def without(self, addresses: Collection[str]) -> "Recipients":
        """The same without some of those in copy."""
        if not addresses:
            return self
        kept = [person for person in self.cc if person.address not in addresses]
        return replace(self, cc=kept, left_out=tuple(sorted(addresses)))

    @property
    def everybody(self) -> list[Person]:
        """All of them."""
        return [*self.to, *self.cc, *self.bcc]

    @property
    def alone(self) -> bool:
        """Only the addressee gets it."""
        return len(self.to) == 1 and not self.cc and not self.bcc

    def addressed(self) -> dict[str, Any]:
        """As the message keeps it."""
        found: dict[str, Any] = {
            role: [person.as_party() for person in people] for role, people in (("to", self.to), ("cc", self.cc))
        }
        if self.bcc:
            found["bcc"] = [person.as_party() for person in self.bcc]
        if self.aside:
            found["aside"] = True
        return found


def recipients_of(
    ticket: TicketRow, participants: Sequence[Participant], wanted: Wanted, own: Collection[str]
) -> Recipients:
    """Who gets a reply.

    Args:
        participants: of the ticket, also those who were removed.
        own: the desk's mailboxes.

    Raises:
        Refused: there is nobody to answer to.
        Invalid: somebody is named who cannot get it.
    """
    here = {one.person.address: one for one in participants if one.left_at is None}
    requester = Person(ticket.requester_address, ticket.requester_name)
    if wanted.to is None and "@" not in requester.address:
        raise Refused("this ticket has no mail address to answer to; name one in `to`, or write an internal note")
    _check(wanted, {*own, ticket.account})
    taken: set[str] = set()
    to = _fresh([_known(person, here) for person in wanted.to] if wanted.to is not None else [requester], taken)
    in_copy = [one.person for one in here.values() if one.role == IN_COPY and "@" in one.person.address]
    cc = _fresh(in_copy if wanted.cc is None else [_known(person, here) for person in wanted.cc], taken)
    bcc = _fresh(wanted.bcc, taken)
    open_ones = [*to, *cc]
    newcomers = [one for one in open_ones if one.address not in here and one.address != requester.address]
    if len(in_copy) + len(newcomers) > MOST_COPIED:
        raise Invalid("/cc", f"more than {MOST_COPIED} people would be in copy on this ticket")
    everybody = {person.address for person in (*open_ones, *bcc)}
    return Recipients(to, cc, bcc, newcomers, _since(everybody, here, ticket), requester.address not in everybody)


def conversation_of(ticket: TicketRow, wanted: Wanted) -> Recipients:
    """Whoever is in the conversation of a ticket that goes on in a chat.

    Raises:
        Refused: others are named, whom a chat message cannot go to.
    """
    if wanted.to is not None or wanted.cc or wanted.bcc:
        raise Refused(f"this ticket goes on in {ticket.channel}; an answer there goes to nobody by mail")
    return Recipients(
        [Person(ticket.requester_address, ticket.requester_name)], [], [], [], ticket.created_at, aside=False
    )


def party_fields(recipients: Recipients) -> dict[str, Any]:
    """The recipients as the fields of `NotificationRequested`."""
    fields: dict[str, Any] = {"to": recipients.to[0].as_party()}
    for name, people in (("also_to", recipients.to[1:]), ("cc", recipients.cc), ("bcc", recipients.bcc)):
        if people:
            fields[name] = [person.as_party() for person in people]
    return fields


def _check(wanted: Wanted, own: Collection[str]) -> None:
    for name, people in (("to", wanted.to or ()), ("cc", wanted.cc or ()), ("bcc", wanted.bcc)):
        for position, person in enumerate(people):
            if not can_be_copied(person.address, own):
                raise Invalid(f"/{name}/{position}", "this is no person's address: the desk's own, or a machine's")


def _known(person: Person, here: Mapping[str, Participant]) -> Person:
    """The person with the name that the ticket knows, where the agent gave none."""
    there = here.get(person.address)
    return there.person if there and not person.name else person


def _fresh(people: Sequence[Person], taken: set[str]) -> list[Person]:
    found = []
    for person in people:
        if person.address not in taken:
            taken.add(person.address)
            found.append(person)
    return found


def _since(everybody: Collection[str], here: Mapping[str, Participant], ticket: TicketRow) -> datetime | None:
    since = max(ticket.created_at, ticket.requester_since or ticket.created_at)
    for address in everybody:
        if address == ticket.requester_address:
            continue
        if address not in here:
            return None
        since = max(since, here[address].added_at)
    return since
