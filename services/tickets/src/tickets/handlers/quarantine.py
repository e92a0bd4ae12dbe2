"""What a person decides about a message in quarantine: it becomes a ticket, or it stays where it is for good."""

from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.acknowledging import AcknowledgementCaps, add_acknowledgements
from tickets.domain.assign import Assignment
from tickets.domain.incoming import Incoming
from tickets.domain.reading import read_routed
from tickets.domain.settlement import Settler
from tickets.errors import Refused
from tickets.handlers.desk_work import Asked, DeskDeps, Leaving, until_settled

log = structlog.get_logger()

_PLACEHOLDER = -1


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a message in quarantine; deciding the same again changes nothing."""

    id: UUID
    state: str
    ticket_number: int | None


async def release(
    id_: UUID, why: str, asked: Asked, deps: DeskDeps, caps: AcknowledgementCaps, acknowledgements_per_minute: int
) -> Decided:
    """Open a ticket with a message that waited in quarantine, once however often it is asked for.

    Raises:
        NotFound: no such message is or was in quarantine.
        Refused: it was rejected.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _release(id_, why, asked, deps, caps, acknowledgements_per_minute))


async def reject(id_: UUID, why: str, asked: Asked, deps: DeskDeps) -> Decided:
    """Leave a message in quarantine for good; its original is kept, and the ledger says quarantined.

    Raises:
        NotFound: no such message is or was in quarantine.
        Refused: it was released.
        DatabaseAway: as `release`.
    """
    async with deps.writes.transaction() as transaction:
        row = await transaction.lock_quarantined(id_)
        if row["state"] == "released":
            raise Refused(f"it was released and is ticket {row['ticket_number']} by now")
        if row["state"] == "waiting":
            await transaction.decide_quarantined(id_, "rejected", asked.actor, why, None)
            log.info("quarantine.rejected", message=str(id_))
    return Decided(id_, "rejected", None)


async def _release(
    id_: UUID, why: str, asked: Asked, deps: DeskDeps, caps: AcknowledgementCaps, per_minute: int
) -> Decided:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction() as transaction:
        row = await transaction.lock_quarantined(id_)
        if row["state"] == "released":
            return Decided(id_, "released", row["ticket_number"])
        if row["state"] == "rejected":
            raise Refused(f"it was rejected by {row['decided_by']}")
        accepted, intake = await transaction.places(id_)
        message = read_routed(row["routed"].encode(), accepted, intake, row["accepted_at"], asked.traceparent)
        number = await _settle(message, why, asked, transaction, leaving, caps, per_minute)
        await transaction.decide_quarantined(id_, "released", asked.actor, why, number)
        await transaction.release_ledger(id_, "released", number)
    leaving.send()
    log.info("quarantine.released", message=str(id_), ticket=number)
    return Decided(id_, "released", number)


async def _settle(
    message: Incoming,
    why: str,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
    caps: AcknowledgementCaps,
    per_minute: int,
) -> int:
    """Write what settling writes for a message that opens a ticket, but the ledger; returns the ticket's number."""
    deps, settling = leaving.deps, transaction.settling
    if "@" not in message.sender_address:
        # Nobody can be told: the original could not be read, or names no sender.
        message = replace(message, decision=message.decision.model_copy(update={"acknowledge": False}))
    contacts = await settling.contacts({message.writer: message})
    number = (await settling.draw_numbers(1))[0]
    now = await settling.now()
    settler = Settler(deps.desk, caps, deps.language_of, {_PLACEHOLDER: number}, contacts, {}, now)
    rows = settler.settle([Assignment(message, "created", "released", target=_PLACEHOLDER)])
    granted = await settling.draw_acknowledgements(len(rows.notices), per_minute)
    add_acknowledgements(rows, granted, deps.desk, deps.render, now)
    rows.ledger.clear()
    rows.history = [
        replace(entry, actor=asked.actor, why=why or "released from quarantine")
        if entry.action == "ticket.created"
        else entry
        for entry in rows.history
    ]
    await settling.save(rows)
    leaving.extend(rows.outbox)
    await leaving.store(transaction)
    return number
