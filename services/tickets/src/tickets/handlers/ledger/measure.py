"""Measures the whole desk for Prometheus: one replica does it for all, at a pace that no scrape changes.

Whoever loses the lock takes its numbers back, so that nobody shows those of yesterday beside the new ones.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from tickets import metrics
from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.locks import MEASURING
from tickets.adapters.postgres.measures import MeasureStore, Waiting
from ventanilla_contracts.words import CHANNELS, PRIORITIES, STATUSES
from ventanilla_runtime.metrics import OTHER, UNKNOWN, bounded
from ventanilla_runtime.stopping import keep_going

ROUND_SECONDS: Final = 10.0
ROUNDS_A_LOOK_AT_TICKETS: Final = 6
"""Open tickets may be many: they are counted each minute."""
_OVER: Final = frozenset({"solved", "closed"})
_BY_CHANNEL: Final = (metrics.ACCEPTED, metrics.ENDED, metrics.IN_FLIGHT, metrics.MISSING, metrics.OPEN_TICKETS)
_ALONE: Final = (
    metrics.REDRIVING, metrics.REDRIVING_OLDEST_SECONDS, metrics.QUARANTINED, metrics.QUARANTINE_OLDEST_SECONDS,
    metrics.ERASURE_OLDEST_SECONDS, metrics.OUTBOX_OLDEST_SECONDS, metrics.UNREPORTED,
    metrics.UNREPORTED_OLDEST_SECONDS, metrics.MEASURED_AT,
)  # fmt: skip


class DeskMeasurer:
    """Runs in every replica; the one that holds the database's lock measures."""

    def __init__(self, ledger: LedgerStore, store: MeasureStore) -> None:
        self._ledger = ledger
        self._store = store

    async def run(self) -> None:
        """Measure until cancelled."""
        forget()
        await keep_going("desk_measurer", self._lead, ROUND_SECONDS)

    async def _lead(self) -> None:
        try:
            async with self._ledger.leadership(MEASURING) as leadership:
                rounds = 0
                while await leadership.held():
                    await self.measure(tickets=rounds % ROUNDS_A_LOOK_AT_TICKETS == 0)
                    rounds += 1
                    await asyncio.sleep(ROUND_SECONDS)
        finally:
            forget()

    async def measure(self, *, tickets: bool = True) -> None:
        """Measure once; raises DatabaseAway."""
        _show_channels((await self._ledger.read())["channels"])
        _show_waiting(await self._store.waiting())
        if tickets:
            _show_tickets(await self._store.open_tickets())
        metrics.MEASURED_AT.set(time.time())


def forget() -> None:
    """Show nothing of the whole desk: another replica does, or nobody."""
    for gauge in _BY_CHANNEL:
        gauge.clear()
    for gauge in _ALONE:
        gauge.set(UNKNOWN)


def _show_channels(channels: Mapping[str, Mapping[str, Any]]) -> None:
    for channel in (*CHANNELS, *(channels.keys() - set(CHANNELS))):
        counts = channels.get(channel) or {}
        label = bounded(channel, CHANNELS)
        metrics.ACCEPTED.labels(label).set(counts.get("accepted", 0))
        metrics.IN_FLIGHT.labels(label).set(counts.get("in_flight", 0))
        metrics.MISSING.labels(label).set(counts.get("missing", 0))
        settled: Mapping[str, int] = counts.get("settled", {})
        for outcome in metrics.OUTCOMES:
            metrics.ENDED.labels(label, outcome).set(settled.get(outcome, 0))
        if others := sum(count for outcome, count in settled.items() if outcome not in metrics.OUTCOMES):
            metrics.ENDED.labels(label, OTHER).set(others)


def _show_waiting(waiting: Waiting) -> None:
    metrics.REDRIVING.set(waiting.redriving)
    metrics.REDRIVING_OLDEST_SECONDS.set(waiting.redriving_seconds)
    metrics.QUARANTINED.set(waiting.quarantined)
    metrics.QUARANTINE_OLDEST_SECONDS.set(waiting.quarantined_seconds)
    metrics.ERASURE_OLDEST_SECONDS.set(waiting.erasing_seconds)
    metrics.OUTBOX_OLDEST_SECONDS.set(waiting.outbox_seconds)
    metrics.UNREPORTED.set(waiting.unreported)
    metrics.UNREPORTED_OLDEST_SECONDS.set(waiting.unreported_seconds)


def _show_tickets(tickets: Mapping[tuple[str, str], int]) -> None:
    for status in STATUSES:
        for priority in PRIORITIES:
            if status not in _OVER:
                metrics.OPEN_TICKETS.labels(status, priority).set(tickets.get((status, priority), 0))
