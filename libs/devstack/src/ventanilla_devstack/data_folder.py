"""`DATA_DIR`: where things lie in it, who may use it, and what a killed run left running.

secrets.json     passwords and tokens        run.json         the running desk, for people and programs
processes.json   what was started            lock             held for as long as a run lasts
desk.yaml        the desk to start from, as it was imported
env              addresses and secrets for a shell: `. .run/env`
slack/           the local Slack's workspace, and what it began with
twilio/          what the local Twilio begins with
nats/ postgres/  the servers' data           logs/ outbox/    logs; outgoing mail without a relay
"""

import fcntl
import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.children import Identity, command_line, end_stranger, identify
from ventanilla_devstack.errors import CannotRun, Unsuitable
from ventanilla_devstack.placement import keep_apart

_STOP_SIGNALS = {"postgres": signal.SIGINT, "nats": signal.SIGTERM, "slack": signal.SIGTERM}
_STOP_SECONDS = 15.0


class DataFolder:
    """One desk's folder. As a context manager it is held: nobody else can run a desk on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets = path / "secrets.json"
        self.run_file = path / "run.json"
        self.shell_file = path / "env"
        self.services_file = path / "services.env"
        self.desk_file = path / "desk.yaml"
        self.samples_file = path / "samples.json"
        self.nats = path / "nats"
        self.postgres = path / "postgres"
        self.outbox = path / "outbox"
        self.slack = path / "slack"
        self.twilio = path / "twilio"
        self._processes = path / "processes.json"
        self._started: dict[str, dict[str, int | str]] = {}
        self._lock: IO[str] | None = None

    def log(self, name: str) -> Path:
        """The log of a server or service."""
        return self.path / "logs" / f"{name}.log"

    def __enter__(self) -> Self:
        """Make the folder if need be and hold it.

        Raises:
            CannotRun: another run holds it.
            Unsuitable: it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            keep_apart(self.path)
            (self.path / "logs").mkdir(exist_ok=True)
            self._lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise Unsuitable(
                f"cannot write to {self.path} ({error.strerror}); choose another folder with DATA_DIR=…"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise CannotRun(
                f"a desk runs on {self.path} already (process {holder}); "
                "stop it, or choose another DATA_DIR and PORT_BASE"
            ) from error
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it; the records of an orderly end are removed."""
        if self._lock:
            self.run_file.unlink(missing_ok=True)
            self._processes.unlink(missing_ok=True)
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def record(self, name: str, pid: int, program: Path | str) -> None:
        """Remember a process, so that the next run can end it if we cannot."""
        if who := identify(pid):
            self._started[name] = {"pid": pid, "started": who.started, "program": str(program), "boot": _boot()}
            write_whole(self._processes, json.dumps(self._started, indent=1) + "\n")

    def clear_leftovers(self) -> list[str]:
        """End what a killed run left running; returns the names of what was ended. Services first, servers last.

        A process is ended only if its number, its start time and its command line are what was recorded.
        """
        recorded: dict[str, dict[str, int | str]] = {}
        with suppress(OSError, ValueError):
            recorded = json.loads(self._processes.read_text())
        ended = []
        for name in sorted(recorded, key=lambda name: (name == "postgres", name == "nats", name)):
            entry = recorded[name]
            who = Identity(int(entry["pid"]), int(entry["started"]))
            same = entry["boot"] == _boot() and identify(who.pid) == who
            if same and str(entry["program"]) in command_line(who.pid):
                end_stranger(who, _STOP_SIGNALS.get(name, signal.SIGKILL), _STOP_SECONDS)
                ended.append(name)
        self.run_file.unlink(missing_ok=True)
        self._processes.unlink(missing_ok=True)
        return ended


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
