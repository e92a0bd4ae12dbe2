"""Real service processes in tests: started, probed, killed and restarted, and always reaped."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.support.forking import Forked, forge_of
from tests.support.polling import eventually
from ventanilla_devstack.children import end, kill, last_line, spawn
from ventanilla_devstack.ports import HOST, free_port

READY_SECONDS = 30.0
STOP_SECONDS = 25.0


def warm_up(names: Iterable[str]) -> None:
    """Let services be imported while something else is done, where that is done once for all their starts."""
    if ServiceProcess.quick:
        for name in names:
            forge_of(name)


class ServiceProcess:
    """One service as its own process, on a port of its own, with its log in a file.

    Attributes:
        quick: fork a process that has imported the service already; not for measuring.
    """

    quick = False

    def __init__(
        self, name: str, environment: Mapping[str, str], folder: Path, command: list[str] | None = None
    ) -> None:
        """Nothing is started yet; `Processes.start` does both.

        Args:
            name: the service's command in the environment (`router`), also the prefix of its variables.
            environment: its settings; the health port is added.
            folder: where its log is kept.
            command: instead of `NAME serve`.
        """
        self.name = name
        prefix = name.upper().replace("-", "_")
        self.http_port = int(environment.get(f"{prefix}_HTTP_PORT") or free_port())
        self.environment = {
            **{key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TZ", "TMPDIR")},
            **environment,
            f"{prefix}_HTTP_PORT": str(self.http_port),
        }
        self.command = command or [str(Path(sys.prefix) / "bin" / name), "serve"]
        self._forks = self.quick and command is None
        self.log = folder / f"{name}-{self.http_port}.log"
        self._process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def url(self) -> str:
        """Where its probes and its API are."""
        return f"http://{HOST}:{self.http_port}"

    @property
    def pid(self) -> int:
        """Its process id; 0 when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    async def start(self, *, ready_within_seconds: float = READY_SECONDS) -> None:
        """Start it and wait until `/readyz` says yes; 0 seconds do not wait."""
        assert not self.pid, f"{self.name} runs already"
        if self._forks:
            self._process = forge_of(self.name).start(self.command[1:], self.environment, self.log)
        else:
            with self.log.open("ab") as log:
                self._process = spawn(self.command, env=self.environment, cwd=self.log.parent, stdout=log, stderr=log)
        if ready_within_seconds:
            await self.wait_ready(ready_within_seconds)

    async def wait_ready(self, within_seconds: float = READY_SECONDS) -> None:
        """Wait for `/readyz`.

        Raises:
            AssertionError: it ended, or is not ready in time; the text holds its last line and what `/readyz` said.
        """
        said: Any = "no answer"
        deadline = time.monotonic() + within_seconds
        async with httpx.AsyncClient() as client:
            while time.monotonic() < deadline:
                if not self.pid:
                    raise AssertionError(f"{self.name} ended: {last_line(self.log)} (log: {self.log})")
                try:
                    answer = await client.get(f"{self.url}/readyz", timeout=2)
                except httpx.HTTPError as error:
                    said = repr(error)
                else:
                    if answer.status_code == 200:
                        return
                    said = answer.text
                await asyncio.sleep(0.03)
        raise AssertionError(f"{self.name} is not ready: {said}; {last_line(self.log)} (log: {self.log})")

    async def stop(self, within_seconds: float = STOP_SECONDS) -> int:
        """SIGTERM, and wait for it to drain; returns its exit status.

        Raises:
            AssertionError: it did not end in time.
        """
        process = self._process
        assert process, f"{self.name} was never started"
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        await eventually(lambda: process.poll() is not None, within_seconds)
        return process.wait()

    async def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        if self._process:
            kill(self._process)

    async def restart(self) -> None:
        """Stop in order, start again on the same port."""
        await self.stop()
        await self.start()

    def events(self) -> list[dict[str, Any]]:
        """Its log so far: the JSON lines, in order."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting for what it does then."""
        if self._process and self.pid:
            self._process.send_signal(signal.SIGTERM)

    def reap(self) -> None:
        """End it whatever it is doing."""
        if self._process:
            end(self._process, signal.SIGTERM, 5)


class Processes:
    """Makes service processes for one test and ends them all afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[ServiceProcess] = []

    def add(self, name: str, environment: Mapping[str, str], command: list[str] | None = None) -> ServiceProcess:
        """A process that is not started yet."""
        process = ServiceProcess(name, environment, self.folder, command)
        self._started.append(process)
        return process

    async def start(
        self, name: str, environment: Mapping[str, str], command: list[str] | None = None
    ) -> ServiceProcess:
        """A process that is ready."""
        process = self.add(name, environment, command)
        await process.start()
        return process

    def reap(self) -> None:
        """End all of them, all at once: each takes a second to stop, and no test looks at the order."""
        for process in self._started:
            process.ask_to_stop()
        for process in self._started:
            process.reap()
