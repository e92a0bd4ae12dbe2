"""The auditor of timers: says when something did not happen in time. It fires nothing, and needs no worker to live.

Every few seconds it looks for rows of `due` that are late or fail, and walks on through the clocks of all tickets,
holding what they ask for against the rows that are there. An event tells of each trouble, once an hour while it
lasts; metrics tell always. Readiness is left alone: a late step is no reason to take a replica away.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, Protocol

import structlog

from tickets.adapters.postgres.timer_audit import Late, TimerAudit
from tickets.domain.service_levels.firing import KIND
from tickets.domain.timers.audit import MOST_ALARMS_AN_HOUR, Trouble, alarm_of, alarm_of_more, shown, to_raise
from tickets.metrics import (
    TIMERS_AUDITED_AT,
    TIMERS_FAILING,
    TIMERS_LATE,
    TIMERS_MISSING,
    TIMERS_OLDEST_LATE_SECONDS,
    TIMERS_RAISED,
)
from ventanilla_contracts.events import TimerLate
from ventanilla_contracts.topology import stream_of
from ventanilla_runtime import tracing
from ventanilla_runtime.publish import MSG_ID, Outgoing
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

ROUND_SECONDS = 5.0
SLICES_A_ROUND = 4
TICKETS_A_SLICE = 250
"""A slice holds up its process for a few milliseconds; a round of them costs it half a per cent of a core."""
MOST_MISSING = 1000
"""So many tickets with missing timers are looked after; more are found when these are right."""


class Publishes(Protocol):
    """Stores events in their stream."""

    async def publish_all(self, messages: Sequence[Outgoing]) -> Any:
        """All of them, or an error; the same ones again are safe."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a round has found.

    Attributes:
        late, failing: how many rows; counted up to 100,000.
        missing: clocks whose rows are missing or wrong.
        troubles: some of all these; outside of a look at everything, only what is missing or not told of yet.
        raised: of how many an event has told now.
    """

    now: datetime
    late: int
    oldest_late_seconds: float
    failing: int
    missing: list[Trouble]
    troubles: list[Trouble] = field(default_factory=list)
    raised: int = 0

    @property
    def fine(self) -> bool:
        """Nothing is wrong."""
        return not (self.late or self.failing or self.missing)

    def as_data(self) -> dict[str, Any]:
        """As plain data, for whoever reads a report."""
        return {
            "late": self.late,
            "oldest_late_seconds": round(self.oldest_late_seconds, 3),
            "failing": self.failing,
            "missing": len(self.missing),
            "timers": [shown(trouble, self.now) for trouble in self.troubles],
            "raised": self.raised,
        }


class TimerAuditor:
    """Any number of auditors may look at once: what they raise has the same ids."""

    def __init__(self, audit: TimerAudit, prefix: str, publisher: Publishes | None = None) -> None:
        """Without a publisher it measures, and raises nothing until it has one."""
        self._audit = audit
        self._prefix = prefix
        self.publisher = publisher
        self._after = 0
        self._missing: frozenset[int] = frozenset()
        self._more_told = ""

    async def run(self) -> None:
        """Audit until cancelled."""
        # A bug of the auditor shows: `…_audited_…` grows old.
        await keep_going("timer_auditor", self.audit_once, ROUND_SECONDS)

    async def audit_once(self, *, all_tickets: bool = False) -> Findings:
        """One round: rows that are late or failing, and the next tickets' clocks, or those of all.

        Raises:
            Temporary: database or broker are away. What was found is measured; what was not told of is told next time.
        """
        late = await self._audit.late(MOST_ALARMS_AN_HOUR, told_too=all_tickets)
        failing, some_failing = await self._audit.failing(MOST_ALARMS_AN_HOUR, told_too=all_tickets)
        alarms = await self._audit.alarms()
        marked = {row[0] for row, _, _ in alarms if row[1] == KIND}
        missing = await self._look_at_clocks(marked, all_tickets)
        _measure(late, failing, missing)
        known = {row: (raised, fresh) for row, raised, fresh in alarms}
        missing = [_with_alarm(trouble, *known.get(trouble.row, (0, False))) for trouble in missing]
        still = {trouble.row for trouble in missing}
        if over := await self._audit.over([row for row, _, _ in alarms if row not in still]):
            log.info("timers.recovered", timers=over)
        found = {trouble.row: trouble for trouble in (*missing, *some_failing, *late.some)}
        findings = Findings(late.now, late.rows, late.oldest_seconds, failing, missing, list(found.values()))
        return await self.tell(findings)

    async def _look_at_clocks(self, marked: set[int], all_tickets: bool) -> list[Trouble]:
        """Troubles among those known to have one and the next tickets; of the latter the last one is remembered."""
        found = {one.ticket_number: one for one in await self._audit.clocks_of(self._missing | marked)}
        for _ in count() if all_tickets else range(SLICES_A_ROUND):
            looked_at = await self._audit.clocks_after(self._after, TICKETS_A_SLICE)
            found |= {one.ticket_number: one for one in looked_at.troubles}
            self._after = looked_at.last or 0
            if looked_at.last is None or len(found) >= MOST_MISSING:
                break
        missing = list(found.values())[:MOST_MISSING]
        self._missing = frozenset(one.ticket_number for one in missing)
        return missing

    async def tell(self, findings: Findings) -> Findings:
        """Raise what was found, as far as there is room; nothing without a publisher.

        Raises:
            Temporary: broker or database are away; telling again is safe.
        """
        if not findings.troubles or self.publisher is None:
            return findings
        told = await self._audit.fresh_alarms()
        now = to_raise(findings.troubles, told)
        events = [alarm_of(trouble, findings.now) for trouble in now]
        more = alarm_of_more(findings.late + findings.failing + len(findings.missing) - told - len(now), findings.now)
        untold = sum(not trouble.told for trouble in findings.troubles)
        if len(now) < untold and more.count > 0 and more.id != self._more_told:
            events.append(more)
        if not events:
            return findings
        await self.publisher.publish_all([self._outgoing(event) for event in events])
        if more in events:
            self._more_told = more.id
        if now:
            await self._audit.mark(now)
        for trouble in now:
            TIMERS_RAISED.labels(trouble.problem).inc()
        if now:
            log.error("timers.raised", timers=len(now), late=findings.late, missing=len(findings.missing))
        return replace(findings, raised=len(now))

    def _outgoing(self, event: TimerLate) -> Outgoing:
        headers = {
            MSG_ID: event.id,
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/tickets",
            "ce-time": event.noticed_at.isoformat(),
            tracing.HEADER: tracing.child_of(None),
        }
        body = event.model_dump_json().encode()
        return Outgoing(stream_of(event.type), f"{self._prefix}.{event.type}", body, headers)


def _with_alarm(trouble: Trouble, raised: int, told: bool) -> Trouble:
    return replace(trouble, raised=raised, told=told)


def _measure(late: Late, failing: int, missing: Sequence[Trouble]) -> None:
    TIMERS_LATE.set(late.rows)
    TIMERS_OLDEST_LATE_SECONDS.set(late.oldest_seconds)
    TIMERS_FAILING.set(failing)
    TIMERS_MISSING.set(len(missing))
    TIMERS_AUDITED_AT.set(time.time())
