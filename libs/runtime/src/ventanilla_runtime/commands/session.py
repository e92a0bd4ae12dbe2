"""What every command needs: settings of the operator, a connection that does not wait for ever, errors in one line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import nats.errors
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from ventanilla_contracts.errors import ContractError
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.settings import ServiceSettings, explain
from ventanilla_runtime.topology import TopologyRefused

CONNECT_SECONDS = 5.0
_PREFIX = "VENTANILLA_"


class CommandFailed(Exception):
    """The command cannot do what it was asked to; the text says why, in one line."""


class OperatorSettings(ServiceSettings):
    """Where the broker is and who asks: `VENTANILLA_NATS_URL`, `_NATS_USER`, `_NATS_PASSWORD` and the others."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True)

    @property
    def user(self) -> str:
        """Who asks: as told, as the URL says, or the operator."""
        return self.nats_user or urlsplit(self.nats_url.split(",")[0]).username or "operator"


def read_settings(**given: object) -> OperatorSettings:
    """The settings, with what was given on the command line in place of the environment.

    Raises:
        CommandFailed: one of them is wrong.
    """
    try:
        return OperatorSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by the model
    except ValidationError as error:
        raise CommandFailed(explain(error, _PREFIX)) from error
    except ValueError as error:
        raise CommandFailed(str(error)) from error


@asynccontextmanager
async def connected(settings: OperatorSettings) -> AsyncIterator[Broker]:
    """A connection to the broker for one command.

    Raises:
        CommandFailed: no broker answers in time.
    """
    broker = Broker(settings.user, settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await broker.connect()
    except TimeoutError as error:
        where = redact_text(settings.nats_url)
        raise CommandFailed(f"no NATS server answers at {where}; set VENTANILLA_NATS_URL or --nats-url") from error
    finally:
        if not broker.connected:
            await broker.close()
    try:
        yield broker
    finally:
        await broker.close()


def run(command: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run a command to its end; its number is the exit code, a failure is one line and exit code 1."""
    try:
        code = asyncio.run(command())
    except (CommandFailed, ContractError, BrokerRefuses, OldServer, TopologyRefused, nats.errors.Error) as error:
        fail(str(error) or type(error).__name__)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    raise typer.Exit(code)


def fail(reason: str) -> None:
    """Say why and leave with exit code 1."""
    typer.echo(f"ventanilla: {redact_text(printable(reason))}", err=True)
    raise typer.Exit(1)


def printable(text: str) -> str:
    """The text in one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
