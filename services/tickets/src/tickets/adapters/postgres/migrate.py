"""Forward-only migrations: numbered SQL files, each in a transaction of its own, one migrator at a time."""

from importlib.resources import files
from typing import Any

import asyncpg

from tickets.adapters.postgres.locks import MIGRATING

_TABLE = """create table if not exists schema_migration (
  name text primary key, applied_at timestamptz not null default now()
)"""


def migrations() -> list[tuple[str, str]]:
    """Name and text of every migration of this release, in order."""
    folder = files("tickets") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name.removesuffix(".sql"), (folder / name).read_text()) for name in names]


async def migrate(url: str) -> list[str]:
    """Bring a database to the schema of this release; returns the names of what was applied.

    Several may run at once: one works, the others wait and find it done. A newer schema than this release knows is
    left alone, since every schema works with the release before it.
    """
    connection: Any = await asyncpg.connect(url, timeout=15)
    try:
        await connection.execute("select pg_advisory_lock($1)", MIGRATING)
        await connection.execute(_TABLE)
        done = {row["name"] for row in await connection.fetch("select name from schema_migration")}
        applied = []
        for name, text in migrations():
            if name in done:
                continue
            async with connection.transaction():
                await connection.execute(text)
                await connection.execute("insert into schema_migration (name) values ($1)", name)
            applied.append(name)
        return applied
    finally:
        await connection.close()


async def missing_migrations(connection: Any) -> list[str]:
    """Migrations that this release needs and the database does not have yet."""
    exists = await connection.fetchval("select to_regclass('schema_migration') is not null")
    done = {row["name"] for row in await connection.fetch("select name from schema_migration")} if exists else set()
    return [name for name, _ in migrations() if name not in done]
