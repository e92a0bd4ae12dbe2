"""First half of settling a batch: which ticket each message goes to. Numbers for new tickets are drawn afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tickets.domain.correspondence.participants import company_of
from tickets.domain.settling.incoming import Incoming, Staff, Surroundings
from tickets.domain.settling.screening import DENIED, LOOP_SUSPECTED, Screen
from tickets.domain.settling.staff import staff_who_wrote
from tickets.domain.settling.threads import BatchThreads, KnownReference, ThreadTicket, find_thread
from tickets.domain.tokens import Signer

OWN_LOOP = "own_loop"
OPT_OUT = "opt_out"
"""Somebody wants no texts any more, or some again, and nothing else."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What becomes of one message.

    Attributes:
        outcome: `created`, `appended`, `quarantined`, `ignored`, `duplicate`.
        target: for appended messages the number of a ticket, or a negative placeholder for the ticket that an earlier
            message of the batch opens; for created ones the placeholder itself.
        number: a number to use again, for a ticket that vanished from the database.
        came_by: the merged ticket that an appended message proves to belong to, where the target is another one.
        staff: the agent whose answer an appended message is; None: it is a customer's.
    """

    message: Incoming
    outcome: str
    reason: str = ""
    target: int | None = None
    related_to: int | None = None
    number: int | None = None
    came_by: int | None = None
    staff: Staff | None = None


def assign(
    messages: Sequence[Incoming], known: Surroundings, signer: Signer, screen: Screen | None = None
) -> list[Assignment]:
    """Decide for each message what becomes of it; messages that are settled already are left out.

    Order inside a ticket is (accepted at, place in INTAKE), so the batch is worked through in that order.

    Args:
        screen: what is held back for a person; None: nothing but what rules say.
    """
    screen = screen or Screen()
    found: list[Assignment] = []
    done = set(known.effects)
    ended = {place for place, end in known.settled.items() if not end.vanished and end.outcome != "dead_lettered"}
    threads = BatchThreads(row.thread for row in known.tickets.values())
    for message in sorted(messages, key=lambda m: (m.accepted_at, m.intake.epoch, m.intake.sequence)):
        if message.accepted in ended:
            continue
        ended.add(message.accepted)
        before = known.settled.get(message.accepted)
        if message.id in done:
            found.append(Assignment(message, "duplicate", target=known.effects.get(message.id)))
            continue
        assignment = _assign_one(message, known, signer, threads, screen)
        if assignment.outcome == "created" and before and before.ticket_number not in known.tickets:
            assignment = replace(assignment, number=before.ticket_number)
            if before.ticket_number is not None and assignment.target is not None:
                threads.comes_home(before.ticket_number, opened_as=assignment.target)
        if assignment.outcome != "ignored":
            done.add(message.id)
        found.append(assignment)
    return found


def _assign_one(
    message: Incoming, known: Surroundings, signer: Signer, threads: BatchThreads, screen: Screen
) -> Assignment:
    if message.disposition == OWN_LOOP or (
        message.claim.message_id and signer.ticket_of_message_id(message.claim.message_id)
    ):
        return Assignment(message, "ignored", OWN_LOOP)
    if message.disposition == OPT_OUT:
        return Assignment(message, "ignored", OPT_OUT)
    if message.disposition != "message":
        return Assignment(message, "quarantined", message.disposition_reason or message.disposition)
    if screen.denies(message):
        return Assignment(message, "quarantined", DENIED)
    thread = find_thread(message.claim, signer, threads, known.references)
    if thread.ticket_number is not None:
        if screen.holds_reply(message, known.recent.get(thread.ticket_number, [])):
            return Assignment(message, "quarantined", LOOP_SUSPECTED)
        _remember(message, known, thread.ticket_number, thread.came_by)
        former = known.tickets[thread.ticket_number].former if thread.ticket_number in known.tickets else frozenset()
        threads.keep(_with_company(threads[thread.ticket_number], message, former))
        staff = staff_who_wrote(message, thread, threads, known.references, known.staff)
        return Assignment(
            message, "appended", thread.proof, target=thread.ticket_number, came_by=thread.came_by, staff=staff
        )
    if reason := screen.reason_against(message, thread):
        return Assignment(message, "quarantined", reason)
    placeholder = threads.next_number()
    fresh = ThreadTicket(
        placeholder,
        "new",
        message.account,
        frozenset({message.sender_address}),
        requester=message.sender_address,
        conversation=message.claim.conversation,
    )
    threads.keep(_with_company(fresh, message))
    _remember(message, known, placeholder)
    return Assignment(message, "created", target=placeholder, related_to=thread.related_to)


def _with_company(ticket: ThreadTicket, message: Incoming, former: frozenset[str] = frozenset()) -> ThreadTicket:
    """The ticket with those who take part from this message on: their answers may be in the same batch."""
    joining = company_of(message, ticket.participants, (), former).joining
    if not joining:
        return ticket
    return replace(ticket, participants=ticket.participants.union(person.address for person in joining))


def _remember(message: Incoming, known: Surroundings, target: int, came_by: int | None = None) -> None:
    """Let later messages of the batch find this one by the ids it has and mentions, and count it.

    Its ids lead to the merged ticket that it came by, so that answers to it go back with it.
    """
    claim, number = message.claim, came_by or target
    known.recent.setdefault(target, []).append((message.sender_address, message.accepted_at.timestamp()))
    if claim.message_id:
        known.references.setdefault(claim.message_id, []).append(KnownReference(number, own=True))
    for id_ in claim.replies_to:
        places = known.references.setdefault(id_, [])
        if not any(place.ticket_number == number for place in places):
            places.append(KnownReference(number, own=False, named=message.named))
