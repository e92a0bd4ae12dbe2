"""The connection pool, and what Postgres' errors mean for us."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg

from tickets import metrics
from tickets.adapters.postgres.address import Address, address_of
from tickets.errors import DatabaseAway

_TEMPORARY = (
    asyncpg.PostgresConnectionError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # A password that is being changed, a role or a database that is being made: none of it is the messages' fault.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InterfaceError,  # the connection is closed; see `_translated` for the exception
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)


class Database:
    """A pool of connections. All times go in and out as aware UTC."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def show(self, name: str) -> None:
        """Let metrics show this pool under a name."""
        metrics.DATABASE_CONNECTIONS_LIMIT.labels(name).set(self.pool.get_max_size())
        metrics.DATABASE_CONNECTIONS.labels(name, "idle").set_function(self.pool.get_idle_size)
        busy = metrics.DATABASE_CONNECTIONS.labels(name, "busy")
        busy.set_function(lambda: self.pool.get_size() - self.pool.get_idle_size())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """A connection inside a transaction that commits unless an error leaves the block.

        Raises:
            DatabaseAway: Postgres cannot be reached or gave up (deadlock, shutdown, time-out); nothing was committed,
                or it cannot be known: repeating must be safe.
        """
        try:
            async with self._acquired() as connection, connection.transaction():
                yield connection
        except _TEMPORARY as error:
            await self._leave_former_primary(error)
            raise _translated(error) from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection without a transaction around it.

        Raises:
            DatabaseAway: as `transaction`.
        """
        try:
            async with self._acquired() as connection:
                yield connection
        except _TEMPORARY as error:
            await self._leave_former_primary(error)
            raise _translated(error) from error

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Any]:
        began = time.perf_counter()
        async with self.pool.acquire(timeout=5) as connection:
            metrics.DATABASE_WAIT_SECONDS.observe(time.perf_counter() - began)
            yield connection

    async def _leave_former_primary(self, error: BaseException) -> None:
        """After a failover the old primary may still answer, and take no writes: what leads there is opened anew."""
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
            await self.pool.expire_connections()

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """All rows of one statement."""
        async with self.connection() as connection:
            rows: list[Any] = await connection.fetch(query, *arguments)
            return rows

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        """The first row of one statement, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *arguments)

    async def execute(self, query: str, *arguments: Any) -> None:
        """One statement without rows."""
        async with self.connection() as connection:
            await connection.execute(query, *arguments)

    async def close(self) -> None:
        """Close the connections, those in use too if they do not come back within five seconds."""
        try:
            await asyncio.wait_for(self.pool.close(), 5)
        except TimeoutError:
            self.pool.terminate()

    async def now(self) -> datetime:
        """The database's clock: the one that deadlines, leases and limits go by."""
        row = await self.fetchrow("select clock_timestamp() as now")
        now: datetime = row["now"]
        return now


async def open_database(
    where: str | Address, *, most_connections: int = 10, session: Mapping[str, str] | None = None
) -> Database:
    """Connect to Postgres; a session never waits longer than 30 s for a statement, 10 s for a lock.

    Args:
        where: a URL, or an address.
        session: settings of its sessions that differ.

    Raises:
        DatabaseAway: it cannot be reached.
    """
    try:
        pool = await asyncpg.create_pool(
            **address_of(where).arguments(),
            min_size=0,  # the first query connects: Postgres may still be on its way up
            max_size=most_connections,
            command_timeout=35,
            timeout=10,
            max_inactive_connection_lifetime=300,
            server_settings={
                "application_name": "ventanilla-tickets",
                "statement_timeout": "30000",
                "lock_timeout": "10000",
                "idle_in_transaction_session_timeout": "60000",
                "timezone": "UTC",
                "jit": "off",
                **(session or {}),
            },
        )
    except _TEMPORARY as error:
        raise _translated(error) from error
    return Database(pool)


def _translated(error: BaseException) -> BaseException:
    # asyncpg could not encode an argument: trying again cannot help. A certificate that is not believed is one too.
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return error
    metrics.count_database_failure(error)
    return DatabaseAway(f"{type(error).__name__}: {error}")
