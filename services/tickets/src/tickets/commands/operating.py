"""What the commands of operators share: who runs them, a connection to the database, failures in one line."""

import asyncio
import getpass
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, NoReturn, TypeVar

import asyncpg
import structlog
import typer

from tickets.adapters.postgres.audit_log import ORIGIN, Origin
from tickets.settings import TicketsSettings, read_settings
from ventanilla_contracts.errors import Permanent, Temporary

T = TypeVar("T")
CONNECT_SECONDS: Final = 10.0
REFUSED, CANNOT = 1, 2
FAILURES: Final = (Permanent, Temporary, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What may go wrong; anything else is a bug."""
_AGO: Final = re.compile(r"(\d{1,5})([mhdw])\Z")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAME: Final = re.compile(r"[^\s:][^:\n]{0,99}\Z")

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Who you are, for the audit log; the user of this machine if not given."),
]


def operator(command: str, name: str | None = None) -> str:
    """How the audit log names whoever runs a command, which is noted for everything that the command does.

    Nobody proves who they are at a terminal: the log says so by `operator:`, and from which machine it was.
    """
    if name is not None and not _NAME.match(name):
        fail(command, "--as: give a name of up to 100 characters, without colons")
    ORIGIN.set(Origin(f"tickets {command}", f"{_user()}@{socket.gethostname()}"))
    return f"operator:{name or _user()}"


def with_database(command: str, work: Callable[[Any, TicketsSettings], Awaitable[T]]) -> T:
    """The result of work with one connection to the database; what goes wrong ends the command with one line."""
    settings = read_settings()

    async def connected() -> T:
        connection: Any = await asyncpg.connect(
            **settings.postgres().arguments(), timeout=CONNECT_SECONDS, server_settings={"timezone": "UTC"}
        )
        try:
            return await work(connection, settings)
        finally:
            await connection.close()

    return run(command, connected)


def run(command: str, work: Callable[[], Awaitable[T]]) -> T:
    """The result of some work; what goes wrong ends the command with one line."""

    async def whole() -> T:
        return await work()

    # What a command prints is for people and programs: nothing else may stand between.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    try:
        return asyncio.run(whole())
    except FAILURES as error:
        fail(command, in_words(error), REFUSED if isinstance(error, Permanent) else CANNOT)


def in_words(error: BaseException) -> str:
    """What went wrong, and what can be done about it, in one line."""
    if isinstance(error, (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)):
        return "the database is older than this release: run `tickets migrate`"
    if isinstance(error, Permanent):
        return str(error)
    if isinstance(error, Temporary):
        return f"{error}; nothing is lost: run it again"
    words = (str(error).splitlines() or [""])[0] or type(error).__name__
    if not isinstance(error, FAILURES):
        return f"{type(error).__name__}: {words}"
    return f"cannot use the database of TICKETS_POSTGRES_URL or _HOST: {words}"


def moment(command: str, option: str, text: str | None) -> datetime | None:
    """The time that `30m`, `12h`, `7d`, `2w` ago or an ISO time means, aware UTC; None for None."""
    if text is None:
        return None
    if match := _AGO.match(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(command, f"{option}: {text!r} is no time; give 30m, 12h, 7d or a time like 2026-11-23T08:00")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def printable(text: str, longest: int = 10_000) -> str:
    """The text in one line, without what a terminal would obey."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def fail(command: str, words: str, status: int = CANNOT) -> NoReturn:
    """End the command with one line about why."""
    typer.echo(f"tickets {command}: {printable(words)}", err=True)
    raise typer.Exit(status)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "unknown"
