"""What every command needs: settings of the operator, a connection that does not wait for ever, errors in one line."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import nats.errors
import typer
from pydantic_settings import SettingsConfigDict

from ventanilla_contracts.errors import ContractError, Temporary
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.logs import redact_text, server_of
from ventanilla_runtime.settings import ServiceSettings, read_or_end
from ventanilla_runtime.topology import BrokerTooSmall, TopologyRefused

CONNECT_SECONDS = 5.0
_TRY_SECONDS = 1.5
_AGAIN_SECONDS = 0.5
_TOLD_EVERY_SECONDS = 10.0
_PREFIX = "VENTANILLA_"
_FINAL = 3
"""Exit code of what would be refused again, however often it is tried; the chart's Job ends with it."""


class CommandFailed(Exception):
    """The command cannot do what it was asked to; the text says why, in one line."""


class NoServer(CommandFailed):
    """No broker answers."""


Wait = Annotated[
    float, typer.Option(min=0, max=86_400, metavar="SECONDS", help="Wait so long for the broker to be there.")
]
T = TypeVar("T")


class OperatorSettings(ServiceSettings):
    """Where the broker is and who asks: `VENTANILLA_NATS_URL`, `_NATS_USER`, `_NATS_PASSWORD` and the others."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True)

    @property
    def user(self) -> str:
        """Who asks: as told, as the URL says, or the operator."""
        return self.nats_user or urlsplit(self.nats_url.split(",")[0]).username or "operator"


def read_settings(**given: object) -> OperatorSettings:
    """The settings, with what was given on the command line in place of the environment; or the end of this process."""
    told = {name: value for name, value in given.items() if value is not None}
    return read_or_end(OperatorSettings, "ventanilla", **told)


@asynccontextmanager
async def connected(settings: OperatorSettings, within_seconds: float = CONNECT_SECONDS) -> AsyncIterator[Broker]:
    """A connection to the broker for one command.

    Raises:
        CommandFailed: no broker answers in time.
    """
    broker = Broker(settings.user, settings)
    try:
        async with asyncio.timeout(within_seconds):
            await broker.connect()
    except TimeoutError as error:
        where = server_of(settings.nats_url)
        if broker.unreached:
            raise NoServer(f"{where}: {broker.unreached}") from error
        raise NoServer(f"no NATS server answers at {where}; set VENTANILLA_NATS_URL or --nats-url") from error
    finally:
        if not broker.connected:
            await broker.close()
    try:
        yield broker
    finally:
        await broker.close()


async def patiently(settings: OperatorSettings, wait: float, work: Callable[[Broker], Awaitable[T]]) -> T:
    """What some work with the broker comes to, tried again until it can be done or the time is up.

    A broker that is on its way up, has no leader yet, or has not read its users yet comes by itself. The work must be
    such that it may be done twice. While it waits, a line on standard error says for what.

    Raises:
        CommandFailed, Temporary, BrokerRefuses, TopologyRefused: as the last try did.
    """
    deadline = time.monotonic() + wait
    told_at = float("-inf")
    while True:
        try:
            async with connected(settings, _TRY_SECONDS if wait else CONNECT_SECONDS) as broker:
                return await work(broker)
        except BrokerTooSmall:
            raise
        except (NoServer, Temporary, BrokerRefuses, TopologyRefused, nats.errors.Error) as error:
            now = time.monotonic()
            if now >= deadline:
                raise
            if now - told_at >= _TOLD_EVERY_SECONDS:
                told_at = now
                why = redact_text(printable(str(error) or type(error).__name__))
                typer.echo(f"waiting, {deadline - now:.0f} s more at most: {why}", err=True)
        await asyncio.sleep(min(_AGAIN_SECONDS, max(deadline - time.monotonic(), 0.0)))


def run(command: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run a command to its end; its number is the exit code, a failure is one line and exit code 1.

    3 is the exit code of what no waiting would make better.
    """
    try:
        code = asyncio.run(command())
    except BrokerTooSmall as error:
        fail(str(error), _FINAL)
    except (CommandFailed, ContractError, BrokerRefuses, OldServer, TopologyRefused, nats.errors.Error) as error:
        fail(str(error) or type(error).__name__)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    raise typer.Exit(code)


def fail(reason: str, code: int = 1) -> None:
    """Say why and leave with this exit code."""
    typer.echo(f"ventanilla: {redact_text(printable(reason))}", err=True)
    raise typer.Exit(code)


def printable(text: str) -> str:
    """The text in one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
