"""Verifies who asks in a ticket: sends a one-time code to a way that was on file before, and takes it back from them.

Whoever dies before a transaction commits has sent and counted nothing; afterwards the outbox takes the code there. A
wrong try is counted under the ticket's lock, so replicas that are asked at once count five together and not each.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import FieldChange
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.verifying import codes
from tickets.domain.verifying.codes import Code
from tickets.domain.verifying.factors import PHONE, Began, Factor, OnFile, Sending, number_for, usable, why_not
from tickets.errors import Invalid, Refused, WrongCode
from tickets.handlers.working.change import save_changed
from tickets.handlers.working.rights import must_take_part
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled
from tickets.metrics import CODES

log = structlog.get_logger()

TEMPLATE: Final = "one_time_code"
_VERIFIED: Final = "verified"
_LONGEST_CALL: Final = timedelta(hours=6)
_CLOCKS_APART: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Verification:
    """How it stands with who asks in a ticket.

    Attributes:
        factors: ways on file, own ones first.
        code: the last one that was sent; None: none was, or it is forgotten.
        proven: the code by which they are verified; None: by none, or somebody else has asked since.
    """

    ticket: TicketRow
    now: datetime
    factors: Sequence[Factor]
    code: Code | None
    proven: Code | None


async def read_verification(number: int, call_began: datetime | None, deps: DeskDeps) -> Verification:
    """How it stands with who asks in a ticket.

    Args:
        call_began: since when a call about it goes on, as the service says that takes it; None: there is none.

    Raises:
        NotFound: there is no such ticket.
        Invalid: no call began then.
        DatabaseAway: Postgres does not answer.
    """
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.verifying.ticket(number)
        return await _standing(ticket, call_began, transaction, deps)


async def send_code(number: int, factor: str, call_began: datetime | None, asked: Asked, deps: DeskDeps) -> None:
    """Send a code to a way on file; the one before holds no more. The same idempotency key again sends nothing.

    Args:
        factor: id of the way.
        call_began: as in `read_verification`.

    Raises:
        NotYours: the caller is an agent who has no part in the ticket.
        NotFound, KeyReused: nothing was sent.
        Invalid: there is no such way on file, or no call began then.
        Refused: no code goes there, or too many did; says what to do.
        DatabaseAway: nothing was sent, or it cannot be known; with a key, asking again is safe.
    """
    await until_settled(lambda: _send(number, factor, call_began, asked, deps))


async def check_code(number: int, given: str, asked: Asked, deps: DeskDeps) -> None:
    """Take the code that somebody gave; right, it makes whoever asks `verified` in this ticket.

    Args:
        given: six digits.

    Raises:
        WrongCode: it is not; the try is counted.
        NotYours: the caller is an agent who has no part in the ticket.
        NotFound, KeyReused: nothing was counted.
        Refused: there is no code to try; says what to do. Nothing was counted.
        DatabaseAway: nothing was counted, or it cannot be known; with a key, asking again is safe.
    """
    tries_left = await until_settled(lambda: _check(number, given, asked, deps))
    if tries_left is not None:
        raise WrongCode(codes.wrong_words(tries_left), tries_left)


async def _send(number: int, factor: str, call_began: datetime | None, asked: Asked, deps: DeskDeps) -> None:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if await earlier_result(asked, transaction) is not None:
            return
        ticket = await transaction.lock_ticket(number)
        await _must_be_open(ticket, asked, transaction)
        standing = await _standing(ticket, call_began, transaction, deps)
        way = _chosen(factor, standing.factors)
        counted = await transaction.verifying.counted(number, way, standing.now)
        if words := codes.too_many(counted, way.medium, deps.codes, standing.now):
            CODES.labels(way.medium, "withheld").inc()
            raise Refused(words)
        await _add(ticket, way, standing.now, asked, transaction, leaving)
        await finish_key(asked, {"ticket": number}, transaction)
        await leaving.store(transaction)
    leaving.send()
    CODES.labels(way.medium, "sent").inc()
    log.info("verification.sent", ticket=number, medium=way.medium)


async def _add(
    ticket: TicketRow, way: OnFile, now: datetime, asked: Asked, transaction: DeskTransaction, leaving: Leaving
) -> None:
    deps, id_, secret = leaving.deps, uuid4(), f"{secrets.randbelow(10**codes.DIGITS):0{codes.DIGITS}}"
    sender = _number(ticket, deps) if way.kind == PHONE else _mailbox(ticket, deps)
    words = deps.render(TEMPLATE, deps.desk.spoken(ticket.language), {"code": secret, "desk": deps.desk.called(sender)})
    notification = codes.notification_id(str(id_))
    code = Code(
        id=str(id_),
        ticket_number=ticket.number,
        requester_id=ticket.requester_id,
        medium=way.medium,
        shown=way.shown,
        address=way.address,
        sent_at=now,
        expires_at=now + codes.LIFE,
        actor=asked.actor,
        hash=deps.desk.signer.code_hash(id_, secret),
    )
    await transaction.verifying.add(code, way, notification)
    detail = {"by": way.medium, "shown": way.shown}
    await transaction.save(history=[HistoryRow(ticket.number, now, asked.actor, codes.SENT, detail)])
    event = codes.as_event(code.id, ticket, way, words, sender, deps.desk, now)
    leaving.add(
        "notification.requested.v1",
        codes.source_of(code.id),
        event,
        medium=way.medium,
        notification_id=notification,
        expires_at=code.expires_at,
    )


async def _check(number: int, given: str, asked: Asked, deps: DeskDeps) -> int | None:
    """None: it was right; else how many tries are left."""
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        if (earlier := await earlier_result(asked, transaction)) is not None:
            known: int | None = earlier["tries_left"]
            return known
        ticket = await transaction.lock_ticket(number)
        await _must_be_open(ticket, asked, transaction)
        code, now = await transaction.verifying.latest(number), await transaction.now()
        words = codes.why_no_try(code, ticket, await transaction.verifying.ways(ticket), now)
        if words or code is None:
            raise Refused(words or "")
        right = deps.desk.signer.is_code(UUID(code.id), given, code.hash)
        if right:
            await _prove(ticket, code, now, asked, transaction, leaving)
        tries_left = None if right else await _count(ticket, code, now, asked, transaction, leaving)
        await finish_key(asked, {"ticket": number, "tries_left": tries_left}, transaction)
        await leaving.store(transaction)
    leaving.send()
    CODES.labels(code.medium, "right" if right else "wrong").inc()
    log.info("verification.tried", ticket=number, right=right)
    return tries_left


async def _prove(
    before: TicketRow, code: Code, now: datetime, asked: Asked, transaction: DeskTransaction, leaving: Leaving
) -> None:
    await transaction.verifying.proven(code, now)
    ticket = replace(
        before, requester_grade=_VERIFIED, version=before.version + 1, updated_at=max(before.updated_at, now)
    )
    await transaction.requesters.save(ticket)
    line = HistoryRow(
        ticket.number, ticket.updated_at, asked.actor, codes.PROVEN, {"by": code.medium, "shown": code.shown}
    )
    # Of somebody who was verified before too: whoever shows the ticket looks at its history for what is told.
    changes = [FieldChange("requester_grade", before.requester_grade, _VERIFIED)]
    await save_changed(ticket, changes, [line], asked, transaction, leaving)


async def _count(
    before: TicketRow, code: Code, now: datetime, asked: Asked, transaction: DeskTransaction, leaving: Leaving
) -> int:
    """How many tries are left after this wrong one."""
    tries = code.tries + 1
    spent = tries >= codes.MOST_TRIES
    await transaction.verifying.tried(code, tries, now if spent else None)
    if spent:
        detail = {"by": code.medium, "shown": code.shown, "count": tries}
        ticket = replace(before, version=before.version + 1, updated_at=max(before.updated_at, now))
        line = HistoryRow(ticket.number, ticket.updated_at, asked.actor, codes.FAILED, detail)
        # No field of the ticket, but whoever shows it tells of this at once: somebody may be guessing.
        changes = [FieldChange("verification", codes.OPEN, codes.SPENT)]
        await save_changed(ticket, changes, [line], asked, transaction, leaving)
    return codes.MOST_TRIES - tries


async def _standing(
    ticket: TicketRow, call_began: datetime | None, transaction: DeskTransaction, deps: DeskDeps
) -> Verification:
    now, store = await transaction.now(), transaction.verifying
    if call_began is not None and not now - _LONGEST_CALL < call_began < now + _CLOCKS_APART:
        raise Invalid("/call_began_at", "no call that goes on now began then")
    ways = usable(await store.ways(ticket))
    began = Began(await store.began(ticket), call_began)
    sending = Sending(
        countries=deps.codes.countries,
        number=_number(ticket, deps),
        mailbox=_mailbox(ticket, deps),
        returned=await store.returned(ways),
        ours=deps.desk.own,
        opted_out=await store.opted_out(ways, _number(ticket, deps)),
    )
    factors = [Factor(_id(ticket, way, deps), way, why_not(way, began, sending)) for way in ways]
    proven = await store.last_verified(ticket) if ticket.requester_grade == _VERIFIED else None
    return Verification(ticket, now, factors, await store.latest(ticket.number), proven)


def _id(ticket: TicketRow, way: OnFile, deps: DeskDeps) -> str:
    return deps.desk.signer.factor_id(ticket.number, way.kind, way.address)


def _chosen(factor: str, factors: Sequence[Factor]) -> OnFile:
    """The way on file that somebody chose.

    Raises:
        Invalid: it is not on file.
        Refused: no code goes there.
    """
    found = next((one for one in factors if one.id == factor), None)
    if found is None:
        raise Invalid("/factor", "this way is not on file, or not any more; look again which are")
    if words := codes.cannot_go(found):
        raise Refused(words)
    return found.way


async def _must_be_open(ticket: TicketRow, asked: Asked, transaction: DeskTransaction) -> None:
    must_be_its_own(ticket)
    await must_take_part(asked, ticket, transaction.settling.assigning)
    if ticket.status == FINAL:
        raise Refused(f"ticket {ticket.number} is closed; open a new one")


def _number(ticket: TicketRow, deps: DeskDeps) -> str:
    return number_for(ticket, deps.codes.number)


def _mailbox(ticket: TicketRow, deps: DeskDeps) -> str:
    """From which mailbox of the desk a mail leaves: the ticket's, or the first that there is."""
    boxes = [box for box in deps.desk.names if "@" in box]
    return ticket.account if ticket.account in boxes else next(iter(boxes), "")


def as_told(found: Verification) -> dict[str, Any]:
    """How it stands, as plain data: no address whole, and no code."""
    code = found.code
    return {
        "ticket": found.ticket.number,
        "grade": found.ticket.requester_grade,
        "factors": [
            {
                "id": one.id,
                "medium": one.way.medium,
                "shown": one.way.shown,
                "on_file_since": one.way.since,
                "own": one.way.own,
                "usable": one.why_not is None,
                "why_not": one.why_not,
            }
            for one in found.factors
        ],
        "code": None if code is None else _code_told(code, found),
        "verified": None
        if found.proven is None
        else {
            "medium": found.proven.medium,
            "shown": found.proven.shown,
            "at": found.proven.ended_at,
            "actor": found.proven.actor,
        },
    }


def _code_told(code: Code, found: Verification) -> dict[str, Any]:
    state = codes.state_of(code, found.ticket, [one.way for one in found.factors], found.now)
    return {
        "medium": code.medium,
        "shown": code.shown,
        "sent_at": code.sent_at,
        "expires_at": code.expires_at,
        "state": state,
        "tries_left": codes.MOST_TRIES - code.tries if state == codes.OPEN else 0,
        "delivery": code.delivery,
        "delivery_detail": code.delivery_detail,
    }
