"""Fires what is due: reminders, clocks, ladders. Any number of workers, each row exactly once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from tickets.adapters.postgres.due_store import DueStore, Firing
from tickets.domain.correspondence.ways import said_in
from tickets.domain.outgoing import EncodedEvent, encode
from tickets.domain.rows import OutboxRow, Settlement
from tickets.domain.service_levels.firing import EVENT as SERVICE_LEVEL
from tickets.domain.service_levels.firing import promises
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due, Fires, Moment
from tickets.errors import Overtaken
from tickets.handlers.working.work import DeskDeps
from tickets.metrics import DUE_FAILED, DUE_LATE_SECONDS, count_step
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.outbound import Gate
from ventanilla_runtime.tracing import headers_under

log = structlog.get_logger()

MOST_TICKETS = 250
"""So many are fired in one transaction: it holds their locks."""
LONGEST_WAIT_SECONDS = 0.25
"""Whatever is put before what a worker waits for is noticed after so long."""
AWAY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Done:
    """What one transaction has fired."""

    events: Sequence[EncodedEvent]
    ids: Sequence[int]
    outbox: Sequence[OutboxRow]
    fired: Sequence[Due]
    now: datetime


FiresAlone = Callable[[Due], Awaitable[None]]
"""Fires a row in a transaction of its own, in which it is looked at again, and removed or replaced."""


class DueWorker:
    """Fires rows until cancelled."""

    def __init__(
        self,
        store: DueStore,
        deps: DeskDeps,
        fires: Mapping[str, Fires],
        alone: Mapping[str, FiresAlone] | None = None,
        gate: Gate | None = None,
    ) -> None:
        """Prepare to fire.

        Args:
            fires: what happens, for each kind of rows.
            alone: what happens to rows whose detail names it as `alone`.
            gate: nothing is fired while it is closed; what has become due by then is fired late.
        """
        self._gate = gate
        self._store = store
        self._deps = deps
        self._fires = fires
        self._alone = alone or {}
        self.problem: str | None = None

    async def run(self) -> None:
        """Fire what is due, and wait for what will be."""
        while True:
            if self._gate is not None:
                await self._gate.wait_open()
            try:
                if not await self.fire_once():
                    seconds = await self._store.seconds_until_next()
                    wait = LONGEST_WAIT_SECONDS if seconds is None else min(max(seconds, 0.01), LONGEST_WAIT_SECONDS)
                    await asyncio.sleep(wait)
                self.problem = None
            except Overtaken:
                continue
            except Temporary as error:
                self.problem = f"nothing is fired: {error}"
                log.warning("due.delayed", error=error)
                await asyncio.sleep(AWAY_SECONDS)

    async def fire_once(self) -> int:
        """Fire what is due now, as much as goes into one transaction; returns how many rows were looked at.

        Raises:
            Temporary: nothing was written, or it cannot be known; what was not is still due.
        """
        async with self._store.transaction() as firing:
            tickets, taken, now = await firing.take(MOST_TICKETS)
            due = [one for one in taken if "alone" not in one.detail]
            done = await self._fire_together(firing, tickets, due, now) if due else None
        if done is not None:
            self._tell(done)
        for one in taken:
            if "alone" in one.detail:
                await self._fire_alone(one, now)
        return len(taken)

    async def _fire_together(
        self, firing: Firing, tickets: Mapping[int, TicketRow], due: Sequence[Due], now: datetime
    ) -> _Done:
        stopped = await firing.stopped(ticket.requester_address for ticket in tickets.values())
        duty = await firing.settling.ladders.on_duty(tickets, due)
        levels = await firing.settling.clocks.levels(due)
        zones = await firing.settling.clocks.zones({tickets[number].team for number in promises(due)})
        talked_in = await firing.talked_in(tickets.values())
        there = [said_in(ticket, talked_in.get(number)) for number, ticket in tickets.items()]
        silent = await firing.settling.silence.among(there, self._deps.desk)
        ways = await firing.settling.silence.detours(there, self._deps.desk)
        moment = Moment(now, self._deps.desk, self._deps.render, stopped, duty, levels, zones, talked_in, silent, ways)
        rows, changed, fired, failed = self._fire_all(tickets, due, moment)
        await firing.remove(fired)
        await firing.postpone(failed)
        await firing.save_tickets(changed)
        await firing.settling.save(rows)
        events, ids = await self._leave(rows, firing)
        return _Done(events, ids, rows.outbox, fired, now)

    async def _fire_alone(self, one: Due, now: datetime) -> None:
        try:
            await self._alone[one.detail["alone"]](one)
        except Temporary:
            raise
        except Exception as error:  # a bug of ours, as below
            log.exception("due.failed", ticket=one.ticket_number, kind=one.kind, key=one.key)
            DUE_FAILED.labels(one.kind, type(error).__name__).inc()
            async with self._store.transaction() as firing:
                await firing.postpone([one])
            return
        _report([one], now)

    def _tell(self, done: _Done) -> None:
        """Let what was fired leave, and be known."""
        self._deps.relay.send_soon(done.events, done.ids)
        if self._deps.committed:
            self._deps.committed(done.outbox)
        for row in done.outbox:
            if row.type == SERVICE_LEVEL:
                count_step(row.payload["clock"], row.payload["kind"])
        _report(done.fired, done.now)

    def _fire_all(
        self, tickets: Mapping[int, TicketRow], due: Sequence[Due], moment: Moment
    ) -> tuple[Settlement, dict[int, TicketRow], list[Due], list[Due]]:
        """Everything that follows, the tickets that changed, what was fired, and what a bug of ours kept from it."""
        rows, live = Settlement(), dict(tickets)
        fired: list[Due] = []
        failed: list[Due] = []
        for one in due:
            ticket, number = live[one.ticket_number], one.ticket_number
            draft = Settlement()
            try:
                live[number] = self._fires[one.kind](ticket, one, moment, draft)
            except Exception as error:  # a bug of ours must not keep the others waiting, and must not be forgotten
                log.exception("due.failed", ticket=number, kind=one.kind, key=one.key)
                DUE_FAILED.labels(one.kind, type(error).__name__).inc()
                failed.append(one)
                continue
            if live[number].status != ticket.status:
                draft.restarted[number] = live[number].status, live[number].updated_at
            rows.add(draft)
            fired.append(one)
        changed = {number: ticket for number, ticket in live.items() if ticket is not tickets[number]}
        return rows, changed, fired, failed

    async def _leave(self, rows: Settlement, firing: Firing) -> tuple[list[EncodedEvent], list[int]]:
        events = encode(rows.outbox, self._deps.prefix, headers_under)
        return events, await firing.settling.save_outbox(events, self._deps.relay.lease_seconds)


def _report(fired: Sequence[Due], now: datetime) -> None:
    for one in fired:
        DUE_LATE_SECONDS.labels(one.kind).observe(max((now - one.due_at).total_seconds(), 0.0))
    for kind, count in Counter(one.kind for one in fired).items():
        log.info("due.fired", kind=kind, rows=count)
