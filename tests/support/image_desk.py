"""A whole desk whose services are containers of the built images, against a broker and a database of this machine."""

import asyncio
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support import clusters
from tests.support.broker import STORAGE_BYTES
from tests.support.desk import SECRET, RunningDesk
from tests.support.images import USER, Images
from tests.support.polling import eventually
from tests.support.processes import ServiceProcess
from ventanilla_devstack.ports import HOST

GRACE_SECONDS = 30
"""What the chart gives a pod; then it is killed."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a container ended.

    Attributes:
        seconds: from `podman stop` until it was gone.
        status: its exit status; 137 if it had to be killed.
    """

    seconds: float
    status: int


class ImageDesk(RunningDesk):
    """Servers as processes, services and jobs as containers with their settings from variables and mounted files."""

    def __init__(self, folder: Path, images: Images, settings: Mapping[str, str], mounts: Mapping[Path, str]) -> None:
        """Nothing is started yet.

        Args:
            mounts: folders that every container sees under their own name, with `ro` or `rw`.
        """
        self._secrets = folder / "secrets"
        own = {"TICKETS_SECRET_FILE": str(self._secrets / "tickets")}
        super().__init__(folder, {**settings, **own})
        self._images = images
        self._mounts = {**mounts, self._secrets: "ro"}
        self._run_id = secrets.token_hex(4)
        self._containers: dict[str, str] = {}
        self.began_seconds: dict[str, float] = {}

    async def start(self, services: tuple[str, ...] = ()) -> None:
        """Bring servers up, run both jobs out of the images, then start services until each is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._secrets.mkdir()
        (self._secrets / "tickets").write_text(SECRET + "\n")
        self.outbox.mkdir()
        for part in ("", "tmp", "new", "cur"):
            (self.outbox / part).mkdir(exist_ok=True)
            _give(self.outbox / part)
        self.nats.start()
        await clusters.plant_cluster(self.postgres.directory, None)
        self.postgres.start()
        topology = {"URL": self.nats.address, "USER": "topology", "PASSWORD": self.nats.passwords["topology"]}
        said = await self.job(
            "tickets",
            "topology", "apply", "--storage-bytes", str(STORAGE_BYTES),
            entrypoint="ventanilla",
            variables={f"VENTANILLA_NATS_{name}": value for name, value in topology.items()},
        )  # fmt: skip
        assert "changes" in said, said
        said = await self.job("tickets", "migrate", variables=self.environment("tickets"))
        assert "up to date" in said, said
        await asyncio.gather(*(self.add(name) for name in services))

    async def job(self, service: str, *arguments: str, entrypoint: str = "", variables: Mapping[str, str]) -> str:
        """What a container said that runs to its end; fails if it does."""
        done = await asyncio.to_thread(
            self._images.run, service, *arguments, entrypoint=entrypoint, variables=variables
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(
        self,
        name: str,
        key: str = "",
        command: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> ServiceProcess:
        """A container of a service that is not started yet."""
        assert not command, "containers run what is in their image"
        prefix = name.upper().replace("-", "_") + "_"
        given = {**self.environment(name), **self._settings, **(environment or {})}
        given |= {f"{prefix}HTTP_HOST": HOST, "INTAKE_EMAIL_SMTP_HOST": HOST}
        own = [variable for variable in given if variable.startswith(prefix)]
        if name == "tickets":
            own.remove("TICKETS_SECRET")  # it comes from its file
        self._containers[key or name] = container = f"ventanilla-{self._run_id}-{key or name}"
        mounts = {**self._mounts, **({self.outbox: "rw"} if name == "intake-email" else {})}
        run = self._images.command(name, variables=[*own, f"{prefix}HTTP_PORT"], mounts=mounts, container=container)
        return super().prepare(name, key, run, {**given, **self._images.environment})

    async def add(
        self,
        name: str,
        key: str = "",
        command: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> ServiceProcess:
        """Start a container and wait until it is ready; how long that took is kept."""
        began = time.monotonic()
        process = await super().add(name, key, command, environment)
        self.began_seconds[key or name] = time.monotonic() - began
        return process

    async def stop_container(self, name: str) -> Stopped:
        """What a cluster does with a pod that it takes away: SIGTERM, and SIGKILL after the grace."""
        process = self.services[name]
        began = time.monotonic()
        await asyncio.to_thread(self._images.podman, "stop", "--time", str(GRACE_SECONDS), self._containers[name])
        seconds = time.monotonic() - began
        await eventually(lambda: not process.pid)
        return Stopped(seconds, await process.stop())

    def stop(self) -> None:
        """End everything, containers that have lost their `podman` included."""
        super().stop()
        if self._containers:
            self._images.podman("rm", "--force", "--ignore", "--time", "0", *self._containers.values())


def _give(folder: Path) -> None:
    """Let the user of the images write into a folder, as `fsGroup` does in a cluster."""
    os.chown(folder, USER, USER)
