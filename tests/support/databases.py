"""Real databases in tests: migrated once, then copied for each test."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import asyncpg

TEMPLATE = "desk_template"


def make_template(dsn: str, template_dsn: str) -> None:
    """Create the template database and bring it to the newest schema.

    Args:
        dsn: of the superuser, in any other database.
        template_dsn: the same server, database `desk_template`.
    """
    from tickets.adapters.postgres.migrate import migrate  # tests of other services must not depend on it

    _in_a_loop_of_its_own(_execute(dsn, f"CREATE DATABASE {TEMPLATE}"))
    _in_a_loop_of_its_own(migrate(template_dsn))


async def make_empty(dsn: str, name: str) -> None:
    """Make a database without tables, for one of an older release."""
    await _execute(dsn, f"CREATE DATABASE {name} TEMPLATE template0")


async def copy_template(dsn: str, name: str) -> None:
    """Make a database that is like the template."""
    await _execute(dsn, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")


async def drop(dsn: str, name: str) -> None:
    """Delete a database; who is still connected to it is thrown out."""
    await _execute(dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end in a thread, so that the loops of pytest-asyncio never see another one."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
