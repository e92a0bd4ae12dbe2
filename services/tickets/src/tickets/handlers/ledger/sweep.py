"""The sweeper: finds what was accepted and did not come to an end, and has it handled again.

It goes by positions, never by time. What the router had acknowledged (A) must be in ROUTED up to its last sequence
at that moment; once the ticket service has acknowledged that, or ROUTED was made anew, whatever of INTAKE up to A is
not in the ledger is lost, and is ordered again. The same one stage earlier for ACCEPTED, the parser and INTAKE. Under
load that takes milliseconds, after an outage as long as the outage.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.ledger import Audit, DueRedrive, LedgerStore
from tickets.adapters.postgres.locks import SWEEPING
from tickets.adapters.postgres.settling import SettlingStore
from tickets.metrics import CLOCK_SKEW_SECONDS, REDRIVEN
from ventanilla_contracts.acceptance import CHANNEL_HEADER, HEADER, AcceptanceKey
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.events import Redrive
from ventanilla_runtime.answers import StreamState
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.errors import StreamMissing
from ventanilla_runtime.metrics import UNKNOWN
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

log = structlog.get_logger()

ROUND_SECONDS = 1.0
REDRIVES = 3
_WAIT_SECONDS = (10.0, 20.0, 40.0)
_REDRIVES_A_ROUND = 200
_SKEW_LIMIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stream whose consumer's progress must show up further on."""

    stream: str
    durable: str
    service: str
    next_stream: str


_INTAKE = _Stage("INTAKE", "router", "router", "ROUTED")
_ACCEPTED = _Stage("ACCEPTED", "intake-email-parser", "intake-email", "INTAKE")


@dataclass(frozen=True, slots=True)
class _Probe:
    """A promise to check: up to `through` all must have ended once the next stage has passed `next_last`."""

    through: int
    next_created_at: str
    next_last: int


