"""The desk's real broker in tests: one nats-server for the whole session, emptied between tests."""

from pathlib import Path

from pydantic import SecretStr

from tests.support.polling import eventually
from ventanilla_devstack.nats_server import NatsServer, generate_passwords
from ventanilla_runtime import topology
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.settings import ServiceSettings

STORAGE_BYTES = 4 * 1024**3
"""A limit, not an allocation: every stream gets its share of it."""


def new_nats_server(directory: Path) -> NatsServer:
    """A server of a test's own, not started yet; for tests that kill it or need two."""
    return NatsServer(directory, generate_passwords(), storage_bytes=2 * STORAGE_BYTES)


class Desk:
    """A broker with the desk's users, streams and consumers, and the connections that a test opened to it."""

    def __init__(self, server: NatsServer) -> None:
        self.server = server
        self._brokers: list[Broker] = []

    @property
    def address(self) -> str:
        """The URL without credentials."""
        return self.server.address

    def url(self, user: str = "operator") -> str:
        """The URL with a user's credentials."""
        return self.server.url(user)

    def password(self, user: str) -> str:
        return self.server.passwords[user]

    def settings(self, user: str = "operator") -> ServiceSettings:
        """Settings that connect as a user."""
        return ServiceSettings(nats_url=self.address, nats_user=user, nats_password=SecretStr(self.password(user)))

    def environment(self, service: str) -> dict[str, str]:
        """The variables with which a service's own process finds this broker."""
        prefix = service.upper().replace("-", "_")
        return {
            f"{prefix}_NATS_URL": self.address,
            f"{prefix}_NATS_USER": service,
            f"{prefix}_NATS_PASSWORD": self.password(service),
        }

    async def connect(self, user: str = "operator") -> Broker:
        """A connection as a user (a service's name, `topology` or `operator`); closed when the test ends."""
        broker = Broker(user, self.settings(user))
        await broker.connect()
        self._brokers.append(broker)
        return broker

    async def apply_topology(self) -> None:
        """Make what is missing of streams, buckets and consumers."""
        broker = await self.connect("topology")
        await topology.apply(broker, storage_bytes=STORAGE_BYTES)

    async def wipe(self) -> None:
        """Delete every stream with its messages and consumers, and make them anew: sequences start at 1 again.

        The server says that a stream is deleted before its folder is gone; on a busy machine one that is made at once
        is refused, or finds messages of its predecessor. Then it is deleted once more.
        """
        broker = await self.connect("topology")

        async def wiped() -> bool:
            for name in await _streams(broker):
                await broker.api(f"STREAM.DELETE.{name}")
            try:
                await topology.apply(broker, storage_bytes=STORAGE_BYTES)
            except topology.TopologyRefused as error:
                raise AssertionError(str(error)) from error
            states = [await broker.api(f"STREAM.INFO.{name}") for name in await _streams(broker)]
            return not any(state["state"]["last_seq"] for state in states)

        await eventually(wiped, 20, every_seconds=0.1)

    async def close(self) -> None:
        """Close the connections of the test."""
        while self._brokers:
            await self._brokers.pop().close()


async def _streams(broker: Broker) -> list[str]:
    names: list[str] = (await broker.api("STREAM.NAMES")).get("streams") or []
    return names
