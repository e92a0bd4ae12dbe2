"""Which ticket a message belongs to, decided on proof, strongest first.

1. the signed token of the plus-address: whoever has it may append, and nothing else;
2. a reference to a mail of ours (its Message-ID carries an HMAC), from a participant;
3. a reference to a customer's mail, where sender and account match a participant and DMARC did not fail; in a chat the
   conversation in which a message stands, as the provider says, from anybody who can write there;
4. the subject tag `[#4711]`, from a participant, and DMARC did not fail;
5. a late original: an id that a reply mentioned before the original arrived, if its sender was From, To or Cc of that
   reply; in a chat the first message of the conversation in which that reply stands;
6. an id that both this message and one of the ticket mention, from a participant; DMARC did not fail. Two telephone
   numbers are one conversation for ever: what is texted there belongs to its newest ticket that is not closed.

A message that `opens` (a call) joins nothing by its conversation: that says who talks, and not what about.

A bounce comes back to the signed return path, which proves its ticket like a reply token, or names the Message-ID of
our mail, which proves as much; a closed ticket takes it too. Anything less opens a ticket of its own; if it pointed at
a ticket without proof, the new one points there too, where agents see it and the stranger does not. An equal Message-ID
is never a reply reference.

What proves to belong to a merged ticket belongs to the one in which that goes on, whose participants count for both.
Only what became of a mail of the merged one stays with it: that is known of that mail alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tickets.domain.lifecycle import FINAL
from tickets.domain.tokens import OwnMail, Signer

_SUBJECT_TAG = re.compile(r"\[#(\d{1,12})\]")
_MOST_TAGS = 3
BOUNCE_PROOFS = frozenset({"bounce_token", "bounced_message_id"})
BY_SIGNATURE = BOUNCE_PROOFS | {"reply_token"}
"""Proofs that hold whoever wrote."""


@dataclass(frozen=True, slots=True)
class KnownReference:
    """A ticket that knows an id.

    Attributes:
        own: the id is that of a message of the ticket; otherwise a message of the ticket only mentions it.
        named: addresses that the mentioning message named as From, To or Cc (for ids that are only mentioned).
    """

    ticket_number: int
    own: bool
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a message says about where it belongs."""

    sender: str
    account: str
    message_id: str | None
    replies_to: Sequence[str]
    """In-Reply-To first, then References from the newest to the oldest, without repeats."""
    reply_token: str | None
    bounce_token: str | None
    subject: str
    dmarc_failed: bool
    bounced_message_id: str | None = None
    """Of a bounce or report: the id of the mail that it is about."""
    is_report: bool = False
    """A bounce, or a report of delay or delivery."""
    conversation: str | None = None
    """Of a chat message: the id of the first message of the conversation in which it stands."""
    opens: bool = False
    """It joins nothing by its conversation; if it begins a ticket, what comes there after it belongs to that."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The answer: the ticket to append to, or None; and the ticket to point at, if one was named without proof.

    Attributes:
        came_by: the merged ticket that was proven, where `ticket_number` is the one in which it goes on.
    """

    ticket_number: int | None
    related_to: int | None
    proof: str
    came_by: int | None = None


@dataclass(frozen=True, slots=True)
class ThreadTicket:
    """What of a ticket matters here.

    Attributes:
        requester: address of whoever asks in it.
        conversation: where it is talked about with them in a chat; None: nowhere, or nobody noted it.
    """

    number: int
    status: str
    account: str
    participants: frozenset[str]
    merged_into: int | None = None
    requester: str = ""
    conversation: str | None = None


class BatchThreads(Mapping[int, ThreadTicket]):
    """Every ticket that messages of a batch can lead to, with those that the batch opens: they have negative numbers
    until they are drawn. One that vanished and comes home is found by the number that it had, too.
    """

    def __init__(self, tickets: Iterable[ThreadTicket]) -> None:
        self._tickets = {ticket.number: ticket for ticket in tickets}
        self._opened_as: dict[int, int] = {}

    def __getitem__(self, number: int) -> ThreadTicket:
        return self._tickets[self._opened_as.get(number, number)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._tickets)

    def __len__(self) -> int:
        return len(self._tickets)

    def next_number(self) -> int:
        """For a ticket that the batch opens."""
        return -1 - len(self._tickets)

    def keep(self, ticket: ThreadTicket) -> None:
        """As it is from now on."""
        self._tickets[ticket.number] = ticket

    def comes_home(self, number: int, opened_as: int) -> None:
        """A ticket of the batch is the one that had this number: answers to it name that."""
        self._opened_as[number] = opened_as


