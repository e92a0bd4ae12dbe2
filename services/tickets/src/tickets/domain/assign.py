"""First half of settling a batch: which ticket each message goes to. Numbers for new tickets are drawn afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tickets.domain.incoming import Incoming, Surroundings
from tickets.domain.threads import KnownReference, ThreadTicket, find_thread
from tickets.domain.tokens import Signer

OWN_LOOP = "own_loop"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What becomes of one message.

    Attributes:
        outcome: `created`, `appended`, `quarantined`, `ignored`, `duplicate`.
        target: for appended messages the number of a ticket, or a negative placeholder for the ticket that an earlier
            message of the batch opens; for created ones the placeholder itself.
        number: a number to use again, for a ticket that vanished from the database.
    """

    message: Incoming
    outcome: str
    reason: str = ""
    target: int | None = None
    related_to: int | None = None
    number: int | None = None


def assign(messages: Sequence[Incoming], known: Surroundings, signer: Signer) -> list[Assignment]:
    """Decide for each message what becomes of it; messages that are settled already are left out.

    Order inside a ticket is (accepted at, place in INTAKE), so the batch is worked through in that order.
    """
    found: list[Assignment] = []
    done = set(known.effects)
    ended = {place for place, end in known.settled.items() if not end.vanished and end.outcome != "dead_lettered"}
    threads = {number: row.thread for number, row in known.tickets.items()}
    for message in sorted(messages, key=lambda m: (m.accepted_at, m.intake.epoch, m.intake.sequence)):
        if message.accepted in ended:
            continue
        ended.add(message.accepted)
        before = known.settled.get(message.accepted)
        if message.id in done:
            found.append(Assignment(message, "duplicate", target=known.effects.get(message.id)))
            continue
        assignment = _assign_one(message, known, signer, threads)
        if assignment.outcome == "created" and before and before.ticket_number not in known.tickets:
            assignment = replace(assignment, number=before.ticket_number)
        if assignment.outcome != "ignored":
            done.add(message.id)
        found.append(assignment)
    return found


def _assign_one(message: Incoming, known: Surroundings, signer: Signer, threads: dict[int, ThreadTicket]) -> Assignment:
    if message.disposition == OWN_LOOP or (
        message.claim.message_id and signer.ticket_of_message_id(message.claim.message_id)
    ):
        return Assignment(message, "ignored", OWN_LOOP)
    if message.disposition != "message":
        return Assignment(message, "quarantined", message.disposition_reason or message.disposition)
    thread = find_thread(message.claim, signer, threads, known.references)
    if message.decision.quarantine and thread.ticket_number is None:
        return Assignment(message, "quarantined", message.decision.quarantine)
    if thread.ticket_number is not None:
        _remember(message, known, thread.ticket_number)
        return Assignment(message, "appended", thread.proof, target=thread.ticket_number)
    placeholder = -1 - len(threads)
    threads[placeholder] = ThreadTicket(placeholder, "new", message.account, frozenset({message.sender_address}))
    _remember(message, known, placeholder)
    return Assignment(message, "created", target=placeholder, related_to=thread.related_to)


def _remember(message: Incoming, known: Surroundings, target: int) -> None:
    """Let later messages of the batch find this one by the ids it has and mentions."""
    claim = message.claim
    if claim.message_id:
        known.references.setdefault(claim.message_id, []).append(KnownReference(target, own=True))
    for id_ in claim.replies_to:
        places = known.references.setdefault(id_, [])
        if not any(place.ticket_number == target for place in places):
            places.append(KnownReference(target, own=False, named=message.named))
