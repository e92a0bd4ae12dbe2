"""The commands that an operator types in a drill: those of the desk, and Postgres' own."""

import asyncio
import os
from pathlib import Path

from tests.support.commands import run_beside
from tests.support.desk import SECRET, RunningDesk
from ventanilla_devstack.postgres_binaries import postgres_account, postgres_programs


class CommandRefused(RuntimeError):
    """A command ended with another exit code than 0."""


async def ventanilla(desk: RunningDesk, *arguments: str, user: str = "operator") -> str:
    """Run the operator's command against a desk's broker; its output."""
    return await _run("ventanilla", *arguments, environment={"VENTANILLA_NATS_URL": desk.nats.url(user)})


async def tickets(desk: RunningDesk, *arguments: str) -> str:
    """Run the ticket service's command against a desk's database and broker; its output."""
    environment = {
        "VENTANILLA_NATS_URL": desk.nats.url("operator"),
        "TICKETS_POSTGRES_URL": desk.postgres.dsn(),
        "TICKETS_SECRET": SECRET,
        "TICKETS_PRIVACY_NATS_URL": desk.nats.url("privacy"),
    }
    return await _run("tickets", *arguments, environment=environment)


async def publish_rules(desk: RunningDesk, file: Path) -> None:
    """Put a rule file into force."""
    await _run("router", "publish", str(file), environment={"ROUTER_NATS_URL": desk.nats.url("rules")})


async def dump(desk: RunningDesk, file: Path) -> None:
    """The database as it is at one moment, while the desk works."""
    await _postgres("pg_dump", "--format=custom", f"--file={file}", desk.postgres.dsn())


async def load(desk: RunningDesk, file: Path) -> None:
    """Restore a database into an empty server."""
    await _postgres("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={desk.postgres.dsn()}", str(file))


async def _run(command: str, *arguments: str, environment: dict[str, str]) -> str:
    settings = {"PATH": os.environ["PATH"], "COLUMNS": "80", "TERM": "dumb", **environment}
    said = await run_beside(command, *arguments, environment=settings, within_seconds=120)
    if said.code:
        raise CommandRefused(f"{command} {' '.join(arguments)} ended with {said.code}: {said.err or said.out}")
    return said.out


async def _postgres(program: str, *arguments: str) -> None:
    path = postgres_programs(postgres_account()) / program
    process = await asyncio.create_subprocess_exec(
        path, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise CommandRefused(f"{program} ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")
