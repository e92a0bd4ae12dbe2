"""Who else takes part in a ticket: people in copy of mails whose sender is proven, and those whom agents add.

A Cc is a wish of the sender's, so it counts for as much as the sender does: of a mail that nobody can vouch for, or
whose sender has no part in the ticket, it adds nobody, and agents see it as a suggestion. Nobody joins with effect for
the past: what was said before somebody was added is not theirs to read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from tickets.domain.settling.incoming import Incoming

IN_COPY, ASIDE = "cc", "aside"
"""Roles besides `requester`. Whoever was asked aside (a supplier, say) may answer and gets no copies, and what they
write is not the requester's to read."""
MOST_COPIED = 20
"""In copy on one ticket; what a mail names beyond that is a suggestion."""
_PROVEN = frozenset({"verified", "plausible"})
# Addresses that machines read. Asking them for nothing is RFC 2142, RFC 3834 and what mail systems call themselves.
_ROLES = frozenset({
    "mailer-daemon", "postmaster", "abuse", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply",
    "do_not_reply", "nobody", "bounce", "bounces", "listserv", "majordomo", "mailman", "sympa", "root", "daemon",
    "devnull", "null", "undisclosed-recipients",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mail address, in lower case."""

    address: str
    name: str = ""

    def as_party(self) -> dict[str, str]:
        """The form that events and answers carry."""
        return {"address": self.address, "name": self.name}


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who belongs to a ticket, from when on and by whose doing."""

    ticket_number: int
    person: Person
    role: str
    added_at: datetime
    added_by: str = ""
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """Whom a mail brings along.

    Attributes:
        joining: take part from this mail on.
        suggested: named without proof, or beyond the limit.
    """

    joining: Sequence[Person] = ()
    suggested: Sequence[Person] = ()


NO_COMPANY = Company()


def company_of(
    message: Incoming, taking_part: Collection[str], own: Collection[str], former: Collection[str] = ()
) -> Company:
    """Whom a message brings along to a ticket.

    Args:
        taking_part: addresses of those who belong to the ticket already.
        own: the desk's mailboxes.
        former: addresses of those whom an agent removed; only an agent brings them back.
    """
    if len(message.named) < 2 or message.automatic or message.automation == "list" or message.channel != "email":
        return NO_COMPANY
    known = {message.sender_address, message.account, *taking_part, *former}
    others = message.named - known
    if not others or all(without_tag(address) in known or without_tag(address) in own for address in others):
        return NO_COMPANY
    people = [
        person
        for person in _named(message.addressed)
        if person.address in others and can_be_copied(person.address, {message.account, *own})
    ]
    if not people:
        return NO_COMPANY
    if message.grade not in _PROVEN or message.sender_address not in taking_part:
        return Company(suggested=people[:MOST_COPIED])
    room = max(0, MOST_COPIED + 1 - len(taking_part))  # one of them asked
    return Company(people[:room], people[room : room + MOST_COPIED])


def can_be_copied(address: str, own: Collection[str]) -> bool:
    """Whether an address may be that of a person: none of the desk's own, none that a machine reads."""
    box, at, domain = address.rpartition("@")
    return bool(at and box and domain) and without_tag(address) not in own and box.partition("+")[0] not in _ROLES


def without_tag(address: str) -> str:
    """The mailbox behind an address with a plus part: `box+t.token@domain` → `box@domain`."""
    if "+" not in address:
        return address
    box, _, domain = address.rpartition("@")
    return f"{box.partition('+')[0]}@{domain}"


def each_once(people: Iterable[Person]) -> list[Person]:
    """People in their order, each address once."""
    found: dict[str, Person] = {}
    for person in people:
        found.setdefault(person.address, person)
    return list(found.values())


def joined_by(ticket_number: int, people: Iterable[Person], at: datetime, actor: str) -> list[Participant]:
    """People as participants in copy."""
    return [Participant(ticket_number, person, IN_COPY, at, actor) for person in people]


def with_suggestions(message: Incoming, people: Sequence[Person]) -> Incoming:
    """The message, whose findings name those whom it suggests."""
    if not people:
        return message
    findings: dict[str, Any] = orjson.loads(message.findings) if message.findings else {}
    findings["suggested_cc"] = [person.as_party() for person in people]
    return replace(message, findings=orjson.dumps(findings).decode())


def _named(addressed: str) -> list[Person]:
    """To and Cc of a message, each once, in their order."""
    found: Mapping[str, Sequence[Mapping[str, str]]] = orjson.loads(addressed)
    parties = (*found.get("to", ()), *found.get("cc", ()))
    return each_once(Person(one["address"], one.get("name", "")) for one in parties)
