"""Who works on a ticket: claimed, given, released; and handed out by itself where a team is set so.

Handing out goes over the rows of the people: whoever does it holds them until the end of the transaction, so that at
any number of replicas each sees what the one before has handed out.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import structlog

from tickets.adapters.postgres.assignment_store import Assigning, AssignmentStore
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.settlement import Settler
from tickets.domain.staffing.assigning import Choice, Dispatch
from tickets.errors import Invalid, NotYours, Refused, Taken
from tickets.handlers.sending.chat_status import tell_status
from tickets.handlers.working.change import save_change
from tickets.handlers.working.field_rules import WAITING
from tickets.handlers.working.rights import has_people, must_be_of_team, must_belong
from tickets.handlers.working.work import DESK, Asked, DeskDeps, Leaving, until_settled
from tickets.metrics import ASSIGNED
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

ROUND_SECONDS: Final = 15.0
"""Hours begin and absences end without anybody saying so: so long a ticket may wait because of that."""
_GATHER_SECONDS: Final = 0.2
_MOST_A_ROUND: Final = 200
"""Of one team."""


async def claim_ticket(number: int, asked: Asked, deps: DeskDeps) -> TicketRow:
    """The ticket, which is the caller's from now on. Of two who claim it at once one wins.

    Raises:
        Taken: somebody else has it; says who and since when.
        NotYours: the caller is no agent, or not of the ticket's team.
        NotFound, Refused: there is no such ticket, or it is closed.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _claim(number, asked, deps))


async def assign_ticket(number: int, agent: str, asked: Asked, deps: DeskDeps, why: str = "") -> TicketRow:
    """The ticket, which is an agent's from now on, whoever had it.

    Raises:
        NotYours: the caller or the agent are not of the ticket's team.
        Invalid: nobody has this handle.
        NotFound, Refused, DatabaseAway: as `claim_ticket`.
    """
    return await until_settled(lambda: _assign(number, agent, why, asked, deps))


async def release_ticket(number: int, asked: Asked, deps: DeskDeps, why: str = "") -> TicketRow:
    """The ticket, back in its team's queue, or with somebody else where the team hands out its tickets by itself.

    Raises:
        NotYours, NotFound, Refused, DatabaseAway: as `claim_ticket`.
    """
    return await until_settled(lambda: _release(number, why, asked, deps))


async def save_routing(assigning: Assigning, settler: Settler) -> None:
    """Write what rules changed of tickets that existed, beyond what settling writes; mostly that is no statement."""
    if settler.rerouted:
        changed = settler.rows.changed
        await assigning.save_rerouted([changed[number] for number in settler.rerouted if number in changed])
    if settler.dispatch is not None:
        ASSIGNED.inc(len(settler.dispatch.taken))


