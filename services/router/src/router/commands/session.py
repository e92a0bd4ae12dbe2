"""A connection to the broker for one command, as the user `rules` unless the settings say otherwise."""

import asyncio
import getpass
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from urllib.parse import urlsplit

import structlog
from pydantic import ValidationError

from router.adapters.facts_lookup import read_desk_facts
from router.commands.printing import fail
from router.errors import DeskRefused, RulesRefused
from router.settings import PREFIX, RouterSettings
from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.routing import DeskFacts
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.errors import NotPermitted
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.settings import explain

USER: Final = "rules"
CONNECT_SECONDS: Final = 5.0

T = TypeVar("T")


def read_settings() -> RouterSettings:
    """The settings of `router serve`; leaves with a clear line if one of them is wrong."""
    try:
        return RouterSettings()
    except ValidationError as error:
        fail(explain(error, PREFIX))
    except ValueError as error:
        fail(str(error))


def user_of(settings: RouterSettings) -> str:
    """Who asks: as told, as the URL says, or the user for rules."""
    return settings.nats_user or urlsplit(settings.nats_url.split(",")[0]).username or USER


def whoami() -> str:
    """Who sits at this terminal, for the history."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user has no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


@asynccontextmanager
async def connected(settings: RouterSettings) -> AsyncIterator[Broker]:
    """A connection that does not wait for ever.

    Raises:
        TimeoutError: no broker answers.
    """
    broker = Broker(user_of(settings), settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await broker.connect()
    finally:
        if not broker.connected:
            await broker.close()
    try:
        yield broker
    finally:
        await broker.close()


def with_broker(work: Callable[[Broker], Awaitable[T]]) -> T:
    """What some work with a connection comes to; whatever goes wrong is one clear line and exit code 1.

    Raises:
        RulesRefused: the work did; it has many lines.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = read_settings()

    async def command() -> T:
        async with connected(settings) as broker:
            return await work(broker)

    try:
        return asyncio.run(command())
    except RulesRefused:
        raise
    except TimeoutError:
        fail(f"no NATS server answers at {redact_text(settings.nats_url)}; set {PREFIX}NATS_URL")
    except NotPermitted as error:
        fail(f"{error}; this command needs the rights of the user {USER}: set {PREFIX}NATS_USER and …_NATS_PASSWORD")
    except (ContractError, BrokerRefuses, OldServer) as error:
        fail(redact_text(str(error)))


def desk_of_broker() -> DeskFacts:
    """What the desk has, as its broker tells.

    Raises:
        DeskRefused: it tells nothing.
    """
    found = with_broker(read_desk_facts)
    if found is None:
        raise DeskRefused("the broker knows nothing of the desk: has the ticket service written it?")
    return found.facts
