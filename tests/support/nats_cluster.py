"""Three brokers that keep everything three times, as in production; any of them may be killed."""

import asyncio
import json
from pathlib import Path

from tests.support.broker import STORAGE_BYTES, Desk
from tests.support.polling import eventually
from ventanilla_contracts.errors import Temporary
from ventanilla_devstack.nats_server import NatsServer, generate_passwords
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_runtime import topology
from ventanilla_runtime.topology import TopologyRefused

NODES = 3


class Node(NatsServer):
    """One server of a cluster."""

    def __init__(self, directory: Path, passwords: dict[str, str], number: int, routes: list[int]) -> None:
        super().__init__(directory, passwords, port=free_port(), storage_bytes=2 * STORAGE_BYTES)
        self.name = f"node{number}"
        self._route, self._routes = routes[number], routes

    def _configuration(self) -> str:
        routes = [f"nats://{HOST}:{port}" for port in self._routes]
        cluster = f'cluster {{ name: "desk", listen: "{HOST}:{self._route}", routes: {json.dumps(routes)} }}\n'
        return super()._configuration().replace('"ventanilla"', f'"{self.name}"', 1) + cluster


class NatsCluster:
    """Stands where a single server stands elsewhere."""

    def __init__(self, directory: Path) -> None:
        self.passwords = generate_passwords()
        routes = [free_port() for _ in range(NODES)]
        self.nodes = [Node(directory / f"node{n}", self.passwords, n, routes) for n in range(NODES)]

    @property
    def address(self) -> str:
        """Of all of them, as services are told."""
        return ",".join(node.address for node in self.nodes)

    @property
    def pid(self) -> int:
        """Of the first; 0 when it does not run."""
        return self.nodes[0].pid

    def url(self, user: str = "operator") -> str:
        """Where a user connects, credentials included."""
        return ",".join(node.url(user) for node in self.nodes)

    def start(self) -> None:
        """Start all; there may be no leader yet when this returns."""
        for node in self.nodes:
            node.start()

    def stop(self) -> None:
        """Stop all."""
        for node in self.nodes:
            node.stop()


class ClusterDesk(Desk):
    """The desk's streams, each on all three servers."""

    def __init__(self, cluster: NatsCluster) -> None:
        super().__init__(cluster)  # type: ignore[arg-type]  # it has what is asked of it here
        self.cluster = cluster

    async def apply_topology(self) -> None:
        """Make what is missing, once the servers have found each other."""
        broker = await self.connect("topology")

        async def applied() -> bool:
            try:
                await topology.apply(broker, storage_bytes=STORAGE_BYTES, replicas=NODES)
            except (Temporary, TopologyRefused) as error:
                raise AssertionError(str(error)) from error
            return True

        await eventually(applied, 60, every_seconds=0.3)

    async def leader_of(self, stream: str) -> Node:
        """The server that takes what is written into a stream."""
        broker = await self.connect("operator")
        answer = await broker.api(f"STREAM.INFO.{stream}")
        return next(node for node in self.cluster.nodes if node.name == answer["cluster"]["leader"])

    async def lose(self, node: Node, seconds: float) -> None:
        """Kill a server, and start it again after so long."""
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(node.start)