def named_tickets(claim: Claim, signer: Signer) -> list[int]:
    """Numbers of tickets that a message names by itself: by token, by our ids, by subject tag."""
    numbers = []
    if claim.reply_token and (number := signer.ticket_of_reply_token(claim.reply_token)):
        numbers.append(number)
    if claim.bounce_token and (number := signer.ticket_of_bounce_token(claim.bounce_token)):
        numbers.append(number)
    if claim.bounced_message_id and (number := signer.ticket_of_message_id(claim.bounced_message_id)):
        numbers.append(number)
    numbers += [number for id_ in claim.replies_to if (number := signer.ticket_of_message_id(id_))]
    numbers += _tags(claim.subject)
    return list(dict.fromkeys(numbers))


def bounced_mail(claim: Claim, signer: Signer) -> OwnMail | None:
    """The mail of ours that a message is about, if it proves that; the one whose very message it names, if any does."""
    mails = []
    if claim.bounce_token and (mail := signer.mail_of_bounce_token(claim.bounce_token)):
        mails.append(mail)
    if claim.bounced_message_id and (mail := signer.mail_of_message_id(claim.bounced_message_id)):
        mails.append(mail)
    return next((mail for mail in mails if mail.nonce), mails[0] if mails else None)


def find_thread(
    claim: Claim,
    signer: Signer,
    tickets: Mapping[int, ThreadTicket],
    references: Mapping[str, Sequence[KnownReference]],
) -> Thread:
    """Decide where a message belongs.

    Args:
        tickets: every ticket that the message can lead to and that exists, with those in which merged ones go on.
        references: id → tickets that know it, oldest first.
    """
    hint: int | None = None
    for number, proven, proof in _candidates(claim, signer, tickets, references):
        ticket = tickets.get(number)
        if ticket is None:
            continue
        if proven and claim.is_report and proof in BOUNCE_PROOFS:
            return Thread(ticket.number, None, proof)
        here = _where_it_goes_on(ticket, tickets)
        if proven and here.status != FINAL:
            return Thread(here.number, None, proof, None if here is ticket else number)
        hint = hint or (here.number if proven else number)
    return Thread(None, hint, "")


def _where_it_goes_on(ticket: ThreadTicket, tickets: Mapping[int, ThreadTicket]) -> ThreadTicket:
    """The ticket that takes what belongs to another: itself, unless it was merged into one that still exists."""
    return ticket if ticket.merged_into is None else tickets.get(ticket.merged_into, ticket)


def _candidates(
    claim: Claim,
    signer: Signer,
    tickets: Mapping[int, ThreadTicket],
    references: Mapping[str, Sequence[KnownReference]],
) -> Iterable[tuple[int, bool, str]]:
    """Tickets in the order of the strength of their proof, each with whether it is proven."""

    def takes_part(number: int) -> bool:
        ticket = tickets.get(number)
        if ticket is None:
            return False
        return claim.sender in ticket.participants or claim.sender in _where_it_goes_on(ticket, tickets).participants

    def of_account(number: int) -> bool:
        ticket = tickets.get(number)
        return ticket is not None and ticket.account == claim.account

    if claim.reply_token and (number := signer.ticket_of_reply_token(claim.reply_token)):
        yield number, True, "reply_token"
    if claim.bounce_token and (number := signer.ticket_of_bounce_token(claim.bounce_token)):
        yield number, True, "bounce_token"
    if claim.bounced_message_id and (number := signer.ticket_of_message_id(claim.bounced_message_id)):
        yield number, True, "bounced_message_id"
    for id_ in claim.replies_to:
        if number := signer.ticket_of_message_id(id_):
            yield number, takes_part(number), "our_message_id"
    mentions = [id_ for id_ in claim.replies_to if not (claim.opens and id_ == claim.conversation)]
    for id_ in mentions:
        for known in references.get(id_, ()):
            if not known.own:
                continue
            if id_ == claim.conversation:
                yield known.ticket_number, of_account(known.ticket_number), "conversation"
            joins = of_account(known.ticket_number) and takes_part(known.ticket_number) and not claim.dmarc_failed
            yield known.ticket_number, joins, "customer_message_id"
    for number in _tags(claim.subject):
        yield number, takes_part(number) and not claim.dmarc_failed, "subject_tag"
    for known in references.get(claim.message_id or "", ()):
        if not known.own:
            begins = claim.message_id == claim.conversation and of_account(known.ticket_number)
            named = claim.sender in known.named and not claim.dmarc_failed
            yield known.ticket_number, begins or named, "late_original"
    for id_ in mentions:
        places = references.get(id_, ())
        for known in reversed(places) if id_ == claim.conversation else places:
            if not known.own:
                here = id_ == claim.conversation and of_account(known.ticket_number)
                joins = here or (takes_part(known.ticket_number) and not claim.dmarc_failed)
                yield known.ticket_number, joins, "shared_reference"


def _tags(subject: str) -> list[int]:
    return [int(number) for number in _SUBJECT_TAG.findall(subject)[:_MOST_TAGS]]
