"""Tells everybody whom a problem concerns the same thing, each in their ticket, language and channel.

The wish is written down first, with a row in `due` that stands for what is still to be told. Then each incident is told
in a transaction of its own, under a key that follows from wish and incident: whoever dies in between, or does it once
more, tells nobody twice, and what is left the row finishes.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from tickets.domain.joining.incidents import (
    AT_ONCE,
    FAILED,
    SKIPPED,
    TOLD,
    UPDATED,
    StoredUpdate,
    Update,
    must_be_problem,
    why_skipped,
)
from tickets.domain.rows import HistoryRow
from tickets.domain.timers.due import Due
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.replying.replies import Reply, reply_to_ticket
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, earlier_result, finish_key, until_settled
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_TAKEN_OVER_AFTER: Final = timedelta(seconds=30)
"""A process that has not finished by then is dead, or has more to tell than goes before an answer."""
_SOON: Final = timedelta(seconds=5)


async def update_all(number: int, update: Update, asked: Asked, deps: DeskDeps) -> tuple[int, bool]:
    """(number of the update, whether the same key had made it before). The first incidents are told by then.

    Raises:
        NotYours: the caller is not of the team that has the problem.
        NotFound: there is no such ticket.
        KeyReused: the key came with another request.
        Refused, Invalid: it is no problem, nobody waits on an incident of it, or solving needs more.
        DatabaseAway: it is not known what was told; asking again with the same key is safe.
    """
    if update.status == "solved" and deps.solving_needs_resolution and not (update.resolution or "").strip():
        raise Invalid("/resolution", "solving asks for what solved it")
    id_, fresh = await until_settled(lambda: _write_down(number, update, asked, deps))
    if fresh:
        await _tell_some(id_, deps)
    return id_, not fresh


async def go_on_telling(due: Due, deps: DeskDeps) -> None:
    """Tell the next few incidents of an update; the row is gone when none is left.

    Raises:
        Temporary: what was not told is still due.
    """
    if await _tell_some(due.detail["update"], deps):
        return
    async with deps.writes.transaction() as transaction:  # somebody has deleted the update
        await transaction.incidents.finish(due.ticket_number, due.detail["update"])


async def _write_down(number: int, update: Update, asked: Asked, deps: DeskDeps) -> tuple[int, bool]:
    async with deps.writes.transaction(asked.via) as transaction:
        if (earlier := await earlier_result(asked, transaction)) is not None:
            return earlier["update"], False
        ticket = await transaction.lock_ticket(number)
        must_be_problem(ticket)
        await must_belong(asked, ticket, transaction.settling.assigning)
        concerned = await transaction.incidents.open(number)
        if not concerned:
            raise Refused(f"nobody waits on an incident of {number}; link one to it first, as caused_by")
        now = await transaction.now()
        wanted = StoredUpdate(0, number, update, asked.token_id, asked.name, asked.actor, asked.agent, asked.via)
        id_ = await transaction.incidents.add(wanted, concerned, now)
        detail = {"update": id_, "incidents": len(concerned), "internal": update.internal}
        await transaction.save(history=[HistoryRow(number, now, asked.actor, UPDATED, detail)])
        await transaction.incidents.go_on(number, id_, now + _TAKEN_OVER_AFTER)
        await finish_key(asked, {"update": id_}, transaction)
    log.info("incidents.updating", ticket=number, update=id_, incidents=len(concerned))
    return id_, True


async def _tell_some(id_: int, deps: DeskDeps) -> bool:
    """Tell a few incidents, and see to it that somebody tells the others; False: there is no such update.

    They are taken one by one, so that one that a bug of ours cannot tell holds up itself alone.
    """
    stored, told = await _find(id_, deps), 0
    if stored is None:
        return False
    while told < AT_ONCE and (number := await _take(id_, deps)) is not None:
        try:
            await _tell(stored, number, deps)
        except Temporary:
            await _give_back(id_, number, deps)
            raise
        told += 1
    await until_settled(lambda: _arrange(stored, deps, told=told > 0))
    return True


async def _find(id_: int, deps: DeskDeps) -> StoredUpdate | None:
    async with deps.writes.transaction() as transaction:
        return await transaction.incidents.find(id_)


async def _take(id_: int, deps: DeskDeps) -> int | None:
    async with deps.writes.transaction() as transaction:
        return await transaction.incidents.lease(id_)


async def _tell(stored: StoredUpdate, number: int, deps: DeskDeps) -> None:
    """Tell one incident, and write down what became of it. Died in between: the key finds what was said."""
    async with deps.writes.transaction() as transaction:
        row = await transaction.incidents.look(number)
    skipped = why_skipped(row["status"], row["merged_into"]) if row else "it is gone"
    key = f"update-all/{stored.id}/{number}"
    update, said = stored.update, None
    state, why = SKIPPED, skipped or ""
    asked = Asked(
        stored.token_id,
        stored.name,
        stored.actor,
        idempotency_key=key,
        agent=stored.agent,
        # Whoever may work on the problem speaks to all whom it concerns, whichever teams have their tickets.
        admin=True,
        via=stored.via,
        request={"update": stored.id, "ticket": number},
    )
    if row is not None:
        about = {"problem": stored.ticket_number, "update": stored.id}
        text = update.text_in(row["language"])
        reply = Reply(text, internal=update.internal, status=update.status, fields=update.fields, about=about)
        state, why, said = await _say(number, reply, asked, deps, skipped)
    await _note(stored.id, number, state, why, said, deps)


async def _say(
    number: int, reply: Reply, asked: Asked, deps: DeskDeps, skipped: str | None
) -> tuple[str, str, UUID | None]:
    """(state, why, message) of an incident that is told, or was before."""
    if skipped is not None:
        said = await _said_before(asked, deps)
        return (TOLD, "", said) if said else (SKIPPED, skipped, None)
    try:
        replied = await reply_to_ticket(number, reply, asked, deps)
    except Refused as error:
        return FAILED, str(error), None
    return TOLD, "", replied.message_id


async def _said_before(asked: Asked, deps: DeskDeps) -> UUID | None:
    """The message that this key has made: the update itself may have solved the incident."""
    assert asked.idempotency_key is not None
    async with deps.writes.transaction() as transaction:
        result = await transaction.known_result(asked.token_id, asked.idempotency_key)
    return UUID(result["message"]) if result else None


async def _note(id_: int, number: int, state: str, why: str, said: UUID | None, deps: DeskDeps) -> None:
    async with deps.writes.transaction() as transaction:
        await transaction.incidents.note(id_, number, state, why, said)


async def _give_back(id_: int, number: int, deps: DeskDeps) -> None:
    try:
        async with deps.writes.transaction() as transaction:
            await transaction.incidents.give_back(id_, number)
    except Temporary:  # the lease ends by itself
        log.info("incident.delayed", update=id_, ticket=number)


async def _arrange(stored: StoredUpdate, deps: DeskDeps, *, told: bool) -> None:
    """Let a worker go on at once where something is left, a little later where others are telling it."""
    async with deps.writes.transaction() as transaction:
        try:
            await transaction.lock_ticket(stored.ticket_number)
        except NotFound:
            return
        left = await transaction.incidents.waiting(stored.id)
        if not left:
            await transaction.incidents.finish(stored.ticket_number, stored.id)
        else:
            now = await transaction.now()
            await transaction.incidents.go_on(stored.ticket_number, stored.id, now if told else now + _SOON)
    if not left:
        log.info("incidents.updated", ticket=stored.ticket_number, update=stored.id)
