"""NATS and Postgres of a desk: our own, or those that the operator names."""

import asyncio
import shutil
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import nats.errors

from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.topology import MINIMUM_SERVER
from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.data_folder import DataFolder
from ventanilla_devstack.desk_services import OFFSETS, nats_credentials
from ventanilla_devstack.errors import ServerFailed, Unsuitable
from ventanilla_devstack.interruption import Interruption
from ventanilla_devstack.nats_server import NatsServer, find_nats_server, greeting
from ventanilla_devstack.postgres_binaries import SYSTEM_FOLDER
from ventanilla_devstack.postgres_server import PostgresServer
from ventanilla_devstack.screen import Screen
from ventanilla_devstack.settings import RunSettings
from ventanilla_runtime import topology
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.settings import ServiceSettings

DATABASE = "desk"
_GIB = 1024**3
_MOST_STORAGE_BYTES = 16 * _GIB
_LEAST_STORAGE_BYTES = 256 * 1024**2
_OLDEST_POSTGRES = 150_000
_CONNECT_SECONDS = 15.0
_NATS_PORT = 4222
_BROKER_TROUBLE = (
    BrokerRefuses,
    OldServer,
    topology.TopologyRefused,
    ContractError,
    nats.errors.Error,
    TimeoutError,
    OSError,
)