class Sweeper:
    """Runs in every replica; the one that holds the database's lock works."""

    def __init__(
        self,
        broker: Broker,
        publisher: Publisher,
        database: Database,
        ledger: LedgerStore,
        store: SettlingStore,
        prefix: str,
    ) -> None:
        self._broker = broker
        self._publisher = publisher
        self._database = database
        self._ledger = ledger
        self._store = store
        self._prefix = prefix
        self._probes: dict[int, _Probe] = {}
        self._skew_seconds = 0.0

    @property
    def problem(self) -> str | None:
        """Two clocks that disagree make deadlines wrong: say so before it hurts."""
        if abs(self._skew_seconds) > _SKEW_LIMIT_SECONDS:
            return f"the database's clock is {self._skew_seconds:+.1f} s off the broker's"
        return None

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                async with self._ledger.leadership(SWEEPING) as leadership:
                    while await leadership.held():
                        await self.sweep()
                        await asyncio.sleep(ROUND_SECONDS)
            except Temporary as error:
                log.warning("sweep.delayed", error=error)
            self._skew_seconds = 0.0
            CLOCK_SKEW_SECONDS.set(UNKNOWN)  # whoever sweeps compares them: an old difference would alarm for ever
            await asyncio.sleep(ROUND_SECONDS)

    async def sweep(self) -> None:
        """One round over all streams.

        Raises:
            Temporary: broker or database are away; nothing is concluded from that.
        """
        states = {name: await self._state(name) for name in ("ACCEPTED", "INTAKE", "ROUTED")}
        audits = await self._audits([state for name, state in states.items() if state and name != "ROUTED"])
        for audit in audits:
            if audit.stream == _INTAKE.stream:
                await self._advance(audit, _INTAKE, states, self._tickets_passed)
        if not await self._ledger.being_redriven("INTAKE"):
            for audit in audits:
                if audit.stream == _ACCEPTED.stream:
                    await self._advance(audit, _ACCEPTED, states, self._intake_passed)
        await self._redrive_due()
        if count := await self._ledger.recovered():
            log.info("sweep.recovered", messages=count)
        await self._compare_clocks()

    async def _audits(self, streams: Sequence[StreamState]) -> list[Audit]:
        """Where the audit of each stream stands; a stream of which the auditor has read nothing is audited too."""
        audits = await self._ledger.audits()
        named = {(state.name, state.created_at) for state in streams}
        if named <= {(audit.stream, audit.created_at) for audit in audits}:
            return audits
        epochs = await self._store.epochs(named)
        await self._ledger.begin([epochs[name] for name in named])
        return await self._ledger.audits()

    async def _advance(
        self,
        audit: Audit,
        stage: _Stage,
        states: Mapping[str, StreamState | None],
        passed: Callable[[_Probe], Awaitable[bool]],
    ) -> None:
        probe = self._probes.get(audit.epoch)
        if probe is not None:
            if not await passed(probe):
                return
            named = await self._ledger.verify(audit, probe.through, acceptances=stage is _ACCEPTED)
            if named:
                log.error("sweep.missed", stream=audit.stream, messages=named)
            del self._probes[audit.epoch]
        following = states[stage.next_stream]
        through = await self._floor(audit, stage, states[stage.stream])
        if following is not None and through > max(audit.verified_through, probe.through if probe else 0):
            self._probes[audit.epoch] = _Probe(through, following.created_at, following.last_sequence)

    async def _floor(self, audit: Audit, stage: _Stage, state: StreamState | None) -> int:
        """Up to where the stage's consumer has acknowledged and the auditor has read."""
        if state is None or state.created_at != audit.created_at:
            return audit.seen_through  # the stream was made anew: nothing of the old one will come any more
        consumer = await self._broker.consumer_state(stage.stream, stage.durable)
        auditor = await self._broker.consumer_state(stage.stream, f"tickets-auditor-{stage.stream.lower()}")
        if not auditor.pending and not auditor.ack_pending:
            return consumer.ack_floor  # it has read all that concerns it; a filter keeps its floor low
        return min(consumer.ack_floor, auditor.ack_floor)

    async def _tickets_passed(self, probe: _Probe) -> bool:
        routed = await self._state("ROUTED")
        if routed is None:
            return False
        if routed.created_at != probe.next_created_at:
            return True
        return (await self._broker.consumer_state("ROUTED", "tickets")).ack_floor >= probe.next_last

    async def _intake_passed(self, probe: _Probe) -> bool:
        """Whether the sweep of INTAKE has passed the probe's position, in that stream or in what was left of it."""
        audits = {audit.created_at: audit for audit in await self._ledger.audits() if audit.stream == "INTAKE"}
        audit = audits.get(probe.next_created_at)
        verified = audit.verified_through if audit else 0
        intake = await self._state("INTAKE")
        if intake is not None and intake.created_at == probe.next_created_at:
            return verified >= probe.next_last
        return verified >= min(probe.next_last, audit.seen_through if audit else 0)

    async def _redrive_due(self) -> None:
        due = await self._ledger.due(_REDRIVES_A_ROUND)
        if not due:
            return
        names = {audit.epoch: (audit.stream, audit.created_at) for audit in await self._ledger.audits()}
        for one in due:
            await self._redrive(one, names)

    async def _redrive(self, due: DueRedrive, names: Mapping[int, tuple[str, str]]) -> None:
        if due.redrives >= REDRIVES:
            await self._ledger.lost(due, f"{REDRIVES} re-drives did not bring it home")
            return
        for place in (due.intake, (due.epoch, due.sequence), due.accepted):
            if place is None or place[0] not in names:
                continue
            (stream, created_at), sequence = names[place[0]], place[1]
            headers = await self._headers(stream, created_at, sequence)
            if headers is None:
                continue
            service = (_INTAKE if stream == "INTAKE" else _ACCEPTED).service
            await self._order(service, stream, created_at, sequence)
            accepted = await self._acceptance(headers) if stream == "INTAKE" else None
            wait = _WAIT_SECONDS[min(due.redrives, len(_WAIT_SECONDS) - 1)]
            await self._ledger.redriven(due, wait, accepted, headers.get(CHANNEL_HEADER))
            return
        await self._ledger.lost(due, "the original is gone too")

    async def _order(self, service: str, stream: str, created_at: str, sequence: int) -> None:
        # Unique over all orders ever given for this message, by whomever: the duplicate window must not swallow it.
        attempt = int((await self._database.now()).timestamp())
        order = Redrive(stream=stream, created_at=created_at, sequence=sequence, attempt=attempt)
        await self._publisher.publish(
            Outgoing(
                "REDRIVE",
                f"{self._prefix}.redrive.v1.{service}",
                order.model_dump_json().encode(),
                {MSG_ID: f"redrive:{stream}:{created_at}:{sequence}:{attempt}", "ce-type": Redrive.type},
            )
        )
        REDRIVEN.labels(stream).inc()
        log.warning("message.redrive_ordered", to=service, stream=stream, sequence=sequence, attempt=attempt)

    async def _headers(self, stream: str, created_at: str, sequence: int) -> dict[str, str] | None:
        state = await self._state(stream)
        if state is None or state.created_at != created_at:
            return None
        stored = await self._broker.stored_message(stream, sequence)
        return stored.headers if stored else None

    async def _acceptance(self, headers: Mapping[str, str]) -> tuple[int, int] | None:
        try:
            key = AcceptanceKey.parse(headers.get(HEADER, ""))
        except ValueError:
            return None
        epochs = await self._store.epochs([(key.stream, key.created_at)])
        return epochs[key.stream, key.created_at], key.sequence

    async def _state(self, name: str) -> StreamState | None:
        try:
            return await self._broker.stream_state(name)
        except StreamMissing:
            return None

    async def _compare_clocks(self) -> None:
        if state := await self._state("ACCEPTED"):
            broker_now = nanoseconds(state.answered_at) / 1e9
            self._skew_seconds = (await self._database.now()).timestamp() - broker_now
            CLOCK_SKEW_SECONDS.set(self._skew_seconds)
