"""Postgres clusters of whole desks: made and migrated once in a run, then copied."""

import asyncio
import subprocess
from pathlib import Path

from tickets.adapters.postgres.migrate import migrate
from ventanilla_devstack.postgres_server import PostgresServer

PASSWORD = "not-a-secret"


async def plant_cluster(directory: Path, programs: Path | None = None) -> None:
    """Let a server that has no cluster yet begin with a migrated one.

    The original is made when the first desk asks for it, beside the folders of the desks.

    Args:
        directory: of the server, in the folder of its desk.
        programs: of another Postgres than the wheel's.
    """
    original = directory.parents[1] / f"cluster-{programs.parent.name if programs else 'wheel'}"
    if not original.exists():
        await _make(original, programs)
    if not (original / "data").exists():  # Postgres may not enter this folder, and keeps its clusters elsewhere
        return
    await asyncio.to_thread(_copy, original / "data", directory)


async def _make(directory: Path, programs: Path | None) -> None:
    unfinished = directory.with_name(f"{directory.name}.unfinished")
    server = PostgresServer(unfinished, PASSWORD, durable=False, programs=programs)
    server.start()
    try:
        await migrate(server.dsn())
    finally:
        server.stop()
    unfinished.rename(directory)


def _copy(data: Path, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(data), str(directory / "data")], check=True)  # the files stay another user's
