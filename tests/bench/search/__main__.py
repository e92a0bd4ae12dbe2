"""`python -m tests.bench.search --tickets 1000000`: p50 and p99 of each listed combination, warm and cold.

Starts a broker, a Postgres and the ticket service, loads the population, asks over HTTP. "Cold": Postgres was started
anew and the operating system has forgotten its files; only a connection is there. Exit 1 if a listed combination is
above the target.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx

from tests.bench.search.combinations import COMBINATIONS, Combination
from tests.bench.search.load import load
from tests.support.broker import Desk, new_nats_server
from tests.support.polling import eventually
from tests.support.processes import Processes
from tickets.adapters.http.bodies import TicketParameters
from tickets.adapters.http.cursors import Cursors
from tickets.adapters.postgres.migrate import migrate
from tickets.adapters.postgres.tokens import TokenStore
from ventanilla_devstack.postgres_server import PostgresServer

_DATABASE = "desk"
_LIMIT = 50
_SECRET = "a secret of the bench alone"
_READY_SECONDS = 60.0


class Bench:
    """The servers, the service and a client."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.postgres = PostgresServer(folder / "postgres", "not-a-secret")
        self.client = httpx.AsyncClient()

    async def start(self, count: int) -> None:
        """Start everything with `count` tickets; a folder that holds them already is used as it is."""
        self.postgres.start()
        self.stack.callback(self.postgres.stop)
        dsn = self.postgres.dsn(_DATABASE)
        if not await self._loaded(count):
            await _execute(self.postgres.dsn(), f"drop database if exists {_DATABASE}")
            await _execute(self.postgres.dsn(), f"create database {_DATABASE}")
            await migrate(dsn)
            await load(dsn, count, report)
        nats = new_nats_server(self.folder / f"nats-{os.getpid()}")
        nats.start()
        self.stack.callback(nats.stop)
        desk = Desk(nats)
        self.stack.push_async_callback(desk.close)
        await desk.apply_topology()
        processes = Processes(self.folder)
        self.stack.callback(processes.reap)
        environment = {
            **desk.environment("tickets"),
            "TICKETS_POSTGRES_URL": dsn,
            "TICKETS_SECRET": _SECRET,
            "TICKETS_MAILBOXES": "soporte@desk.example",
        }
        service = await processes.start("tickets", environment)
        connection = await asyncpg.connect(dsn)
        token, _ = await TokenStore(connection).create("bench", ["read"], None)
        await connection.close()
        self.client = httpx.AsyncClient(
            base_url=service.url, headers={"authorization": f"Bearer {token}"}, timeout=_READY_SECONDS
        )
        self.stack.push_async_callback(self.client.aclose)

    async def ask(self, combination: Combination) -> float:
        """Milliseconds of one answer."""
        began = time.perf_counter()
        answer = await self.client.get("/api/v1/tickets", params={"limit": str(_LIMIT), **combination.query})
        taken = (time.perf_counter() - began) * 1e3
        answer.raise_for_status()
        return taken

    async def forget(self) -> None:
        """Start Postgres anew, with nothing of its files in memory, and wait until the service has connected."""
        self.postgres.stop()
        _evict_all(_cluster(self.folder))
        self.postgres.start()

        # The search has connections of its own; behind the oldest ticket there is nothing that could be remembered.
        question = {"q": "nadie", "limit": "1"}
        listing = TicketParameters.model_validate(question).listing()
        question["cursor"] = Cursors([_SECRET.encode()]).make(listing, [1])

        async def connected() -> bool:
            one = (await self.client.get("/api/v1/tickets/1")).status_code == 200
            return one and (await self.client.get("/api/v1/tickets", params=question)).status_code == 200

        await eventually(connected, _READY_SECONDS)

    async def _loaded(self, count: int) -> bool:
        try:
            connection = await asyncpg.connect(self.postgres.dsn(_DATABASE))
        except asyncpg.InvalidCatalogNameError:
            return False
        try:
            known = await connection.fetchval("select to_regclass('ticket_search_terms') is not null")
            return bool(known) and await connection.fetchval("select count(*) from ticket_search") == count
        finally:
            await connection.close()


def report(words: str) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {words}\n")


def p(values: Sequence[float], share: float) -> float:
    """A percentile, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _cluster(folder: Path) -> Path:
    from ventanilla_devstack.postgres_binaries import postgres_account
    from ventanilla_devstack.postgres_server import cluster_folder

    return cluster_folder(folder / "postgres", postgres_account())


def _evict_all(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            _evict(file)


def _evict(file: Path) -> None:
    """Let the operating system forget what it has of a file."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


async def measure(arguments: argparse.Namespace, folder: Path) -> int:
    """Load, ask, print; returns how many listed combinations were too slow."""
    async with AsyncExitStack() as stack:
        bench = Bench(folder, stack)
        await bench.start(arguments.tickets)
        cold: dict[str, list[float]] = {combination.name: [] for combination in COMBINATIONS}
        for turn in range(arguments.cold):
            report(f"cold, turn {turn + 1} of {arguments.cold}")
            for combination in COMBINATIONS:
                await bench.forget()
                cold[combination.name].append(await bench.ask(combination))
        report("warm")
        warm = {}
        for combination in COMBINATIONS:
            for _ in range(arguments.warm_up):
                await bench.ask(combination)
            warm[combination.name] = [await bench.ask(combination) for _ in range(arguments.warm)]
        return _print(arguments, warm, cold)


def _print(arguments: argparse.Namespace, warm: dict[str, list[float]], cold: dict[str, list[float]]) -> int:
    slow = 0
    print(f"{arguments.tickets:,} tickets, limit={_LIMIT}, milliseconds over HTTP; target p99 {arguments.target:g}")
    print(f"{'':<42} {'warm p50':>9} {'p99':>7} {'cold p50':>9} {'worst':>7}")
    for combination in COMBINATIONS:
        warmed, chilled = warm[combination.name], cold[combination.name] or [0.0]
        worst = max(p(warmed, 0.99), *chilled)
        mark = ""
        if worst > arguments.target:
            slow += combination.listed
            mark = "  too slow" if combination.listed else "  (not listed)"
        print(
            f"{combination.name:<42} {p(warmed, 0.5):>9.1f} {p(warmed, 0.99):>7.1f} "
            f"{p(chilled, 0.5):>9.1f} {max(chilled):>7.1f}{mark}"
        )
    return slow


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search", description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--warm", type=int, default=200, help="measured requests of each combination")
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--cold", type=int, default=3, help="cold starts for each combination; 0 measures none")
    parser.add_argument("--target", type=float, default=50.0, help="milliseconds")
    parser.add_argument("--folder", type=Path, help="keep the servers' files here, and use them again")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="ventanilla-search-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    try:
        slow = asyncio.run(measure(arguments, folder))
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
