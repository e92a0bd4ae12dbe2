"""Starting and ending processes of ours, such that none is ever left behind or taken for another.

A process id alone names nothing: numbers are used again. Here a process is its id together with the moment it started,
as the kernel tells it. Start children from the main thread only: they die with the thread that started them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Tick = Callable[[], None]
"""Called again and again while something is waited for; raises to give up."""

_SHIM = Path(__file__).with_name("exec_shim.py")
_POLL_SECONDS = 0.02
_LINE_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine to run a child as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, not to be mistaken for a later one with the same number.

    Attributes:
        started: start time in clock ticks after boot, from `/proc/PID/stat`.
    """

    pid: int
    started: int


def patient() -> None:
    """A tick that never gives up."""


def identify(pid: int) -> Identity | None:
    """The identity of a running process, or None if there is none (a zombie is none)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in ("Z", "X") else Identity(pid, int(fields[19]))


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty if it is gone or a zombie."""
    try:
        return [part.decode(errors="replace") for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    except OSError:
        return []


def working_in(directory: Path) -> list[int]:
    """Ids of processes whose working directory is `directory`; that is where every process of a Postgres stays."""
    wanted = os.path.realpath(directory)
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            place = os.readlink(entry / "cwd")  # noqa: PTH115  # Path.readlink cannot tell " (deleted)" apart either
        except OSError:
            continue
        if place == wanted and identify(int(entry.name)):
            found.append(int(entry.name))
    return found


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    death_signal: signal.Signals = signal.SIGKILL,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, so that a Ctrl-C in the terminal reaches only us.

    Args:
        command: program with its full path, then its arguments.
        env: its whole environment; secrets belong here, never into the arguments.
        cwd: its working directory.
        stdout: where its output goes, as for `subprocess.Popen`.
        stderr: where its errors go.
        stdin: where it reads from.
        death_signal: what the kernel sends to the program if we die.
        account: the user to run it as; only root may change that.
    """
    uid, gid = (str(account.uid), str(account.gid)) if account else ("-", "-")
    shim = [sys.executable, "-I", "-S", str(_SHIM), str(os.getpid()), str(int(death_signal)), uid, gid]
    return subprocess.Popen(  # noqa: S603  # no shell; the programs are our own
        [*shim, *map(str, command)],
        env=dict(env),
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        process_group=0,
    )


def end(process: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM, within_seconds: float = 10.0) -> int:
    """Ask a child to stop, then kill its whole group. Returns its exit status; a dead one is only reaped."""
    if process.poll() is None:
        process.send_signal(first)
        try:
            return process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            kill(process)
    return process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and its group at once (SIGKILL), and reap it."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()  # it has not made its group yet, or part of the group runs as another user
    process.wait()


def wait_until(check: Callable[[], bool], within_seconds: float, tick: Tick = patient) -> bool:
    """Poll until `check` holds; False if it does not in time. `tick` may raise to end the wait."""
    deadline = time.monotonic() + within_seconds
    while not check():
        tick()
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def end_working_in(directory: Path, first: signal.Signals, within_seconds: float) -> None:
    """End every process whose working directory is `directory`, and wait until they are gone."""
    for pid in working_in(directory):
        if (who := identify(pid)) and pid != os.getpid():
            end_stranger(who, first, within_seconds)


def end_stranger(who: Identity, first: signal.Signals, within_seconds: float) -> None:
    """End a process that is not our child: ask, wait, then kill. Its identity is checked before each signal."""
    for signal_number, seconds in ((first, within_seconds), (signal.SIGKILL, 5.0)):
        if identify(who.pid) != who:
            return
        try:
            os.kill(who.pid, signal_number)
        except ProcessLookupError:
            return
        if wait_until(lambda: identify(who.pid) != who, seconds):
            return


def last_line(log: Path) -> str:
    """The last line of a log that says something, cut to a readable length; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:_LINE_LIMIT] if lines else ""


def open_log(path: Path, limit_bytes: int = 5_000_000) -> IO[bytes]:
    """Open a log for appending; one that has grown beyond the limit is put aside first as `NAME.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > limit_bytes:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")
