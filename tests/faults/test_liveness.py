"""A broker that changes its leader, and a database that is away, are no reason to kill a pod: `/livez` goes on."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults.test_kills import LOTS_OF_ACKNOWLEDGEMENTS
from tests.faults.traffic import Sender, stream
from tests.support.desk import SERVICES, RunningDesk
from tests.support.nats_cluster import ClusterDesk, NatsCluster
from tests.support.processes import ServiceProcess

LEADERLESS_SECONDS = 10.0
PROBE_SECONDS = 1.0
"""The time that Kubernetes gives a probe by default."""
EVERY_SECONDS = 0.2


@dataclass
class Probes:
    """What a kubelet would have seen of a service."""

    alive: int = 0
    slowest_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    unready: int = 0

    async def watch(self, service: ServiceProcess) -> None:
        """Probe until cancelled, each time over a new connection."""
        while True:
            begun = time.monotonic()
            try:
                async with httpx.AsyncClient(base_url=service.url, timeout=PROBE_SECONDS) as kubelet:
                    assert (await kubelet.get("/livez")).status_code == 200
                    self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - begun)
                    self.alive += 1
                    self.unready += (await kubelet.get("/readyz")).status_code != 200
            except httpx.TransportError as error:
                self.failed.append(repr(error))
            await asyncio.sleep(EVERY_SECONDS)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_services_stay_alive_and_lose_nothing_while_the_brokers_leader_and_the_database_are_away(
    desk_folder: Path,
) -> None:
    desk = RunningDesk(desk_folder, LOTS_OF_ACKNOWLEDGEMENTS)
    cluster = NatsCluster(desk_folder / "nats")
    broker = ClusterDesk(cluster)
    desk.nats, desk.broker = cluster, broker  # type: ignore[assignment]  # it stands where a single server stands
    async with desk.running():
        probes = {name: Probes() for name in SERVICES}
        watching = [asyncio.create_task(probe.watch(desk.services[name])) for name, probe in probes.items()]
        sender = Sender(desk.smtp_port)
        mailing = asyncio.create_task(stream(sender, "leaders", 400, 1, 0.06))
        for name in ("ACCEPTED", "INTAKE"):
            await asyncio.sleep(1)
            await broker.lose(await broker.leader_of(name), LEADERLESS_SECONDS)
        await asyncio.to_thread(desk.postgres.stop)
        await asyncio.sleep(3)
        await asyncio.to_thread(desk.postgres.start)
        keys = await mailing
        ledger = await desk.settled(len(keys), 90)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)

        print({name: (one.alive, f"{one.slowest_seconds:.2f} s", one.unready) for name, one in probes.items()})
        assert {name: one.failed for name, one in probes.items() if one.failed} == {}
        assert (ledger["accepted"], ledger["missing"]) == (len(keys), 0)
        subjects = [row["subject"] for row in await desk.query("select subject from ticket")]
        assert sorted(subjects) == sorted(keys)
