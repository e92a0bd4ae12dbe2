"""The two sides of the comparison: the product, and the bare minimum. Each runs on servers of its own."""

import asyncio
import os
import sys
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import asyncpg

from tests.bench.servers import STORAGE_BYTES, Servers, new_folder
from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from tickets.adapters.postgres.migrate import migrate
from ventanilla_devstack.children import end, spawn
from ventanilla_devstack.ports import free_port

RECIPIENT = "soporte@desk.example"
_ROOT = Path(__file__).parents[2]
_START_SECONDS = 40.0

Prepare = Callable[[str, Path], Awaitable[None]]


class Side(Protocol):
    """What the measuring code needs of a side."""

    name: str
    port: int

    async def start(self) -> None:
        """Bring it up, ready for mails."""
        ...

    def pids(self) -> Mapping[str, int]:
        """Process by role."""
        ...

    async def settled(self, connection: asyncpg.Connection) -> int:
        """How many mails have become visible tickets."""
        ...

    async def left(self, connection: asyncpg.Connection) -> int:
        """How much is still to be sent."""
        ...

    async def committed(self, connection: asyncpg.Connection) -> dict[str, float]:
        """Message-ID → when its ticket became visible, seconds since 1970."""
        ...

    @abstractmethod
    def stop(self) -> None:
        """End its processes."""


class BareMinimum:
    """The yardstick."""

    def __init__(self, servers: Servers) -> None:
        self.name = "bare minimum"
        self.port = free_port()
        self._servers = servers
        self._processes: dict[str, object] = {}

    async def start(self) -> None:
        from tests.bench.bare_minimum import prepare

        url, dsn = self._servers.nats.url("operator"), self._servers.postgres.dsn()
        await prepare(url, dsn)
        for role in ("smtp", "sink"):
            command = [sys.executable, "-m", "tests.bench.bare_minimum", role, "--nats", url, "--dsn", dsn]
            with (self._servers.folder / f"{role}.log").open("wb") as log:
                self._processes[role] = spawn(
                    [*command, "--port", str(self.port)], env=dict(os.environ), cwd=_ROOT, stdout=log, stderr=log
                )
        await eventually(lambda: b"ready" in (self._servers.folder / "smtp.log").read_bytes(), _START_SECONDS)

    def pids(self) -> Mapping[str, int]:
        roles = {role: process.pid for role, process in self._processes.items()}
        return {"nats": self._servers.nats.pid, "postgres": self._servers.postgres.pid, **roles}

    async def settled(self, connection: asyncpg.Connection) -> int:
        return await connection.fetchval("select count(*) from tickets")

    async def left(self, connection: asyncpg.Connection) -> int:
        return 0

    async def committed(self, connection: asyncpg.Connection) -> dict[str, float]:
        rows = await connection.fetch("select external_id, pg_xact_commit_timestamp(xmin) as at from tickets")
        return {row["external_id"].strip("<>"): row["at"].timestamp() for row in rows}

    def stop(self) -> None:
        for process in self._processes.values():
            end(process, 15, 5)


class Product:
    """Ventanilla: the services as an operator runs them, each with its own broker user."""

    def __init__(
        self, servers: Servers, *, sampled: bool = False, prepare: Prepare | None = None, rules: str = ""
    ) -> None:
        """Nothing is started yet.

        Args:
            sampled: run the services under the sampling profiler.
            prepare: what is done to the database, given its DSN and a folder, before the services start.
            rules: a rule file's text that is put into force before they start; without it the shipped ones decide.
        """
        self.name = "ventanilla"
        self._sampled = sampled
        self._prepare = prepare
        self._rules = rules
        self.port = free_port()
        self.outbox = new_folder(servers.folder, "outbox")
        self._servers = servers
        self._processes = Processes(servers.folder)
        self.services: dict[str, ServiceProcess] = {}

    async def start(self) -> None:
        desk = self._servers.desk()
        await desk.apply_topology()
        await desk.close()
        await migrate(self._servers.postgres.dsn())
        if self._prepare is not None:
            await self._prepare(self._servers.postgres.dsn(), self._servers.folder)
        if self._rules:
            await self._publish(desk)
        settings = {
            "intake-email": {
                "INTAKE_EMAIL_SMTP_PORT": str(self.port),
                "INTAKE_EMAIL_MAILBOXES": RECIPIENT,
                "INTAKE_EMAIL_OUTBOX": str(self.outbox),
                "INTAKE_EMAIL_MAX_CONNECTIONS_PER_PEER": "1000",
            },
            "router": {},
            "tickets": {
                "TICKETS_POSTGRES_URL": self._servers.postgres.dsn(),
                "TICKETS_SECRET": "not-a-secret-but-long-enough",
                "TICKETS_MAILBOXES": RECIPIENT,
                # Acknowledgements are what is measured: no caps.
                "TICKETS_ACKNOWLEDGEMENTS_PER_SENDER": "1000000",
                "TICKETS_ACKNOWLEDGEMENTS_PER_MINUTE": "1000000",
            },
        }
        started = [
            self._processes.start(
                name, {**desk.environment(name), **values, "PYTHONPATH": str(_ROOT)}, self._command(name)
            )
            for name, values in settings.items()
        ]
        self.services = dict(zip(settings, await asyncio.gather(*started), strict=True))

    async def _publish(self, desk: Desk) -> None:
        """Put the rules into force as an operator does. The desk is told of only once the ticket service runs."""
        file = self._servers.folder / "rules.yaml"
        file.write_text(self._rules)
        publishing = await asyncio.create_subprocess_exec(
            str(Path(sys.prefix) / "bin" / "router"), "publish", "--unchecked", str(file),
            env={**os.environ, **desk.environment("router"), "ROUTER_NATS_USER": "rules",
                 "ROUTER_NATS_PASSWORD": desk.password("rules")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, complaints = await publishing.communicate()
        if publishing.returncode:
            raise RuntimeError(f"the rules of the bench are refused: {complaints.decode()}")

    def _command(self, name: str) -> list[str] | None:
        if not self._sampled:
            return None
        return [sys.executable, "-m", "tests.bench.sampled", str(self.samples(name)), name, "serve"]

    def samples(self, name: str) -> Path:
        """Where the profiler of a service writes."""
        return self._servers.folder / f"{name}.samples.json"

    def pids(self) -> Mapping[str, int]:
        services = {name: process.pid for name, process in self.services.items()}
        return {"nats": self._servers.nats.pid, "postgres": self._servers.postgres.pid, **services}

    async def settled(self, connection: asyncpg.Connection) -> int:
        return await connection.fetchval("select count(*) from ledger")

    async def left(self, connection: asyncpg.Connection) -> int:
        return await connection.fetchval("select count(*) from outbox")

    async def committed(self, connection: asyncpg.Connection) -> dict[str, float]:
        rows = await connection.fetch(
            "select rfc_message_id, pg_xact_commit_timestamp(xmin) as at from message where kind <> 'agent'"
        )
        return {row["rfc_message_id"]: row["at"].timestamp() for row in rows}

    def stop(self) -> None:
        self._processes.reap()


__all__ = ["RECIPIENT", "STORAGE_BYTES", "BareMinimum", "Product", "Side"]
