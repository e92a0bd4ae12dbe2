"""Waiting for the database and its schema: the service may be there first, and the migration may still be running."""

import asyncio
from typing import Final

import asyncpg
import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.migrate import missing_migrations, newer_migrations
from tickets.errors import DatabaseAway
from ventanilla_runtime.service import Service

log = structlog.get_logger()

_AGAIN_SECONDS: Final = 0.5
_NAMED: Final = 3


async def wait_for_schema(service: Service, database: Database, levels: Levels) -> None:
    """Return when the schema is that of this release or a newer one, and what the desk promises was read.

    Raises:
        StopWanted: the service is to stop before that.
    """
    awaited: list[str] = ["the database"]
    service.check("schema", lambda: f"waiting for {', '.join(awaited)}" if awaited else None)
    await service.unless_stopped(_wait(database, levels, awaited))


async def _wait(database: Database, levels: Levels, awaited: list[str]) -> None:
    told: list[str] = []
    while awaited:
        found = await _missing(database, levels)
        awaited[:] = found
        if found and found != told:
            told = found
            log.warning("schema.awaited", missing=found)
        if found:
            await asyncio.sleep(_AGAIN_SECONDS)


async def _missing(database: Database, levels: Levels) -> list[str]:
    try:
        async with database.connection() as connection:
            if missing := await missing_migrations(connection):
                more = len(missing) - _NAMED
                named = ", ".join(missing[:_NAMED]) + (f" and {more} more" if more > 0 else "")
                return [f"`tickets migrate` ({named})"]
            await levels.refresh(connection)
            if unknown := await newer_migrations(connection):
                log.info("schema.newer", unknown=unknown, detail="a newer release made it; this one works with it")
    except DatabaseAway as error:
        return [f"the database ({_line(error)})"]
    except asyncpg.PostgresError as error:  # rights that are not given yet, for example
        return [f"the database to answer ({type(error).__name__}: {_line(error)})"]
    return []


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]
