"""Fills a desk, lets workers fire what falls due, and reads from the database how late each breach was."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg

from tests.bench.clocks.fill import fill
from tests.bench.report import Report, Step
from tests.bench.servers import Servers
from tickets.adapters.postgres.migrate import migrate

TICKETS, DUE, WORKERS = 100_000, 5_000, 2
QUICK_TICKETS, QUICK_DUE = 5_000, 500
TARGET_P50_SECONDS, TARGET_LAST_SECONDS = 1.0, 5.0
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.5

_COUNT = "select count(*) from history where action = 'service_level.breached'"
_TWICE = """
select count(*) - count(distinct ticket_number) from history where action = 'service_level.breached'
"""
_LATE = """
select (extract(epoch from pg_xact_commit_timestamp(history.xmin) - (detail->>'due_at')::timestamptz))::float8 as late
from history where action = 'service_level.breached' order by late
"""


def lateness(report: Report, arguments: argparse.Namespace) -> None:
    """From when a breach was due to when its line in the history was committed; and that each fired once."""
    tickets, due = getattr(arguments, "tickets", TICKETS), getattr(arguments, "due", DUE)
    workers = getattr(arguments, "workers", WORKERS)
    if arguments.quick:
        tickets, due = min(tickets, QUICK_TICKETS), min(due, QUICK_DUE)
    report.heading("clocks", f"{tickets:,} open, {due:,} due in the same second, {workers} workers")
    with Servers() as servers:
        dsn = servers.postgres.dsn()
        asyncio.run(migrate(dsn))
        with report.doing(f"opening {tickets:,} tickets"):
            at = asyncio.run(fill(dsn, tickets, due))
        with firing(dsn, workers), report.doing("breaches fired", due) as step:
            late, twice = asyncio.run(watch(dsn, due, step, at))
    judge(report, due, late, twice)


def judge(report: Report, due: int, late: list[float], twice: int) -> None:
    """Hold what was found against the targets. `late` is in seconds, ascending."""
    report.at_least("breaches that fired", len(late) - twice, due)
    report.at_most("of them more than once", twice, 0)
    if not late:
        raise RuntimeError("nothing has fired: what the workers said stands above")
    report.at_most("late: half of them within", late[len(late) // 2], TARGET_P50_SECONDS, "s")
    report.at_most("late: 99 of 100 within", late[len(late) * 99 // 100], TARGET_LAST_SECONDS, "s")
    report.at_most("late: the last", late[-1], TARGET_LAST_SECONDS, "s")


async def watch(dsn: str, due: int, step: Step, at: datetime) -> tuple[list[float], int]:
    """Wait until all have fired; how late each was, ascending, and how many fired again."""
    connection: Any = await asyncpg.connect(dsn)
    loop = asyncio.get_running_loop()
    ends = loop.time() + (at - datetime.now(UTC)).total_seconds() + _PATIENCE_SECONDS
    try:
        while (fired := await connection.fetchval(_COUNT)) < due and loop.time() < ends:
            step.done = fired
            await asyncio.sleep(_LOOK_SECONDS)
        return [row["late"] for row in await connection.fetch(_LATE)], await connection.fetchval(_TWICE)
    finally:
        await connection.close()


@contextmanager
def firing(dsn: str, workers: int) -> Iterator[None]:
    """So many worker processes, for as long as the block takes."""
    command = [sys.executable, "-m", "tests.bench.clocks.worker", dsn]
    running = [subprocess.Popen(command) for _ in range(workers)]  # our own module
    try:
        yield
    finally:
        for worker in running:
            worker.terminate()
            worker.wait(10)
