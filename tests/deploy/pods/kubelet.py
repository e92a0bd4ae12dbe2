"""A pod's life on one node: started, probed, started again when it ends or hangs, stopped with its grace."""

import asyncio
import contextlib
import time
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import dataclass
from typing import Any

import httpx

from tests.deploy.pods.container import Node, NotThereYet, words
from ventanilla_devstack.children import last_line

Json = dict[str, Any]
PROPAGATION_SECONDS = 1.0
"""Until balancers know that a pod is ready, or that it is not any more."""

# podman hands the signal on to its container, which would else outlive a test that was killed.
_DIES_WITH_US = ("setpriv", "--pdeathsig", "TERM")
_BACKOFF_SECONDS = (0.0, 10.0, 20.0, 40.0)
_LOOK_AGAIN_SECONDS = 0.5


@dataclass(slots=True)
class Ended:
    """How a pod's container ended.

    Attributes:
        status: its exit status; 137 if it was killed.
        seconds: since it was told to stop; 0 if nobody told it to.
        why: what the kubelet knows of it.
    """

    status: int
    seconds: float
    why: str


class Pod:
    """One pod with its one container.

    Attributes:
        address: its own, at which it listens.
        waiting: why there is no container yet.
        restarts: how the containers before this one ended.
        ended: how the last one did, once there comes no other.
        fell_out: how often it was ready and was not any more, without having ended.
    """

    def __init__(self, node: Node, template: Json, name: str, address: str) -> None:
        """Nothing is started yet."""
        self.node, self.name, self.address = node, name, address
        self.spec: Json = template["spec"]
        self.labels: dict[str, str] = template["metadata"].get("labels", {})
        self.template = template
        self.log = node.folder / f"{name}.log"
        self.waiting = ""
        self.restarts: list[Ended] = []
        self.ended: Ended | None = None
        self.stopping_since = 0.0
        self.fell_out = 0
        self._ready = False
        self._ready_since = self._unready_since = 0.0
        self._why = ""
        self._running = ""
        self._life: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether it says so, and is not being taken away."""
        return self._ready and not self.stopping_since

    def ready_seconds(self) -> float:
        """How long it has been ready."""
        return time.monotonic() - self._ready_since if self.ready else 0.0

    def gets_connections(self) -> bool:
        """Whether balancers send it any: they hear of each change a little later."""
        if self.ready:
            return self.ready_seconds() > PROPAGATION_SECONDS
        since = self.stopping_since or self._unready_since
        return bool(since) and time.monotonic() - since < PROPAGATION_SECONDS and self._ready_since < since

    def port(self, name: str) -> int:
        """The number of a port of the container."""
        return next(int(one["containerPort"]) for one in self._container["ports"] if one["name"] == name)

    def start(self) -> None:
        """Begin its life."""
        self._life = asyncio.create_task(self._live())

    async def finished(self) -> Ended:
        """How it ended, when it has."""
        assert self._life
        await asyncio.shield(self._life)
        assert self.ended
        return self.ended

    async def stop(self) -> Ended:
        """Take it away: out of balancing, preStop, SIGTERM, and SIGKILL when its grace is over."""
        if not self.stopping_since:
            self.stopping_since = time.monotonic()
            await self._stop_container()
            if not self._running and self._life and not self.ended:
                self._life.cancel()
                self.ended = Ended(0, 0.0, f"never ran: {self.waiting}")
                return self.ended
        return await self.finished()

    async def kill(self) -> None:
        """SIGKILL, as when memory runs out."""
        self._why = "killed by the test"
        await self._podman("kill", "--signal", "KILL", self._running)

    async def execute(self, *command: str) -> str:
        """`kubectl exec`: what a command says in its container."""
        status, said = await self._podman("exec", self._running, *command)
        assert status == 0, said
        return said

    async def remove(self) -> None:
        """End whatever there is of it, at once."""
        self.stopping_since = self.stopping_since or time.monotonic()
        if self._running:
            await self._podman("rm", "--force", "--ignore", "--time", "0", self._running)
        if self._life:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)

    def tells(self) -> str:
        """What somebody is to know who wonders why it is not ready."""
        broken = self._life.exception() if self._life and self._life.done() and not self._life.cancelled() else None
        return (
            f"{self.name}: {broken or self.waiting or last_line(self.log)} (restarts: {self.restarts}, log: {self.log})"
        )

    @property
    def _container(self) -> Json:
        return dict(self.spec["containers"][0])

    async def _live(self) -> None:
        for number in range(1000):
            ended = await self._run_once(f"{self.name}-{number}")
            if self.stopping_since or self.spec.get("restartPolicy") == "Never":
                self.ended = ended
                return
            self.restarts.append(ended)
            await asyncio.sleep(_BACKOFF_SECONDS[min(number, len(_BACKOFF_SECONDS) - 1)])

    async def _run_once(self, name: str) -> Ended:
        command = await self._command(name)
        self._why = ""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *_DIES_WITH_US, *command, env=self.node.environment, stdout=log, stderr=STDOUT, start_new_session=True
            )
        self._running = name
        probing = asyncio.create_task(self._probe())
        try:
            status = await process.wait()
        finally:
            self._running = ""
            self._note(ready=False)
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)
        since = self.stopping_since
        return Ended(status, time.monotonic() - since if since else 0.0, self._why)

    async def _command(self, name: str) -> list[str]:
        while True:
            try:
                command = words(self.node, self.spec, name, self.address)
            except NotThereYet as missing:
                self.waiting = str(missing)
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                self.waiting = ""
                return command

    async def _probe(self) -> None:
        container = self._container
        if probe := container.get("startupProbe"):
            await self._until(probe, lambda answers: answers)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._keep_alive(container.get("livenessProbe")), self._keep_ready(container))

    async def _keep_alive(self, probe: Json | None) -> None:
        if probe:
            await self._until(probe, lambda answers: False)

    async def _until(self, probe: Json, done: Any) -> None:
        """Ask until it is done; whoever fails too often in a row is stopped, and started again."""
        failures = 0
        while failures < probe["failureThreshold"]:
            answers = await self._asks(probe)
            if done(answers):
                return
            failures = 0 if answers else failures + 1
            await asyncio.sleep(probe["periodSeconds"])
        self._why = f"no answer to {probe['httpGet']['path']}"
        await self._stop_container()

    async def _keep_ready(self, container: Json) -> None:
        probe = container.get("readinessProbe")
        failures = 0
        while probe:
            answers = await self._asks(probe)
            failures = 0 if answers else failures + 1
            if answers or failures >= probe["failureThreshold"]:
                self.fell_out += self.ready and not answers
                self._note(ready=answers)
            await asyncio.sleep(probe["periodSeconds"])

    async def _asks(self, probe: Json) -> bool:
        get = probe["httpGet"]
        url = f"http://{self.address}:{self.port(get['port'])}{get['path']}"
        try:
            async with httpx.AsyncClient(timeout=probe["timeoutSeconds"], trust_env=False) as client:
                return 200 <= (await client.get(url)).status_code < 400
        except httpx.HTTPError:
            return False

    def _note(self, *, ready: bool) -> None:
        if ready and not self._ready:
            self._ready_since = time.monotonic()
        if self._ready and not ready:
            self._unready_since = time.monotonic()
        self._ready = ready

    async def _stop_container(self) -> None:
        """preStop and SIGTERM; both are within the grace."""
        if not self._running:
            return
        wait = (self._container.get("lifecycle") or {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        await asyncio.sleep(wait)
        grace = self.spec.get("terminationGracePeriodSeconds", 30) - wait
        await self._podman("stop", "--ignore", "--time", str(grace), self._running or "gone")

    async def _podman(self, *arguments: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            "podman", "--cgroup-manager=cgroupfs", *arguments, env=self.node.environment, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()
