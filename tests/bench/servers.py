"""The servers that both sides of a comparison run on, set alike: every write synced."""

import asyncio
import atexit
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

import asyncpg

from tests.support.broker import STORAGE_BYTES, Desk, new_nats_server
from ventanilla_devstack.postgres_server import PostgresServer

_DISK = Path(
    os.environ.get("BENCH_DIR", "/var/tmp")
)  # /tmp may be in memory, or so full of files that making one more takes long
if not os.access(_DISK, os.W_OK):
    _DISK = Path(tempfile.gettempdir())


class Servers:
    """A fresh NATS and a fresh Postgres; Postgres notes when each row was committed."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ventanilla-bench-", dir=_DISK))
        self.folder.chmod(0o711)
        self.nats = new_nats_server(self.folder / "nats")
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
        # Not now: ext4 walks over what was deleted in the last minutes whenever it makes a file, and the next run would
        # pay for our cleaning.
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def desk(self) -> Desk:
        """The desk's broker users on this NATS."""
        return Desk(self.nats)

    async def _note_commit_times(self) -> None:
        connection = await asyncpg.connect(self.postgres.dsn())
        await connection.execute("alter system set track_commit_timestamp = on")
        await connection.close()


__all__ = ["STORAGE_BYTES", "Servers"]
