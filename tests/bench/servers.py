"""The servers that both sides of a comparison run on, set alike: every write synced."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import asyncpg

from tests.support.broker import STORAGE_BYTES, Desk, new_nats_server
from ventanilla_devstack.placement import keep_apart
from ventanilla_devstack.postgres_server import PostgresServer

_DISK = Path("/var/tmp")  # /tmp may be in memory, or so full of files that making one more takes long
if not os.access(_DISK, os.W_OK):
    _DISK = Path(tempfile.gettempdir())


class Servers:
    """A fresh NATS and a fresh Postgres; Postgres notes when each row was committed."""

    def __init__(self) -> None:
        self._place, self.folder = _new_place()
        self.nats = new_nats_server(new_folder(self.folder, "nats"))
        self.postgres = PostgresServer(self.folder / "postgres", "not-a-secret", max_connections=60)

    def __enter__(self) -> "Servers":
        self.nats.start()
        self.postgres.start()
        asyncio.run(self._note_commit_times())
        self.postgres.stop()
        self.postgres.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.postgres.stop()
        self.nats.stop()
        _delete_at_the_end(self._place)

    def desk(self) -> Desk:
        """The desk's broker users on this NATS."""
        return Desk(self.nats)

    async def _note_commit_times(self) -> None:
        connection = await asyncpg.connect(self.postgres.dsn())
        await connection.execute("alter system set track_commit_timestamp = on")
        await connection.close()


@contextmanager
def server_folder() -> Iterator[Path]:
    """A folder for a server that stands alone, on the same disk and with the same care."""
    place, folder = _new_place()
    try:
        yield folder
    finally:
        _delete_at_the_end(place)


def _new_place() -> tuple[Path, Path]:
    place = new_folder(_DISK, "ventanilla-bench")
    keep_apart(place)
    folder = new_folder(place, "run")
    keep_apart(folder)  # as `make run` does with its DATA_DIR
    return place, folder


def _delete_at_the_end(place: Path) -> None:
    # Not now: ext4 walks over what was deleted in the last minutes whenever it makes a file, and the next run would pay
    # for our cleaning.
    atexit.register(shutil.rmtree, place, ignore_errors=True)


def new_folder(parent: Path, name: str) -> Path:
    """A folder whose name nobody had before: ext4 chooses a folder's place by its name, and remembers for minutes what
    was deleted there. What one run deleted must not cost the next one anything.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    folder.chmod(0o711)
    return folder


__all__ = ["STORAGE_BYTES", "Servers", "new_folder", "server_folder"]
