"""Takes a backup of everything that the broker keeps for a desk, while the desk works."""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
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
    outdated,
    stream_name,
    sync_folder,
    write_durably,
)
from ventanilla_runtime.backups.snapshots import SnapshotRefused, take_snapshot
from ventanilla_runtime.broker import Broker

UNFINISHED = ".unfinished"
_ABANDONED_SECONDS = 86_400.0
"""After so long without a write, where the file system knows no locks."""
Progress = Callable[[str, int, int], None]
"""Is told the stream, the bytes written of its archive, and the bytes that it has at the broker, uncompressed."""


class FolderInUse(Exception):
    """Something is where the backup should go; nothing was touched."""


class CannotWrite(Exception):
    """The disk does not take the backup; the text says where, why and how much room there is."""


async def take_backup(broker: Broker, folder: Path, *, prefix: str, progress: Progress = lambda *_: None) -> Manifest:
    """Write a backup into a folder that does not exist yet; it has its name only when it is whole.

    What breaks off leaves nothing, unless the process is killed; that is removed by the next attempt under the name,
    or by `remove_abandoned`.

    Args:
        broker: connected as `backup` or `operator`.
        folder: made, readable by its owner only. Beside it `<folder>.unfinished` is where it grows.
        prefix: first word of the desk's subjects.

    Raises:
        FolderInUse: there is something of that name.
        SnapshotRefused: a stream is missing, or the server broke off. Nothing is left of it under the folder's name.
        BrokerAway: as above.
        CannotWrite: the disk is full, or the folder cannot be written.
    """
    try:
        growing = _begin(folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    held = _lock(growing)
    try:
        return await _fill(broker, growing, folder, prefix, progress)
    except OSError as error:
        shutil.rmtree(growing, ignore_errors=True)
        raise _cannot_write(folder, error) from error
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    finally:
        os.close(held)


async def expected_bytes(broker: Broker) -> int:
    """How large a backup can become: what all streams have at the broker.

    Raises:
        StreamMissing, BrokerAway: it cannot be known.
    """
    return sum([(await broker.stream_state(stream_name(name))).size_bytes for name in in_order()])


def remove_abandoned(parent: Path) -> list[Path]:
    """Remove what killed attempts have left in a folder of backups; whoever still writes holds a lock on its own.

    Returns:
        What was removed.

    Raises:
        OSError: the folder cannot be read.
    """
    removed = []
    for path in sorted(parent.glob(f"*{UNFINISHED}")):
        if path.is_dir() and not path.is_symlink() and _is_abandoned(path):
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path)
    return removed


def make_room(parent: Path, keep: int, expected: int) -> list[Path]:
    """Remove backups beyond the newest `keep`; where the disk has no room for another one, also the one that would go
    once that is whole. The newest stays in any case.

    Args:
        expected: bytes of the next one, at most.

    Returns:
        What was removed.

    Raises:
        OSError: the folder cannot be read or a backup not be removed.
    """
    short = shutil.disk_usage(parent).free < expected
    removed = outdated(parent, max(keep - 1, 1) if short else keep)
    for path in removed:
        shutil.rmtree(path)
    return removed


def _lock(growing: Path) -> int:
    """A descriptor that holds a folder for as long as this process lives and has it open."""
    descriptor = os.open(growing, os.O_RDONLY)
    with suppress(OSError):  # a file system without locks: its age has to do
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _is_abandoned(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        newest = max((one.stat().st_mtime for one in (path, *path.iterdir())), default=0.0)
        return time.time() - newest > _ABANDONED_SECONDS
    finally:
        os.close(descriptor)
    return True


def _cannot_write(folder: Path, error: OSError) -> CannotWrite:
    where = folder.absolute().parent
    room = "?"
    with suppress(OSError):
        room = f"{shutil.disk_usage(where).free / 1024**2:.0f}"
    return CannotWrite(f"{folder}: {error.strerror or error}; {where} has {room} MiB free; nothing of it is left there")


async def _fill(broker: Broker, growing: Path, folder: Path, prefix: str, progress: Progress) -> Manifest:
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