class Assigner:
    """Hands out what waits in the queues, and what is left behind by people who went."""

    def __init__(self, store: AssignmentStore, deps: DeskDeps) -> None:
        self._store = store
        self._deps = deps
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look soon: something may have become free, or begun to wait."""
        self._wake.set()

    async def run(self) -> None:
        """Hand out until cancelled: soon after whatever may have changed something, and every few seconds."""
        while True:
            try:
                await self.hand_out_once()
            except Temporary as error:
                log.warning("assignment.delayed", error=error)
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._wake.wait()
                    await asyncio.sleep(_GATHER_SECONDS)
            except TimeoutError:
                pass
            self._wake.clear()

    async def hand_out_once(self) -> int:
        """One round; returns how many tickets went to somebody.

        Raises:
            Temporary: the database is away; nothing was handed out, or it cannot be known.
        """
        await self._relieve()
        waiting = await self._store.waiting(_MOST_A_ROUND)
        if not waiting:
            return 0
        # A look that binds nobody: while everybody is full or asleep, a round costs no lock.
        plan = await self._store.look(sorted({one.team for one in waiting}), await self._deps.writes.clock())
        numbers = [one.number for one in waiting if plan.choose(one)]
        return await until_settled(lambda: _hand_out(numbers, self._deps)) if numbers else 0

    async def _relieve(self) -> None:
        """Hand on what people hold who are retired, or who are absent and had it before."""
        for number in await self._store.stranded(_MOST_A_ROUND):
            await until_settled(lambda number=number: _relieve(number, self._deps))  # type: ignore[misc]  # mypy cannot infer a lambda with a default


async def _claim(number: int, asked: Asked, deps: DeskDeps) -> TicketRow:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        before = await _open_ticket(number, transaction)
        assigning = transaction.settling.assigning
        if asked.agent is None:
            raise NotYours(
                f"the token {asked.name!r} is no agent's; claim with one that was made with `tickets token create"
                " --agent HANDLE`, or give the ticket to somebody: POST /assign"
            )
        await must_belong(asked, before, assigning)
        if before.assignee is not None and before.assignee != asked.agent:
            raise Taken(number, before.assignee, await assigning.held_since(before))
        ticket = await save_change(before, {"assignee": asked.agent}, "claimed", asked, transaction, leaving)
        await tell_status(before, ticket, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.claimed", ticket=number)
    return ticket


async def _assign(number: int, agent: str, why: str, asked: Asked, deps: DeskDeps) -> TicketRow:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        before = await _open_ticket(number, transaction)
        assigning = transaction.settling.assigning
        await must_belong(asked, before, assigning)
        found = await assigning.somebody(agent, before.team)
        if found is None:
            raise Invalid("/agent", f"nobody at this desk has the handle {agent!r}")
        if not found.agent.active:
            raise Refused(f"{agent} is retired and takes no tickets; name somebody else")
        if await has_people(before.team, assigning):
            await must_be_of_team(agent, before, assigning, admin=False)
        ticket = await save_change(before, {"assignee": agent}, why or "given", asked, transaction, leaving)
        await tell_status(before, ticket, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.given", ticket=number)
    return ticket


async def _release(number: int, why: str, asked: Asked, deps: DeskDeps) -> TicketRow:
    leaving = Leaving(deps, asked.traceparent)
    async with deps.writes.transaction(asked.via) as transaction:
        before = await _open_ticket(number, transaction)
        if before.assignee is None:
            return before
        if before.assignee != asked.agent:
            await must_belong(asked, before, transaction.settling.assigning)
        ticket = await give_back(before, why or "released", asked, transaction, leaving, besides=(before.assignee,))
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.released", ticket=number)
    return ticket


async def give_back(
    ticket: TicketRow,
    why: str,
    asked: Asked,
    transaction: DeskTransaction,
    leaving: Leaving,
    *,
    besides: Collection[str] = (),
) -> TicketRow:
    """A locked ticket, with whoever its team's way finds for it, else in the queue."""
    assigning = transaction.settling.assigning
    choice: Choice | None = None
    dispatch: Dispatch | None = None
    if ticket.status in WAITING:
        dispatch = await assigning.dispatch([ticket.team], await transaction.now())
        choice = dispatch.choose(await assigning.wanting(ticket), besides)
        await assigning.save_turns(dispatch.moved())
    wanted: dict[str, object] = {"assignee": choice.agent if choice else None}
    return await save_change(ticket, wanted, f"{why}; {choice.why}" if choice else why, asked, transaction, leaving)


async def _hand_out(numbers: Sequence[int], deps: DeskDeps) -> int:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        assigning = transaction.settling.assigning
        found = {wanting.number: (ticket, wanting) for ticket, wanting in await assigning.lock_waiting(numbers)}
        dispatch = await assigning.dispatch({ticket.team for ticket, _ in found.values()}, await transaction.now())
        for number in numbers:  # the most urgent first
            if number not in found:
                continue
            ticket, wanting = found[number]
            if choice := dispatch.choose(wanting):
                await save_change(ticket, {"assignee": choice.agent}, choice.why, DESK, transaction, leaving)
        await assigning.save_turns(dispatch.moved())
        await leaving.store(transaction)
    leaving.send()
    ASSIGNED.inc(len(dispatch.taken))
    if dispatch.taken:
        log.info("tickets.assigned", tickets=len(dispatch.taken))
    return len(dispatch.taken)


async def _relieve(number: int, deps: DeskDeps) -> None:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(number)
        assigning = transaction.settling.assigning
        if ticket.assignee is None or ticket.status == FINAL or not await assigning.left_behind(number):
            return
        why = f"{ticket.assignee} is not there"
        await give_back(ticket, why, DESK, transaction, leaving, besides=(ticket.assignee,))
        await leaving.store(transaction)
    leaving.send()
    log.info("ticket.relieved", ticket=number)


async def _open_ticket(number: int, transaction: DeskTransaction) -> TicketRow:
    ticket = await transaction.lock_ticket(number)
    must_be_its_own(ticket)
    if ticket.status == FINAL:
        raise Refused(f"ticket {number} is closed; open a new one that points at it")
    return ticket
