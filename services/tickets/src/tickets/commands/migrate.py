"""`tickets migrate`: bring the database to the schema of this release; as a Job, wait for the database first."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Annotated, Any, Final, NoReturn

import asyncpg
import typer

from tickets.adapters.postgres.address import Address
from tickets.adapters.postgres.migrate import LOCK_SECONDS, AnotherMigrates, WrongEncoding, migrate, newer_migrations
from tickets.postgres_settings import PostgresSettings
from ventanilla_runtime.settings import read_or_end

_CANNOT: Final = 2
_AGAIN_SECONDS: Final = 1.0
_TOLD_EVERY_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 15.0
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    # A role, its password and its database may still be in the making.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""What may come by itself."""


def migrate_schema(
    wait: Annotated[
        float, typer.Option(min=0, max=86_400, metavar="SECONDS", help="Wait so long for the database to be there.")
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring the database to the schema of this release. Again changes nothing; of two at once the other waits.

    A schema that a newer release made is left as it is: this release works with it. Exit code 2: the database cannot be
    used, or a migration was refused; what was applied before stays. Progress goes to standard error.
    """
    where = read_or_end(PostgresSettings, "tickets").postgres()
    try:
        applied, unknown = asyncio.run(_migrate(where, wait, _tell))
    except AnotherMigrates as error:
        _fail(f"{error}: look what it does, or wait longer")
    except WrongEncoding as error:
        _fail(str(error))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _fail(f"cannot use the database of TICKETS_POSTGRES_URL or _HOST: {_words(error)}")
    if as_json:
        typer.echo(json.dumps({"applied": applied, "unknown": unknown}))
        return
    for name in applied:
        typer.echo(f"applied {name}")
    if unknown:
        typer.echo(
            f"the schema is newer than this release: it does not know {', '.join(unknown)}, and works with them;"
            " nothing was taken back"
        )
    else:
        typer.echo("the schema is up to date")


async def _migrate(where: Address, wait: float, tell: Callable[[str], None]) -> tuple[list[str], list[str]]:
    deadline = time.monotonic() + wait
    told_at = float("-inf")
    while True:
        try:
            # Whatever was applied before a connection broke stays, and is not applied again.
            applied = await migrate(where, report=tell, lock_seconds=max(wait, LOCK_SECONDS))
            return applied, await _unknown(where)
        except _AWAY as error:
            if time.monotonic() >= deadline:
                raise
            if time.monotonic() - told_at >= _TOLD_EVERY_SECONDS:
                told_at = time.monotonic()
                tell(f"waiting for the database, {deadline - told_at:.0f} s more at most: {_words(error)}")
        await asyncio.sleep(min(_AGAIN_SECONDS, max(deadline - time.monotonic(), 0.0)))


async def _unknown(where: Address) -> list[str]:
    connection: Any = await asyncpg.connect(**where.arguments(), timeout=_CONNECT_SECONDS)
    try:
        return await newer_migrations(connection)
    finally:
        await connection.close()


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _words(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def _fail(reason: str) -> NoReturn:
    typer.echo(f"tickets migrate: {reason}", err=True)
    raise typer.Exit(_CANNOT)
