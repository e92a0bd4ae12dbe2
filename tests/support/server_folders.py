"""Where the servers of the tests keep their files: in memory, if this machine has the room, else where TMPDIR says.

The tests kill servers and never cut the power, so nothing is lost that a disk would have kept; but a broker and a
database that wait for a disk at every write were most of what `make test` waited for. What belongs to a run that was
killed is removed by the next one, since nobody tidies memory up.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # a folder of our own is made in it, which nobody else may write to
ROOM_BYTES = 4 * 1024**3
"""The most that a run was seen to fill is a tenth of it; less than this is a container's token of a /dev/shm."""
PREFIX = "ventanilla-tests-"
_LOCK = "in-use"


@contextmanager
def folder_for_servers() -> Iterator[Path]:
    """A folder for servers, which other users may enter: Postgres does not run as root. Removed afterwards."""
    parent = parent_folder()
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    new = folder / "new"
    with new.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # held until this process ends, however that happens
        new.rename(folder / _LOCK)
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def parent_folder(memory: Path = MEMORY, room_bytes: int = ROOM_BYTES) -> Path:
    """The folder in memory, if we may use it, nobody chose another by TMPDIR, and it and the machine have the room."""
    elsewhere = Path(tempfile.gettempdir())
    if os.environ.get("TMPDIR") or not os.access(memory, os.W_OK | os.X_OK):
        return elsewhere
    room = min(shutil.disk_usage(memory).free, _available_memory_bytes() // 2)
    return memory if room >= room_bytes else elsewhere


def remove_abandoned(parent: Path) -> None:
    """Delete what runs left that were killed; the lock tells them from those that are still running."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # it is in use, another user's, or not finished yet


def _available_memory_bytes() -> int:
    try:
        found = re.search(r"^MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
