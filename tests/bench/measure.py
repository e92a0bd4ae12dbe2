"""One measurement of one side: saturated throughput with CPU a mail, then latency at fixed rates."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from tests.bench.generator import Generator, Mail
from tests.bench.processes import cpu_seconds, resident_bytes
from tests.bench.servers import Servers
from tests.bench.sides import RECIPIENT, Side

CONNECTIONS = 64
_DRAIN_SECONDS = 120.0


@dataclass(slots=True)
class Result:
    """Figures of one run of one side. CPU in milliseconds a mail, times in milliseconds."""

    mails: int
    per_second: float
    cpu_ms: dict[str, float]
    latency_p50_ms: float = 0.0
    latency_p99_ms: float = 0.0
    resident_mb: dict[str, float] = field(default_factory=dict)

    @property
    def cpu_total_ms(self) -> float:
        return sum(self.cpu_ms.values())


async def measure(side: Side, servers: Servers, mails: Sequence[Mail], rate: float = 0) -> Result:
    """Send mails and wait until all of them are visible tickets and nothing is left to send.

    Raises:
        RuntimeError: a mail was refused or did not arrive in time.
    """
    connection: Any = await asyncpg.connect(servers.postgres.dsn())
    try:
        before = await side.settled(connection)
        cpu = cpu_seconds(side.pids())
        began = time.perf_counter()
        run = await Generator(mails, RECIPIENT, rate).send_all(side.port, CONNECTIONS)
        deadline = time.perf_counter() + _DRAIN_SECONDS
        while await side.settled(connection) - before < len(mails):
            if time.perf_counter() > deadline:
                arrived = await side.settled(connection) - before
                raise RuntimeError(f"{side.name}: {arrived} of {len(mails)} mails arrived")
            await asyncio.sleep(0.02)
        took = time.perf_counter() - began
        while await side.left(connection):
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{side.name}: {await side.left(connection)} answers were not sent")
            await asyncio.sleep(0.02)
        used = cpu_seconds(side.pids())
        committed = await side.committed(connection)
    finally:
        await connection.close()
    waits = sorted(1e3 * (committed[id_] - at) for id_, at in run.begun_at.items() if id_ in committed)
    return Result(
        mails=len(mails),
        per_second=len(mails) / took,
        cpu_ms={role: 1e3 * (used[role] - cpu[role]) / len(mails) for role in used},
        latency_p50_ms=waits[len(waits) // 2],
        latency_p99_ms=waits[int(len(waits) * 0.99)],
        resident_mb={role: resident_bytes(pid) / 1e6 for role, pid in side.pids().items()},
    )


def run_side(make: Callable[[Servers], Side], work: Callable[[Side, Servers], Any]) -> Any:
    """Bring up fresh servers and a side, let `work` measure it, and take everything down again."""
    with Servers() as servers:
        side = make(servers)

        async def live() -> Any:
            await side.start()
            return await work(side, servers)

        try:
            return asyncio.run(live())
        finally:
            side.stop()
