"""Starts services and their commands quickly: of each one process imports everything once, and every start is a fork.

What runs is the service's own command in a process of its own, which can be stopped and killed like any other; only the
second or two are saved that Python needs to import it. As a script this is the process that is forked:

    python forking.py SOCKET SERVICE
"""

import atexit
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_PACKAGES = {"ventanilla": "ventanilla_runtime"}
"""Of commands that are called otherwise."""
_ORDER_BYTES = 256 * 1024
_FAILED = 1
_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.01
_START_SECONDS = 60.0


class Forked:
    """A started service; what of `subprocess.Popen` is used of processes, for one that is not our child."""

    def __init__(self, pid: int, ending: socket.socket) -> None:
        """Take over a process whose exit status will be told through `ending`."""
        self.pid = pid
        self.returncode: int | None = None
        self._ending = ending

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                told = self._ending.recv(64)
                self.returncode = int(told or -signal.SIGKILL)  # told nothing: it has ended with whoever started it
                self._ending.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(_POLL_SECONDS)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Forge:
    """The process that is forked to start a service; it ends with us, and its services with it."""

    def __init__(self, service: str) -> None:
        """Begin to import; nobody has to wait for that."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TZ", "TMPDIR")}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(theirs.fileno()), service],
                env=kept, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, process_group=0,
            )  # fmt: skip
        self._service, self._orders = service, ours

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> Forked:
        """Start the service, in the folder of its log."""
        with open(os.devnull, "rb") as nothing, log.open("ab") as file:
            return self.run(arguments, environment, log.parent, (nothing.fileno(), file.fileno(), file.fileno()))

    def run(
        self, arguments: list[str], environment: Mapping[str, str], folder: Path, streams: tuple[int, int, int]
    ) -> Forked:
        """Start a command of the service, with descriptors for what it reads, what it says and what it complains of."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        order = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
        with theirs:
            socket.send_fds(self._orders, [json.dumps(order).encode()], [theirs.fileno(), *streams])
        ours.settimeout(_START_SECONDS)
        pid = ours.recv(64)
        assert pid, f"{self._service} cannot be imported"
        ours.setblocking(False)
        return Forked(int(pid), ours)

    def end(self) -> None:
        """End it, and whatever it has started."""
        self._orders.close()
        self._process.wait(_START_SECONDS)


_forges: dict[str, Forge] = {}


def forge_of(service: str) -> Forge:
    """The process to fork for a service; made when it is first asked for, and kept while we run."""
    if service not in _forges:
        _forges[service] = Forge(service)
    return _forges[service]


@atexit.register
def _end_all() -> None:
    while _forges:
        _forges.popitem()[1].end()


def main(service: str, orders: socket.socket) -> None:
    """Import a service, then start it whenever that is asked for; returns in none but the started ones."""
    package = importlib.import_module(_PACKAGES.get(service, service.replace("-", "_"))).__name__
    if importlib.util.find_spec(f"{package}.app"):
        importlib.import_module(f"{package}.app")
    command = importlib.import_module(f"{package}.__main__").main
    gc.collect()
    gc.freeze()
    sys.argv = [service, *_serve(orders)]
    sys.exit(command())


def _serve(orders: socket.socket) -> list[str]:
    """Fork at each order; in the new process, the arguments of the command. Ends when nobody gives orders any more."""
    running: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as waiting:
        waiting.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is not orders:
                    waiting.unregister(key.fd)
                    pid, told = running.pop(key.fd)
                    _tell_end(pid, told)
                    os.close(key.fd)
                    continue
                text, descriptors, *_ = socket.recv_fds(orders, _ORDER_BYTES, 4)
                if not text:
                    for pid, _ in running.values():
                        os.kill(pid, signal.SIGKILL)
                    os._exit(0)
                told, parent = socket.socket(fileno=descriptors[0]), os.getpid()
                pid = os.fork()
                if not pid:
                    orders.close()
                    told.close()
                    for descriptor, (_, other) in running.items():
                        os.close(descriptor)
                        other.close()
                    return _become(json.loads(text), descriptors[1:], parent)
                for descriptor in descriptors[1:]:
                    os.close(descriptor)
                told.send(str(pid).encode())
                watch = os.pidfd_open(pid)
                running[watch] = pid, told
                waiting.register(watch, selectors.EVENT_READ)


def _tell_end(pid: int, told: socket.socket) -> None:
    _, status = os.waitpid(pid, 0)
    with told, contextlib.suppress(OSError):
        told.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(order: dict[str, object], streams: list[int], parent: int) -> list[str]:
    """Be a process as if it had been started by itself; the arguments of its command."""
    import ctypes

    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(_FAILED)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]  # JSON of our own
    time.tzset()
    arguments = order["arguments"]
    assert isinstance(arguments, list)
    return arguments


if __name__ == "__main__":
    main(sys.argv[2], socket.socket(fileno=int(sys.argv[1])))
