"""What a person decides about a message in quarantine: it is settled after all, or it stays for good."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_reads import DeskReads, QuarantineFilter
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps, add_acknowledgements
from tickets.domain.correspondence.ways import MAIL
from tickets.domain.settling.bounces import own_mail_of, recipients_of
from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.matching import Assignment
from tickets.domain.settling.reading import read_routed
from tickets.domain.settling.settlement import Settler
from tickets.domain.settling.staff import staff_who_wrote
from tickets.domain.settling.threads import find_thread
from tickets.errors import Refused
from tickets.handlers.callbacks.asked import add_wanted
from tickets.handlers.settling.unknown_names import add_unknown
from tickets.handlers.working.assign import save_routing
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()

_PLACEHOLDER = -1
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a message in quarantine; deciding the same again changes nothing."""

    id: UUID
    state: str
    ticket_number: int | None


@dataclass(frozen=True, slots=True)
class DecidedAll:
    """What became of many messages: those that were decided, why others were not, and how many more there are."""

    decided: Sequence[Decided]
    refused: Sequence[tuple[UUID, str]]
    remaining: int


async def decide_all(
    wanted: QuarantineFilter, decide: Callable[[UUID], Awaitable[Decided]], reads: DeskReads
) -> DecidedAll:
    """Release or reject what matches and waits, oldest first, at most `MOST_AT_ONCE`; each is a transaction of its own.

    Raises:
        DatabaseAway: some may be decided; asking again goes on with the rest.
    """
    decided: list[Decided] = []
    refused: list[tuple[UUID, str]] = []
    for row in await reads.quarantine(wanted, None, MOST_AT_ONCE):
        try:
            decided.append(await decide(row["id"]))
        except Refused as error:  # somebody else decided otherwise meanwhile
            refused.append((row["id"], str(error)))
    return DecidedAll(decided, refused, await reads.quarantine_count(wanted))


async def release(
    id_: UUID, why: str, asked: Asked, deps: DeskDeps, caps: AcknowledgementCaps, acknowledgements_per_minute: int
) -> Decided:
    """Settle a message that waited in quarantine, once however often it is asked for.

    It joins the ticket that it proves to belong to, else it opens one.

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
    async with deps.writes.transaction(asked.via) as transaction:
        row = await transaction.lock_quarantined(id_)
        if row["state"] == "released":
            raise Refused(f"it was released and is ticket {row['ticket_number']} by now")
        if row["state"] == "waiting":
            await transaction.decide_quarantined(id_, "rejected", asked.actor, why, None)
            await transaction.decide(asked.actor, "quarantine.rejected", _described(row), why)
            log.info("quarantine.rejected", message=str(id_))
    return Decided(id_, "rejected", None)


async def _release(
    id_: UUID, why: str, asked: Asked, deps: DeskDeps, caps: AcknowledgementCaps, per_minute: int
) -> Decided:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        row = await transaction.lock_quarantined(id_)
        if row["state"] == "released":
            return Decided(id_, "released", row["ticket_number"])
        if row["state"] == "rejected":
            raise Refused(f"it was rejected by {row['decided_by']}")
        accepted, intake = await transaction.places(id_)
        message = read_routed(row["routed"].encode(), accepted, intake, row["accepted_at"], asked.traceparent)
        outcome, number = await _settle(message, why, asked, transaction, leaving, caps, per_minute)
        await transaction.decide_quarantined(id_, "released", asked.actor, why, number)
        await transaction.release_ledger(id_, outcome, "released", number)
        await transaction.decide(asked.actor, "quarantine.released", {**_described(row), "ticket": number}, why)
    leaving.send()
    log.info("quarantine.released", message=str(id_), ticket=number)
    return Decided(id_, "released", number)


def _described(row: Any) -> dict[str, str]:
    return {"message": str(row["id"]), "reason": row["reason"], "sender": row["sender_address"]}


async def _settle(
    message: Incoming,
    why: str,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
    caps: AcknowledgementCaps,
    per_minute: int,
) -> tuple[str, int]:
    """Write what settling writes for a message, but the ledger; returns the outcome and the ticket's number."""
    deps, settling = leaving.deps, transaction.settling
    if identity_kind(message.channel) == MAIL and "@" not in message.sender_address:
        # Nobody can be told: the original could not be read, or names no sender.
        message = replace(message, decision=message.decision.model_copy(update={"acknowledge": False}))
    known = await settling.load([message])
    threads = {number: ticket.thread for number, ticket in known.tickets.items()}
    thread = find_thread(message.claim, deps.desk.signer, threads, known.references)
    assignment = Assignment(message, "created", "released", target=_PLACEHOLDER, related_to=thread.related_to)
    if thread.ticket_number is not None:
        staff = staff_who_wrote(message, thread, threads, known.references, known.staff)
        assignment = Assignment(
            message, "appended", thread.proof, target=thread.ticket_number, came_by=thread.came_by, staff=staff
        )
    key = own_mail_of(message, deps.desk.signer)
    sent = await settling.sent_mails([key] if key else [])
    contacts = await settling.contacts({message.writer: message}, recipients_of(sent.values()))
    number = thread.ticket_number or (await settling.draw_numbers(1))[0]
    now = await settling.now()
    numbers: dict[int | None, int] = {_PLACEHOLDER: number}
    settler = Settler(deps.desk, caps, deps.language_of, numbers, contacts, known.tickets, now, sent)
    settler.takers = await settling.assigning.takers([message])
    rows = settler.settle([assignment])
    await add_wanted([assignment], numbers, known.tickets, rows, settling, now, deps.callbacks)
    granted = await settling.draw_acknowledgements(len(rows.notices), per_minute)
    add_acknowledgements(rows, granted, deps.desk, deps.render, now)
    rows.ledger.clear()
    rows.history = [
        replace(entry, actor=asked.actor, why=why or "released from quarantine")
        if entry.action in ("ticket.created", "message.added")
        else entry
        for entry in rows.history
    ]
    await add_unknown(rows, settling, now)
    await settling.save(rows)
    await save_routing(settling.assigning, settler)
    leaving.extend(rows.outbox)
    await leaving.store(transaction)
    return assignment.outcome, number
