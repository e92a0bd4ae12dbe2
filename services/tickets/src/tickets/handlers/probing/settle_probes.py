"""Settles synthetic probes: their tickets are written as any other, looked at, and taken back before anybody sees them.

That is no filter which a query could forget. The ticket, its message, its place in search, its clocks, the contact, the
acknowledgement and the events stand in the tables only inside a transaction that takes them back, so no queue, card,
clock, page, search, report or mail can know of them. What stays is the row of the ledger, with the outcome `probe`, and
for the prober a copy of what was read. Each probe is settled by itself, before the others of its batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from tickets.adapters.postgres.settling import Settling
from tickets.domain.outgoing import EncodedEvent, encode
from tickets.domain.probing.answers import answer_among
from tickets.domain.probing.seen import seen_of
from tickets.domain.probing.tokens import ProbeKeys, ProbeToken
from tickets.domain.rows import LedgerRow, OutboxRow
from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.matching import assign
from tickets.handlers.settling.settle import SettleDeps, write_settled
from tickets.handlers.working.work import until_settled
from tickets.metrics import SETTLED
from ventanilla_runtime.tracing import headers_under, note, trace_id

log = structlog.get_logger()

OUTCOME: Final = "probe"


class ProbeSettler:
    """Knows the probes that the desk has issued."""

    def __init__(self, keys: ProbeKeys, answers_to: str = "") -> None:
        """`answers_to`: to which address alone answers leave; "": none leave."""
        self._keys = keys
        self._answers_to = answers_to

    async def settle(self, messages: Sequence[Incoming], deps: SettleDeps) -> Sequence[Incoming]:
        """Settle the probes among messages, and return the others; no statement where there are none.

        Raises:
            DatabaseAway, Overtaken: what is not settled comes again.
        """
        probes = {message.event_id: probe for message in messages if (probe := self._keys.probe_in(message))}
        if not probes:
            return messages
        others = []
        for message in messages:
            probe = probes.get(message.event_id)
            if probe is None or not await self._is_settled(message, probe, deps):
                others.append(message)
        return others

    async def _is_settled(self, message: Incoming, probe: ProbeToken, deps: SettleDeps) -> bool:
        """Settle a probe; False: somebody else has brought it before."""
        ended = await until_settled(lambda: self._settle_once(message, probe, deps))
        if ended is None:
            log.warning("probe.repeated", probe=probe.id, event_id=message.event_id)
            return False
        if ended.outcome:
            deps.relay.send_soon(ended.answers, ended.outbox_ids)
            SETTLED.labels(message.channel, ended.outcome).inc()
            note(message.traceparent, settled=ended.outcome)
            log.info("probe.settled", probe=probe.id, channel=message.channel, trace_id=trace_id(message.traceparent))
        return True

    async def _settle_once(self, message: Incoming, probe: ProbeToken, deps: SettleDeps) -> "_Ended | None":
        async with deps.store.transaction() as settling:
            claimed = await settling.probes.claim(probe, message.channel, message.accepted_at, message.event_id)
            if claimed is None:
                return None
            rehearsed = await _rehearse(message, probe, settling, deps)
            if rehearsed is None:
                return _Ended("")
            answers: list[EncodedEvent] = []
            if not claimed.settled:
                await settling.probes.settle(probe.id, rehearsed.seen)
                if claimed.wants_answer and self._answers_to == message.sender_address:
                    answer = answer_among(rehearsed.leaving, probe.id, await settling.now())
                    answers = encode([answer] if answer else [], deps.prefix, headers_under)
            ids = await settling.save_outbox(answers, deps.relay.lease_seconds)
            outcome = "duplicate" if claimed.settled else OUTCOME
            await settling.probes.end(_end(message, outcome))
        return _Ended(outcome, answers, ids)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a probe ended; "" where it had before. What leaves is in the outbox."""

    outcome: str
    answers: Sequence[EncodedEvent] = ()
    outbox_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    """What would have become of a probe, and what would have left."""

    seen: Mapping[str, Any]
    leaving: Sequence[OutboxRow]


async def _rehearse(message: Incoming, probe: ProbeToken, settling: Settling, deps: SettleDeps) -> _Rehearsed | None:
    """What would become of the message, were it a customer's: its ticket as the tables held it for a moment.

    None: this acceptance has come to its end before.
    """

    async def its_number(count: int) -> Sequence[int]:
        return [probe.number] * count

    async with settling.probes.taken_back():
        known = await settling.load([message])
        assignments = assign([message], known, deps.desk.signer)
        if not assignments:
            return None
        written = await write_settled(assignments, known, frozenset(), settling, deps, its_number)
        ticket = await settling.probes.written(probe.number)
    end = assignments[0]
    return _Rehearsed(seen_of(end.outcome, end.reason, ticket, len(written.events)), written.rows.outbox)


def _end(message: Incoming, outcome: str) -> LedgerRow:
    return LedgerRow(
        accepted=message.accepted,
        channel=message.channel,
        event_id=message.event_id,
        outcome=outcome,
        reason="",
        ticket_number=None,
        message_id=None,
        intake=message.intake,
        accepted_at=message.accepted_at,
    )
