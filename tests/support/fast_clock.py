"""A database whose clock runs faster, or jumps: hours of deadlines pass in minutes, for every process alike.

The desk goes by the database's clock alone, and asks it as `clock_timestamp()`. A function of that name in `public`,
which a session looks into before `pg_catalog`, answers instead.
"""

import asyncpg

_FUNCTION = """
create or replace function public.clock_timestamp() returns timestamptz language sql volatile as $$
  select timestamptz '{began}' + (pg_catalog.clock_timestamp() - timestamptz '{began}') * {speed}
$$
"""


_AHEAD = """
create or replace function public.clock_timestamp() returns timestamptz language sql volatile as $$
  select pg_catalog.clock_timestamp() + {ahead} * interval '1 second'
$$
"""


async def replace_clock(dsn: str) -> None:
    """Empty a database, and give every new session a clock that can be hastened.

    What tables fill in by themselves goes by the clock that stood there when they were made: migrate afterwards.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("drop schema public cascade; create schema public")
        database = await connection.fetchval("select current_database()")
        await connection.execute(f'alter database "{database}" set search_path = public, pg_catalog')
        await _set_speed(connection, 1)
    finally:
        await connection.close()


async def hasten(dsn: str, speed: float) -> None:
    """Let that clock run `speed` times as fast from now on.

    No service gets ready after that: the database's clock is off the broker's.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await _set_speed(connection, speed)
    finally:
        await connection.close()


async def _set_speed(connection: asyncpg.Connection, speed: float) -> None:
    began = await connection.fetchval("select pg_catalog.clock_timestamp()")
    await connection.execute(_FUNCTION.format(began=began.isoformat(), speed=float(speed)))


async def jump(dsn: str, seconds: float) -> None:
    """Let that clock show so much more from now on, or less, and go on at its usual speed."""
    connection = await asyncpg.connect(dsn)
    try:
        [row] = await connection.fetch("select clock_timestamp() as shown, pg_catalog.clock_timestamp() as real")
        ahead = (row["shown"] - row["real"]).total_seconds() + seconds
        await connection.execute(_AHEAD.format(ahead=float(ahead)))
    finally:
        await connection.close()
