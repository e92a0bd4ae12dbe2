"""What a backup holds, as a file beside its archives: a restore believes this file and checks the archives by it."""

import os
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from ventanilla_contracts.topology import BUCKETS, STREAMS, Bucket, Stream

FILE: Final = "manifest.json"
FORMAT: Final = "ventanilla-backup/1"
READ_BYTES: Final = 256 * 1024
"""Below half a megabyte: every server takes a message of that size."""


class BadBackup(Exception):
    """A folder that is no backup, or one that is damaged; the text says how."""


class ConsumerPosition(BaseModel):
    """How far a consumer had come; the archive has it too, this is for people."""

    ack_floor: int
    pending: int
    ack_pending: int


class StreamBackup(BaseModel):
    """One stream, or the stream below a bucket.

    Attributes:
        created_at: what tells it from other streams of its name; places in the ledger name it.
        config, state: as the server gave them with the archive; it wants them back.
    """

    name: str
    file: str
    size_bytes: int
    sha256: str
    taken_at: datetime
    created_at: str
    messages: int
    first_sequence: int
    last_sequence: int
    consumers: dict[str, ConsumerPosition] = Field(default_factory=dict)
    config: dict[str, Any]
    state: dict[str, Any]


class Manifest(BaseModel):
    """One backup, whole."""

    format: str = FORMAT
    id: str
    begun_at: datetime
    ended_at: datetime
    ventanilla: str
    server: str
    prefix: str
    streams: tuple[StreamBackup, ...]

    @property
    def size_bytes(self) -> int:
        """Of all archives."""
        return sum(stream.size_bytes for stream in self.streams)


def in_order() -> Iterator[Stream | Bucket]:
    """Streams and buckets in the order in which they must be backed up.

    What is upstream comes first: a message that its reader had settled when the stream was taken is then in the next
    one. What is remembered of notifications comes behind OUTBOUND: whatever of that archive was sent is known as sent.
    Objects come last: whoever names one wrote it before.
    """
    yield from STREAMS
    yield from (bucket for bucket in BUCKETS if bucket.kind == "kv")
    yield from (bucket for bucket in BUCKETS if bucket.kind == "object")


def stream_name(thing: Stream | Bucket) -> str:
    """The stream's name at the broker."""
    return thing.name if isinstance(thing, Stream) else thing.stream


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        BadBackup: there is none, or it cannot be read.
    """
    path = folder / FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BadBackup(f"{folder} is no backup: there is no {FILE} in it") from error
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        raise BadBackup(f"{path} cannot be read: {'.'.join(map(str, found['loc']))}: {found['msg']}") from error
    if manifest.format != FORMAT:
        raise BadBackup(f"{path} has the format {manifest.format!r}; this release reads {FORMAT!r}")
    for stream in manifest.streams:
        if Path(stream.file).name != stream.file:
            raise BadBackup(f"{path} names a file outside of the backup: {stream.file!r}")
    return manifest


def faults(folder: Path, manifest: Manifest, progress: Any = lambda _bytes: None) -> list[str]:
    """What is wrong with the archives of a backup, one line each; reads all of them.

    Args:
        progress: is told how many bytes were read, each time.
    """
    found = []
    held = {stream.name for stream in manifest.streams}
    if missing := [name for name in map(stream_name, in_order()) if name not in held]:
        found.append(f"it has no {', '.join(missing)}: it was taken by an older release, or is not whole")
    for stream in manifest.streams:
        path = folder / stream.file
        try:
            size, digest = _measure(path, progress)
        except OSError as error:
            found.append(f"{stream.file}: {error.strerror}")
            continue
        if size != stream.size_bytes:
            found.append(f"{stream.file} has {size} bytes, should have {stream.size_bytes}")
        elif digest != stream.sha256:
            found.append(f"{stream.file} was changed: its SHA-256 is not the manifest's")
    return found


def outdated(folder: Path, keep: int) -> list[Path]:
    """Whole backups in a folder of backups beyond the newest so many, oldest first; whatever else lies there is left.

    Raises:
        OSError: the folder cannot be read.
    """
    found = []
    for path in folder.iterdir():
        try:
            found.append((read_manifest(path).begun_at, path))
        except (BadBackup, OSError):  # not one of ours, or not whole: somebody should look at it
            continue
    return [path for _, path in sorted(found)[:-keep]]


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file in pieces that fit into messages."""
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            yield piece


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is there after a power cut."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _measure(path: Path, progress: Any) -> tuple[int, str]:
    size, digest = 0, sha256()
    for piece in pieces_of(path):
        size += len(piece)
        digest.update(piece)
        progress(len(piece))
    return size, digest.hexdigest()
