"""Forward-only migrations: numbered SQL files, each in a transaction of its own, one migrator at a time."""

import asyncio
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import asyncpg

from tickets.adapters.postgres.address import Address, address_of
from tickets.adapters.postgres.locks import MIGRATING

LOCK_SECONDS = 900.0
_LOCK_PAUSE_SECONDS = 0.5
_TABLE_SECONDS = 3.0
"""How long a migration has others wait behind it for a table; theirs end after 10 s."""
_TABLE = """create table if not exists schema_migration (
  name text primary key, applied_at timestamptz not null default now()
)"""


class AnotherMigrates(RuntimeError):
    """Another migration holds the lock, and did not end in time."""


class WrongEncoding(RuntimeError):
    """The database keeps no UTF-8: letters would count by their bytes, and no search would know accents."""


def migrations() -> list[tuple[str, str]]:
    """Name and text of every migration of this release, in order."""
    folder = files("tickets") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name.removesuffix(".sql"), (folder / name).read_text()) for name in names]


async def migrate(
    where: str | Address, *, report: Callable[[str], None] = lambda _: None, lock_seconds: float = LOCK_SECONDS
) -> list[str]:
    """Bring a database to the schema of this release; returns the names of what was applied.

    Several may run at once: one works, the others wait and find it done. A newer schema than this release knows is
    left alone, since every schema works with the release before it.

    Args:
        where: a URL, or an address.
        report: gets a line for whatever takes its time.
        lock_seconds: how long another migration that runs now is waited for at most.

    Raises:
        AnotherMigrates: it took longer.
        WrongEncoding: the database is empty and does not keep UTF-8. One that holds a desk already is told of only.
    """
    connection: Any = await asyncpg.connect(**address_of(where).arguments(), timeout=15)
    try:
        await _look_at_encoding(connection, report)
        await _lock(connection, report, lock_seconds)
        await connection.execute(_TABLE)
        done = {row["name"] for row in await connection.fetch("select name from schema_migration")}
        applied = []
        for name, text in migrations():
            if name in done:
                continue
            report(f"applying {name}")
            await _apply(connection, name, text, report, lock_seconds)
            applied.append(name)
        return applied
    finally:
        await connection.close()


def encoding_problem(encoding: str) -> str:
    """What is wrong with the encoding of a database, and what to do; "" if nothing is."""
    if encoding == "UTF8":
        return ""
    how = "create database ventanilla encoding 'UTF8' locale 'C.UTF-8' template template0"
    return f"the database keeps its text as {encoding}, not UTF8: make a new one: {how}"


async def _look_at_encoding(connection: Any, report: Callable[[str], None]) -> None:
    if not (problem := encoding_problem(await connection.fetchval("select current_setting('server_encoding')"))):
        return
    if await connection.fetchval("select to_regclass('schema_migration') is null"):
        raise WrongEncoding(problem)
    report(f"{problem}; and move what this one holds")


async def missing_migrations(connection: Any) -> list[str]:
    """Migrations that this release needs and the database does not have yet."""
    exists = await connection.fetchval("select to_regclass('schema_migration') is not null")
    done = {row["name"] for row in await connection.fetch("select name from schema_migration")} if exists else set()
    return [name for name, _ in migrations() if name not in done]


async def newer_migrations(connection: Any) -> list[str]:
    """Migrations that the database has and this release does not know: a newer one was here."""
    known = {name for name, _ in migrations()}
    rows = await connection.fetch("select name from schema_migration order by name")
    return [row["name"] for row in rows if row["name"] not in known]


async def _apply(connection: Any, name: str, text: str, report: Callable[[str], None], within_seconds: float) -> None:
    """Apply one. Where somebody reads its tables for long, as a backup does, it steps back again and again.

    Whoever waits for a table has everybody else wait behind him: the desk would stand still for as long as that takes.
    """
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"set local lock_timeout = '{_TABLE_SECONDS * 1000:.0f}ms'")
                await connection.execute(text)
                await connection.execute("insert into schema_migration (name) values ($1)", name)
            return
        except asyncpg.LockNotAvailableError:
            if time.monotonic() > deadline:
                raise
            report(f"{name}: somebody is at its tables; trying again")
        await asyncio.sleep(_LOCK_PAUSE_SECONDS)


async def _lock(connection: Any, report: Callable[[str], None], within_seconds: float) -> None:
    """Be the one who migrates. Asked for again and again: a session that waits in a statement keeps old rows alive."""
    deadline = time.monotonic() + within_seconds
    told = False
    while not await connection.fetchval("select pg_try_advisory_lock($1)", MIGRATING):
        if not told:
            report("another migration is running; waiting for it to end")
            told = True
        if time.monotonic() > deadline:
            raise AnotherMigrates(f"another migration has been running for more than {within_seconds:.0f} s")
        await asyncio.sleep(_LOCK_PAUSE_SECONDS)
