"""Whole runs of a desk in tests: started as `make run` starts them, watched from outside, never left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.polling import eventually
from ventanilla_devstack.children import Account, Identity, end, identify, kill, spawn
from ventanilla_devstack.desk_services import OFFSETS
from ventanilla_devstack.ports import claim_port, free_port

ROOT = Path(__file__).resolve().parents[2]
FAKE_DESK = (sys.executable, "-m", "tests.support.fake_desk", "run")


def free_port_base() -> int:
    """A PORT_BASE all of whose ports are free."""
    for _ in range(200):
        base = free_port() - OFFSETS["postgres"]
        others = [base + offset for name, offset in OFFSETS.items() if name != "postgres"]
        if all(claim_port(port) for port in others):
            return base
    raise AssertionError("no free range of ports")


class DeskRun:
    """One `run` on one folder."""

    def __init__(
        self,
        data_dir: Path,
        port_base: int,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = FAKE_DESK,
        account: Account | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.port_base = port_base
        self.output = data_dir.with_name(data_dir.name + ".output")
        given = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
        with self.output.open("ab") as output:
            self.process: subprocess.Popen[bytes] = spawn(
                command,
                env={
                    **given,
                    "SAMPLES": "0",
                    "DATA_DIR": str(data_dir),
                    "PORT_BASE": str(port_base),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    **(environment or {}),
                },
                cwd=ROOT,
                stdout=output,
                stderr=output,
                death_signal=signal.SIGTERM,
                account=account,
            )

    def said(self) -> str:
        """All that it has printed."""
        return self.output.read_text(errors="replace")

    def complaint(self) -> list[str]:
        """The lines that tell what is wrong."""
        return [line for line in self.said().splitlines() if line.startswith("ventanilla: ")]

    def run_file(self) -> dict[str, Any]:
        """`run.json` of this run; empty while there is none, or only that of a killed one."""
        try:
            content: dict[str, Any] = json.loads((self.data_dir / "run.json").read_text())
        except FileNotFoundError:
            return {}
        ours = {self.process.pid} | descendants(self.process.pid)
        return content if content["supervisor"] in ours else {}

    async def ready(self, within_seconds: float = 60.0) -> dict[str, Any]:
        """Wait for `run.json`.

        Raises:
            AssertionError: it ended, or is not ready in time.
        """
        await eventually(lambda: self.run_file() or self.process.poll() is not None, within_seconds)
        assert self.process.poll() is None, self.said()
        return self.run_file()

    async def ended(self, within_seconds: float = 40.0) -> int:
        """Wait for its end; returns the exit status."""
        await eventually(lambda: self.process.poll() is not None, within_seconds)
        return self.process.wait()

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop, and wait."""
        self.process.send_signal(number)
        return await self.ended()

    def recorded(self) -> list[Identity]:
        """The processes that it has started and not ended."""
        try:
            entries = json.loads((self.data_dir / "processes.json").read_text())
        except FileNotFoundError:
            return []
        found = [identify(entry["pid"]) for entry in entries.values()]
        return [who for who in found if who]

    def reap(self) -> None:
        """End it, whatever it is doing."""
        end(self.process, signal.SIGTERM, 15)
        kill(self.process)


def descendants(pid: int) -> set[int]:
    """Ids of all processes below one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text()
                parents[int(entry.name)] = int(stat[stat.rindex(")") + 2 :].split()[1])
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found
