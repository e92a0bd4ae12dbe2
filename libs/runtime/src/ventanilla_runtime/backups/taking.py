"""Takes a backup of everything that the broker keeps for a desk, while the desk works."""

import os
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.answers import stream_identity
from ventanilla_runtime.backups.manifest import (
    FILE,
    ConsumerPosition,
    Manifest,
    StreamBackup,
    in_order,
    stream_name,
    sync_folder,
    write_durably,
)
from ventanilla_runtime.backups.snapshots import SnapshotRefused, take_snapshot
from ventanilla_runtime.broker import Broker

UNFINISHED = ".unfinished"
Progress = Callable[[str, int, int], None]
"""Is told the stream, the bytes written of its archive, and the bytes that it has at the broker, uncompressed."""


class FolderInUse(Exception):
    """Something is where the backup should go; nothing was touched."""


async def take_backup(broker: Broker, folder: Path, *, prefix: str, progress: Progress = lambda *_: None) -> Manifest:
    """Write a backup into a folder that does not exist yet; it has its name only when it is whole.

    What an attempt left that was broken off is removed, and everything begun anew.

    Args:
        broker: connected as `backup` or `operator`.
        folder: made, readable by its owner only. Beside it `<folder>.unfinished` is where it grows.
        prefix: first word of the desk's subjects.

    Raises:
        FolderInUse: there is something of that name.
        SnapshotRefused: a stream is missing, or the server broke off. Nothing is left of it under the folder's name.
        BrokerAway: as above.
        OSError: the disk is full, or the folder cannot be written.
    """
    growing = _begin(folder)
    begun_at = datetime.now(UTC)
    streams = [await _take(broker, name, growing, progress) for name in map(stream_name, in_order())]
    server = broker.client.connected_server_version
    manifest = Manifest(
        id=secrets.token_hex(8),
        begun_at=begun_at,
        ended_at=datetime.now(UTC),
        ventanilla=version("ventanilla-runtime"),
        server=f"{server.major}.{server.minor}.{server.patch}",
        prefix=prefix,
        streams=tuple(streams),
    )
    _finish(growing, folder, manifest)
    return manifest


def _begin(folder: Path) -> Path:
    """The empty folder in which the backup grows."""
    if folder.exists():
        raise FolderInUse(f"{folder} exists: a backup goes into a folder of its own")
    growing = folder.with_name(folder.name + UNFINISHED)
    if growing.exists():
        shutil.rmtree(growing)
    growing.mkdir(mode=0o700, parents=True)
    return growing


def _finish(growing: Path, folder: Path, manifest: Manifest) -> None:
    """Give the backup its name, now that it is whole."""
    write_durably(growing / FILE, manifest.model_dump_json(indent=1).encode() + b"\n")
    sync_folder(growing)
    growing.rename(folder)
    sync_folder(folder.parent)


async def _take(broker: Broker, name: str, folder: Path, progress: Progress) -> StreamBackup:
    info = await broker.api(f"STREAM.INFO.{name}")
    if error := info.get("error"):
        raise SnapshotRefused(f"stream {name}: {error.get('description')}; run `ventanilla topology check`")
    consumers = await _positions(broker, name)
    taken_at, digest, written = datetime.now(UTC), sha256(), 0
    path = folder / f"{name}.snapshot"
    with path.open("xb") as file:

        def write(piece: bytes) -> None:
            nonlocal written
            file.write(piece)
            digest.update(piece)
            written += len(piece)
            progress(name, written, int(info["state"]["bytes"]))

        answer = await take_snapshot(broker, name, write)
        file.flush()
        os.fsync(file.fileno())
    state: dict[str, Any] = answer["state"]
    return StreamBackup(
        name=name,
        file=path.name,
        size_bytes=written,
        sha256=digest.hexdigest(),
        taken_at=taken_at,
        created_at=stream_identity(info),
        messages=state["messages"],
        first_sequence=state["first_seq"],
        last_sequence=state["last_seq"],
        consumers=consumers,
        config=answer["config"],
        state=state,
    )


async def _positions(broker: Broker, stream: str) -> dict[str, ConsumerPosition]:
    found = {}
    for consumer in CONSUMERS:
        if consumer.stream == stream:
            state = await broker.consumer_state(stream, consumer.durable)
            found[consumer.durable] = ConsumerPosition(
                ack_floor=state.ack_floor, pending=state.pending, ack_pending=state.ack_pending
            )
    return found