class Servers:
    """The two servers of a desk, embedded or external, after one another."""

    def __init__(
        self,
        settings: RunSettings,
        folder: DataFolder,
        credentials: Credentials,
        screen: Screen,
        interruption: Interruption,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._screen = screen
        self._interruption = interruption
        self._storage_bytes = _storage_for(folder)
        base = settings.port_base
        self.nats = (
            None
            if settings.nats_url
            else NatsServer(
                folder.nats,
                credentials.nats,
                port=base + OFFSETS["nats"],
                log=folder.log("nats"),
                # Room to grow the limits of single streams by hand.
                storage_bytes=2 * self._storage_bytes,
            )
        )
        self.postgres = (
            None
            if settings.postgres_url
            else PostgresServer(
                folder.postgres, credentials.postgres, port=base + OFFSETS["postgres"], log=folder.log("postgres")
            )
        )

    @property
    def services_nats_url(self) -> str:
        """The broker's URL for services: without credentials if each has its own."""
        return self.nats.address if self.nats else self._settings.nats_url or ""

    @property
    def operator_nats_url(self) -> str:
        """The broker's URL for the person at the terminal, credentials included."""
        return self.nats.url("operator") if self.nats else self._settings.nats_url or ""

    @property
    def database_url(self) -> str:
        """The desk's database, password included."""
        return self.postgres.dsn(DATABASE) if self.postgres else self._settings.postgres_url or ""

    def start(self) -> None:
        """Start or check both, and make the broker and the database what the desk needs.

        Raises:
            CannotRun: one of them cannot be used; the text says which, why and what to do.
        """
        self._start_nats()
        self._start_postgres()
        self._screen.step("making streams and consumers")
        self._interruption.run(self._apply_topology())

    def problem(self) -> str | None:
        """Which of our own servers has died, as one line, or None."""
        for name, server in (("NATS", self.nats), ("Postgres", self.postgres)):
            if server and not server.pid:
                return f"{name} ended; see {server.log}, then start again"
        return None

    def stop(self, within_seconds: float) -> None:
        """Stop our own servers in order; the operator's go on."""
        if self.nats:
            self.nats.stop(within_seconds)
        if self.postgres:
            self.postgres.stop(within_seconds)

    def _start_nats(self) -> None:
        if self.nats:
            self._screen.step("starting NATS")
            self.nats.start(self._interruption.tick)
            self._folder.record("nats", self.nats.pid, find_nats_server())
            return
        self._screen.step("looking at your NATS server")
        parts = urlsplit((self._settings.nats_url or "").split(",")[0])
        check_nats(greeting(parts.hostname or "", parts.port or _NATS_PORT))

    def _start_postgres(self) -> None:
        if self.postgres:
            known = (self._folder.postgres / "data").exists() or (self._folder.postgres / "location").exists()
            self._screen.step("starting Postgres" if known else "making a Postgres cluster (once)")
            self.postgres.start(self._interruption.tick)
            self._folder.record("postgres", self.postgres.pid, "-D")
            if (note := self._folder.postgres / "location").exists():
                place = SYSTEM_FOLDER / "clusters" / note.read_text().strip()
                self._screen.step(f"its data is in {place}: `nobody` may not enter {self._folder.path}")
            self._interruption.run(_make_database(self.postgres))
            return
        self._screen.step("looking at your Postgres server")
        self._interruption.run(_check_postgres(self._settings.postgres_url or ""))

    async def _apply_topology(self) -> None:
        user, url, password = "operator", self.services_nats_url, None
        if self.nats:
            user, password = "topology", self.nats.passwords["topology"]
        else:
            url, given, password = nats_credentials(url)
        broker = Broker(
            user,
            ServiceSettings.model_validate(
                {"nats_url": url, "nats_user": user if self.nats else given, "nats_password": password}
            ),
        )
        try:
            await asyncio.wait_for(broker.connect(), _CONNECT_SECONDS)
            await self._apply_what_fits(broker)
        except _BROKER_TROUBLE as error:
            why = str(error) or type(error).__name__
            if self.nats:
                raise ServerFailed(f"NATS does not take the desk's streams ({why}); see {self.nats.log}") from error
            raise Unsuitable(
                f"VENTANILLA_NATS_URL: {why}; the user must be allowed everything below desk.> and $JS.API.>"
            ) from error
        finally:
            with suppress(nats.errors.Error, OSError):
                await broker.close()

    async def _apply_what_fits(self, broker: Broker) -> None:
        """Our own server has room by design; another may allow less, so ask for half as long as that helps."""
        room = self._storage_bytes
        while True:
            try:
                await topology.apply(broker, storage_bytes=room)
                return
            except topology.TopologyRefused as refused:
                too_small = isinstance(refused, topology.BrokerTooSmall) or "insufficient" in str(refused)
                if self.nats or not too_small or room <= _LEAST_STORAGE_BYTES:
                    raise
                room //= 2


def check_nats(said: dict[str, Any]) -> None:
    """Check what a NATS server says of itself.

    Raises:
        Unsuitable: it does not answer, is too old, or has no JetStream.
    """
    if not said:
        raise Unsuitable("VENTANILLA_NATS_URL: no NATS server answers there; start it, or leave the variable out")
    wanted = ".".join(map(str, MINIMUM_SERVER[:2]))
    version = str(said.get("version", "0"))
    numbers = tuple(int(part) if part.isdigit() else 0 for part in version.split("-", maxsplit=1)[0].split("."))
    if numbers < MINIMUM_SERVER:
        raise Unsuitable(f"VENTANILLA_NATS_URL: NATS {version} is too old; update it to {wanted} or later")
    if not said.get("jetstream"):
        raise Unsuitable("VENTANILLA_NATS_URL: JetStream is off there; start the server with `-js`")


def _storage_for(folder: DataFolder) -> int:
    """What all streams together may fill: half of what is free or ours already, in whole GiB where it is that much."""
    store = folder.nats / "store"
    ours = sum(file.stat().st_size for file in store.rglob("*") if file.is_file()) if store.exists() else 0
    room = min(_MOST_STORAGE_BYTES, (shutil.disk_usage(folder.path).free + ours) // 2)
    if room < _LEAST_STORAGE_BYTES:
        raise Unsuitable(f"{folder.path}: the disk is nearly full; free a gigabyte, or choose another DATA_DIR")
    return room // _GIB * _GIB or room


async def _make_database(server: PostgresServer) -> None:
    try:
        connection = await asyncpg.connect(server.dsn(), timeout=_CONNECT_SECONDS)
    except asyncpg.InvalidPasswordError as error:
        raise Unsuitable(
            f"Postgres refuses the password in secrets.json; restore that file, or delete {server.directory} too"
        ) from error
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise ServerFailed(f"Postgres cannot be used ({error}); see {server.log}") from error
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


async def _check_postgres(url: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
        try:
            version = int(await connection.fetchval("SHOW server_version_num"))
        finally:
            await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, ValueError) and not isinstance(error, asyncpg.InterfaceError):  # it quotes the password
            why = "the URL cannot be read: percent-encode what is special in user and password, / as %2F"
        raise Unsuitable(
            f"VENTANILLA_POSTGRES_URL: cannot connect ({why}); start the server and check user, password and database"
        ) from error
    if version < _OLDEST_POSTGRES:
        raise Unsuitable(f"VENTANILLA_POSTGRES_URL: Postgres {version // 10_000} is too old; 15 or later is needed")
