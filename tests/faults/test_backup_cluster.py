"""Backup and restore of a cluster of three servers, whose streams have leaders that are elected while one restores."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.commands import run_beside
from tests.support.polling import eventually
from ventanilla_devstack.children import kill, spawn
from ventanilla_devstack.nats_server import find_nats_server, generate_passwords
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_runtime import topology
from ventanilla_runtime.backups.positions import rewind, skip_to
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.topology import TopologyRefused, server_users

STORAGE_BYTES = 4 * 1024**3


class Cluster:
    """Three servers of a test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passwords = generate_passwords()
        self._ports = [free_port() for _ in range(3)]
        self._routes = [free_port() for _ in range(3)]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._brokers: list[Broker] = []

    async def start(self) -> Broker:
        """Start all three; returns a connection of the operator's once JetStream has a leader."""
        self._folder.mkdir(parents=True)
        routes = ", ".join(f'"nats://{HOST}:{port}"' for port in self._routes)
        for number, (port, route) in enumerate(zip(self._ports, self._routes, strict=True)):
            config = self._folder / f"{number}.conf"
            config.write_text(
                f'server_name: n{number}\nlisten: "{HOST}:{port}"\n'
                f"jetstream: {{store_dir: {json.dumps(str(self._folder / f'store{number}'))}\n"
                f"max_file_store: {2 * STORAGE_BYTES}\nsync_interval: always}}\n"
                f'cluster: {{name: c\nlisten: "{HOST}:{route}"\nroutes: [{routes}]}}\n{server_users(self._passwords)}'
            )
            with (self._folder / f"{number}.log").open("wb") as log:
                command = [find_nats_server(), "-c", config]
                self._processes.append(spawn(command, env={}, cwd=self._folder, stdout=log, stderr=log))
        settings = ServiceSettings(
            nats_url=",".join(f"nats://{HOST}:{port}" for port in self._ports),
            nats_user="operator",
            nats_password=SecretStr(self._passwords["operator"]),
        )
        broker = Broker("operator", settings)
        await broker.connect()
        self._brokers.append(broker)

        async def led() -> bool:
            try:
                return "error" not in await broker.api("INFO")
            except BrokerAway:
                return False

        await eventually(led, 40, every_seconds=0.3)
        return broker

    async def ventanilla(self, *arguments: str) -> None:
        """Run the operator's command; it must end well."""
        url = f"nats://operator:{self._passwords['operator']}@{HOST}:{self._ports[0]}"
        said = await run_beside("ventanilla", *arguments, environment={"VENTANILLA_NATS_URL": url})
        assert said.code == 0, said.err + said.out

    async def end(self) -> None:
        """Close the connections and kill the servers."""
        for broker in self._brokers:
            await broker.close()
        for process in self._processes:
            kill(process)
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture
async def clusters(desk_folder: Path) -> AsyncIterator[tuple[Cluster, Cluster]]:
    both = Cluster(desk_folder / "one"), Cluster(desk_folder / "other")
    yield both
    for cluster in both:
        await cluster.end()


@pytest.mark.long
async def test_a_cluster_comes_back_with_its_replicas_names_and_positions(
    clusters: tuple[Cluster, Cluster], tmp_path: Path
) -> None:
    first, second = clusters
    operator = await first.start()

    async def applied() -> bool:
        try:
            await topology.apply(operator, storage_bytes=STORAGE_BYTES, replicas=3)
        except (TopologyRefused, BrokerAway):
            return False
        return True

    await eventually(applied, 60, every_seconds=1)
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish_all([Outgoing("INTAKE", "desk.message.received.v1.email", b"m")] * 50)
    was = await operator.stream_state("INTAKE")
    await first.ventanilla("backup", "take", str(tmp_path / "backup"))
    await first.end()

    restored = await second.start()
    await second.ventanilla("backup", "restore", str(tmp_path / "backup"))

    state = await restored.stream_state("INTAKE")
    assert (state.created_at, state.messages, state.last_sequence) == (was.created_at, 50, 50)
    info = await restored.api("STREAM.INFO.INTAKE")
    assert info["config"]["num_replicas"] == 3
    await second.ventanilla("topology", "check", "--replicas", "3")
    writing = Publisher(restored)
    await writing.start()
    assert await skip_to(restored, writing, state, 500, "desk") == 450
    assert (await restored.stream_state("INTAKE")).last_sequence == 500
    assert not await rewind(restored, "INTAKE", "router", 5)
