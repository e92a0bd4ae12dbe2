"""The desk's real broker in tests: one nats-server for the whole session, emptied between tests."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.support.polling import eventually
from ventanilla_contracts.topology import BUCKETS, CONSUMERS, STREAMS
from ventanilla_devstack.nats_server import NatsServer, generate_passwords
from ventanilla_runtime import topology
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.settings import ServiceSettings

STORAGE_BYTES = 4 * 1024**3
"""A limit, not an allocation: every stream gets its share of it."""

_CONFIGS = {
    config["name"]: config for thing in (*STREAMS, *BUCKETS) for config in [thing.config("desk", STORAGE_BYTES, 1)]
}
_UNSET = (-1, False, "none", "limits", {})
"""What the server says of settings that nobody gave."""


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
        """Delete every stream that was used, with its messages and consumers, and make it anew: sequences start at 1.

        The server says that a stream is deleted before its folder is gone; on a busy machine one that is made at once
        is refused, or finds messages of its predecessor. Then it is deleted once more.
        """
        broker = await self.connect("topology")

        async def wiped() -> bool:
            for name in await _streams(broker):
                if await _was_used(broker, name):
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


async def _was_used(broker: Broker, name: str) -> bool:
    """Whether a stream is not as `topology.apply` makes it: something was stored, set, added or is still waited for."""
    config = _CONFIGS.get(name)
    info = await broker.api(f"STREAM.INFO.{name}")
    if config is None or "error" in info or info["state"]["last_seq"]:
        return True
    if any(value != config[key] if key in config else value not in _UNSET for key, value in _settings(info)):
        return True
    durables = [consumer.durable for consumer in CONSUMERS if consumer.stream == name]
    consumers = [await broker.api(f"CONSUMER.INFO.{name}.{durable}") for durable in durables]
    return info["state"]["consumer_count"] != len(durables) or any(
        "error" in consumer or consumer["num_waiting"] or consumer.get("paused") for consumer in consumers
    )


def _settings(info: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in info["config"].items() if key != "metadata"]


async def _streams(broker: Broker) -> list[str]:
    names: list[str] = (await broker.api("STREAM.NAMES")).get("streams") or []
    return names
