"""Reading with statements that look at very different amounts, depending on whom they are asked about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tickets.adapters.postgres.database import Database

# What is planned once for everybody is wrong for many; and what ends after some rows gains nothing by helpers.
_SETTINGS = "set local plan_cache_mode = 'force_custom_plan'; set local max_parallel_workers_per_gather = 0"


@asynccontextmanager
async def planned(database: Database) -> AsyncIterator[Any]:
    """A connection in a transaction whose statements are planned for what they are asked, each time.

    Raises:
        DatabaseAway: Postgres does not answer.
    """
    async with database.transaction() as connection:
        await connection.execute(_SETTINGS)
        yield connection
