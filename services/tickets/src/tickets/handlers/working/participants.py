"""Adds people to a ticket's loop and takes them out: a new version of the ticket, one line of history, one event."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import CHANGED, FieldChange, change_source, changed_event
from tickets.domain.correspondence.participants import ASIDE, IN_COPY, MOST_COPIED, Participant, Person, can_be_copied
from tickets.domain.correspondence.ways import CHATS, way_to
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()


async def add_participant(number: int, person: Person, asked: Asked, deps: DeskDeps) -> bool:
    """Keep somebody in copy from now on; False if they are already.

    Raises:
        NotYours: the caller is an agent who has no part in the ticket.
        NotFound, Refused, Invalid: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _add(number, person, asked, deps))


async def remove_participant(number: int, address: str, asked: Asked, deps: DeskDeps) -> bool:
    """Take somebody out of the loop; False if they were taken out before.

    Raises:
        NotYours: as `add_participant`.
        NotFound, Refused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _remove(number, address, asked, deps))


async def _add(number: int, person: Person, asked: Asked, deps: DeskDeps) -> bool:
    if not can_be_copied(person.address, deps.desk.own):
        raise Invalid("/address", "this is no person's address: the desk's own, or a machine's")
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        ticket = await transaction.lock_ticket(number)
        must_be_its_own(ticket)
        await must_take_part(asked, ticket, transaction.settling.assigning)
        if (way := way_to(ticket)) in CHATS:
            raise Refused(
                f"ticket {number} is answered in {way}, where nobody can be kept in copy; "
                "bring them into the conversation there, or open a ticket of their own"
            )
        people = await transaction.correspondence.participants(number)
        known = next((one for one in people if one.person.address == person.address), None)
        if known and known.role == ASIDE:
            # What they wrote so far would become the requester's to read.
            raise Refused("they were written to aside; name them in `cc` of the reply that they may get")
        if known and known.left_at is None:
            return False
        if len(_in_copy(people)) >= MOST_COPIED:
            raise Refused(f"there are {MOST_COPIED} people in copy already; remove one first")
        await transaction.correspondence.add(number, [person], await transaction.now(), asked.actor)
        await _note(ticket, people, "participants.added", person.address, asked, transaction, leaving)
    leaving.send()
    log.info("participant.added", ticket=number)
    return True


async def _remove(number: int, address: str, asked: Asked, deps: DeskDeps) -> bool:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        ticket = await transaction.lock_ticket(number)
        must_be_its_own(ticket)
        await must_take_part(asked, ticket, transaction.settling.assigning)
        people = await transaction.correspondence.participants(number)
        known = next((one for one in people if one.person.address == address), None)
        if known is None:
            raise NotFound("nobody with this address takes part in the ticket")
        if known.role == "requester":
            raise Refused("whoever asked stays; name others in `to` of the reply to write to them alone")
        if not await transaction.correspondence.remove(number, address, await transaction.now()):
            return False
        await _note(ticket, people, "participants.removed", address, asked, transaction, leaving)
    leaving.send()
    log.info("participant.removed", ticket=number)
    return True


async def _note(
    before: TicketRow,
    people: Sequence[Participant],
    action: str,
    address: str,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    now = await transaction.now()
    ticket = replace(before, version=before.version + 1, updated_at=now)
    await transaction.save_ticket(ticket)
    number = ticket.number
    await transaction.save(history=[HistoryRow(number, now, asked.actor, action, {"addresses": [address]})])
    after = await transaction.correspondence.participants(number)
    changed = FieldChange("participants", _in_copy(people), _in_copy(after))
    leaving.add(CHANGED, change_source(ticket), changed_event(ticket, [changed], asked.actor, now))
    await leaving.store(transaction)


def _in_copy(people: Sequence[Participant]) -> list[str]:
    return [one.person.address for one in people if one.role == IN_COPY and one.left_at is None]
