"""What the commands about people need: the database, and the broker as its user `privacy`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from tickets.adapters.person_streams import PersonStreams
from tickets.adapters.postgres.address import Address
from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.person_store import PersonReads
from tickets.adapters.words import Templates
from tickets.commands.operating import CONNECT_SECONDS
from tickets.domain.tokens import Signer
from tickets.errors import DatabaseAway
from tickets.handlers.privacy.erase import Erasing
from tickets.settings import TicketsSettings
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.settings import ServiceSettings, explain

USER: Final = "privacy"
_PREFIX: Final = "TICKETS_PRIVACY_"
_BROKER_SECONDS: Final = 5.0
_READ_SECONDS: Final = 1800


class PrivacySettings(ServiceSettings):
    """The broker's user who may erase: `TICKETS_PRIVACY_NATS_URL`, `_NATS_USER`, `_NATS_PASSWORD` and the others."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)


def broker_settings(settings: TicketsSettings) -> PrivacySettings:
    """Who asks the broker: as told, and where the service itself finds it.

    Raises:
        BrokerAway: a setting is wrong.
    """
    try:
        given = PrivacySettings(prefix=settings.prefix)
        shared = ("nats_url", "nats_tls_ca", "nats_tls_cert", "nats_tls_key")
        missing = {name: getattr(settings, name) for name in shared if name not in given.model_fields_set}
        return given.model_copy(update=missing)
    except ValidationError as error:
        raise BrokerAway(explain(error, _PREFIX)) from error


@asynccontextmanager
async def erasing(
    settings: TicketsSettings, wait_seconds: float, say: Callable[[str], None], *, providers: bool = True
) -> AsyncIterator[Erasing]:
    """Everything that erasing needs, for one command.

    Raises:
        DatabaseAway, BrokerAway: one of the two cannot be reached.
    """
    where = settings.postgres()
    async with AsyncExitStack() as stack:
        database = await open_database(where, most_connections=4)
        stack.push_async_callback(database.close)
        reading = await open_reading(where)
        stack.push_async_callback(reading.close)
        levels = Levels()
        await levels.refresh(reading)
        broker = await _connected(settings)
        stack.push_async_callback(broker.close)
        publisher = Publisher(broker)
        await publisher.start()
        reads = PersonReads(reading)
        streams = PersonStreams(broker, lambda stream, at, last: say(f"{stream}: {at} of {last}"), reads.accepted_from)
        stack.push_async_callback(streams.close)
        yield Erasing(
            database=database,
            reads=reads,
            writes=DeskWrites(database, Signer(settings.keys()), levels),
            store=ErasureStore(database, settings.keys()),
            streams=streams,
            publisher=publisher,
            render=Templates().render,
            prefix=settings.prefix,
            say=say,
            wait_seconds=wait_seconds,
            providers=providers,
        )


async def open_reading(where: Address) -> Any:
    """A connection that may read whole tables; one that breaks is followed by another.

    Raises:
        DatabaseAway: the database cannot be reached.
    """
    session = {
        "timezone": "UTC",
        "statement_timeout": str(_READ_SECONDS * 1000),
        "application_name": "ventanilla-privacy",
    }
    try:
        return await asyncpg.create_pool(
            **where.arguments(), min_size=1, max_size=1, timeout=CONNECT_SECONDS, server_settings=session
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseAway(f"the database of TICKETS_POSTGRES_URL or _HOST: {error}") from error


def progress() -> Callable[[str], None]:
    """Says on a terminal what goes on, in one line that is written over; silent elsewhere."""
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda words: typer.echo(f"\r\x1b[2K{words[:78]}", nl=False, err=True)


async def _connected(settings: TicketsSettings) -> Broker:
    given = broker_settings(settings)
    user = given.nats_user or urlsplit(given.nats_url.split(",")[0]).username or USER
    broker = Broker(
        user, given.model_copy(update={"nats_user": given.nats_user or user}) if given.nats_password else given
    )
    try:
        async with asyncio.timeout(_BROKER_SECONDS):
            await broker.connect()
    except TimeoutError as error:
        raise BrokerAway(f"no NATS server answers; set {_PREFIX}NATS_URL") from error
    except (BrokerRefuses, OldServer) as error:
        raise BrokerAway(f"{error} Set {_PREFIX}NATS_USER (`privacy`) and {_PREFIX}NATS_PASSWORD_FILE") from error
    finally:
        if not broker.connected:
            await broker.close()
    return broker
