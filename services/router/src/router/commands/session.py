"""A connection to the broker for one command, as the user `rules` unless the settings say otherwise."""

import asyncio
import getpass
import logging
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from urllib.parse import urlsplit

import structlog

from router.adapters.facts_lookup import read_desk_facts
from router.commands.printing import fail, printable
from router.errors import DeskRefused, RulesRefused
from router.settings import PREFIX, RouterSettings
from ventanilla_contracts.errors import ContractError, Temporary
from ventanilla_contracts.routing import DeskFacts
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.errors import NotPermitted
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.settings import read_or_end

USER: Final = "rules"
CONNECT_SECONDS: Final = 5.0
_TRY_SECONDS: Final = 1.5
_AGAIN_SECONDS: Final = 0.5
_TOLD_EVERY_SECONDS: Final = 10.0

T = TypeVar("T")


def read_settings() -> RouterSettings:
    """The settings of this process, or its end."""
    return read_or_end(RouterSettings, "router")


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
async def connected(settings: RouterSettings, within_seconds: float = CONNECT_SECONDS) -> AsyncIterator[Broker]:
    """A connection that does not wait for ever.

    Raises:
        TimeoutError: no broker answers.
    """
    broker = Broker(user_of(settings), settings)
    try:
        async with asyncio.timeout(within_seconds):
            await broker.connect()
    finally:
        if not broker.connected:
            await broker.close()
    try:
        yield broker
    finally:
        await broker.close()


def with_broker(work: Callable[[Broker], Awaitable[T]], *, wait: float = 0.0, away_code: int = 1) -> T:
    """What some work with a connection comes to; whatever goes wrong is one clear line and exit code 1.

    Args:
        work: may be done twice.
        wait: for so many seconds a broker that is not there, or has not everything yet, is asked again.
        away_code: the exit code for whatever may be better later.

    Raises:
        RulesRefused: the work did; it has many lines.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = read_settings()

    async def command() -> T:
        deadline = time.monotonic() + wait
        told_at = float("-inf")
        while True:
            try:
                async with connected(settings, _TRY_SECONDS if wait else CONNECT_SECONDS) as broker:
                    return await work(broker)
            except (TimeoutError, Temporary, BrokerRefuses) as error:
                now = time.monotonic()
                if now >= deadline:
                    raise
                if now - told_at >= _TOLD_EVERY_SECONDS:
                    told_at = now
                    why = redact_text(printable(str(error))) or "no NATS server answers"
                    sys.stderr.write(f"router: waiting, {deadline - now:.0f} s more at most: {why}\n")
            await asyncio.sleep(min(_AGAIN_SECONDS, max(deadline - time.monotonic(), 0.0)))

    try:
        return asyncio.run(command())
    except RulesRefused:
        raise
    except TimeoutError:
        fail(f"no NATS server answers at {redact_text(settings.nats_url)}; set {PREFIX}NATS_URL", away_code)
    except NotPermitted as error:
        needs = f"this command needs the rights of the user {USER}: set {PREFIX}NATS_USER and …_NATS_PASSWORD"
        fail(f"{error}; {needs}")
    except (Temporary, BrokerRefuses, OldServer) as error:
        fail(redact_text(str(error)), away_code)
    except ContractError as error:
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
