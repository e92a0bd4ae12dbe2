"""Probes at intervals, until the service stops. Channels do not wait for each other."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from prober import metrics
from prober.domain.pacing import next_wait, unsettled_after
from prober.domain.probe import Result
from ventanilla_runtime.logs import redact_text

log = structlog.get_logger()

Sends = Callable[[], Awaitable[Result]]


class Schedule:
    """Probes one channel."""

    def __init__(self, channel: str, send: Sends, interval_seconds: float, stopping: asyncio.Event) -> None:
        self.channel = channel
        self.last: Result | None = None
        self._send = send
        self._interval = interval_seconds
        self._stopping = stopping

    def worry(self) -> str | None:
        """How the last probe failed, for `/readyz`; None: it did not."""
        last = self.last
        return None if last is None or last.ok else redact_text(f"{last.stage}: {last.reason}: {last.detail}")

    async def run(self, first_after_seconds: float = 0.0) -> None:
        """Probe until the service stops; a probe under way is finished."""
        metrics.INTERVAL_SECONDS.labels(self.channel).set(self._interval)
        metrics.SUCCESS_AT.labels(self.channel).set(0)
        metrics.offer_channel(self.channel)
        unsettled, wait = 0, first_after_seconds
        while not await self._stopped_within(wait):
            began = time.monotonic()
            self.last = result = await self._send()
            note(result)
            unsettled = unsettled_after(unsettled, result)
            wait = max(0.0, next_wait(self._interval, unsettled) - (time.monotonic() - began))

    async def _stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()


def note(result: Result) -> None:
    """Tell metrics and log of a probe."""
    metrics.PROBES.labels(result.channel, "ok" if result.ok else "failed").inc()
    for stage, seconds in result.seconds.items():
        metrics.LATENCY_SECONDS.labels(result.channel, stage).observe(seconds)
    told = {"channel": result.channel, "probe": result.probe, "seconds": result.seconds.get("total")}
    if result.ok:
        metrics.SUCCESS_AT.labels(result.channel).set_to_current_time()
        log.info("probe.seen", **told)
    else:
        metrics.FAILURES.labels(result.channel, result.stage, result.reason).inc()
        log.warning("probe.failed", stage=result.stage, reason=result.reason, detail=result.detail, **told)
