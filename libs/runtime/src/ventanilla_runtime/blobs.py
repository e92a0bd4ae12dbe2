"""Bytes too big for an event, in JetStream object stores, in the layout that all NATS clients read.

Written with one atomic batch (chunks, then the meta message), so that a crash leaves nothing half; read with
`DIRECT.GET` alone, because making a consumer is a right that services do not have. Chunks are unique for each write:
two concurrent writes of one name would leave chunks that nobody owns. Each blob says for whose sake it is kept, so that
what nobody needs any more can be told.

A reference to a message of a stream resolves to that message, or to the copy that was archived under its name.
"""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from ventanilla_contracts.events import BlobRef
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.publish import BATCH_BYTES, BATCH_MESSAGES, Outgoing, Publisher

CHUNK_BYTES = 128 * 1024
BLOB_LIMIT_BYTES = 120 * 1024 * 1024
"""One atomic batch holds at most a thousand messages."""
ARCHIVE_BUCKET = "raw"
_OWNER_HEADER = "vnt-owner"


@dataclass(frozen=True, slots=True)
class NewBlob:
    """Bytes to store.

    Attributes:
        owners: ids of the events that need them; without any, nobody collects the blob.
        name: None picks a new one; a given name that exists is replaced.
    """

    data: bytes
    content_type: str = "application/octet-stream"
    owners: Sequence[str] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What a bucket says of a blob.

    Attributes:
        nuid: names its chunks.
        owners: for whose sake it is kept: ids of events, or what else its writer wrote.
        stored_at: the broker's time of storing.
    """

    bucket: str
    name: str
    nuid: str
    size_bytes: int
    owners: tuple[str, ...]
    stored_at: datetime


class Blobs:
    """Reads and writes blobs by reference."""

    def __init__(self, broker: Broker, publisher: Publisher) -> None:
        self._broker = broker
        self._publisher = publisher

    async def put(
        self,
        bucket: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        owners: Sequence[str] = (),
        name: str | None = None,
    ) -> BlobRef:
        """Store bytes durably; the arguments are those of `NewBlob`.

        Raises:
            Temporary: not stored; trying again stores them anew.
        """
        [ref] = await self.put_all(bucket, [NewBlob(data, content_type, owners, name)])
        return ref

    async def put_all(self, bucket: str, blobs: Sequence[NewBlob]) -> list[BlobRef]:
        """Store blobs durably, in as few synced writes as their size allows; their references in order.

        Raises:
            Temporary: some may be stored; trying again stores all of them anew.
        """
        refs: list[BlobRef] = []
        group: list[Outgoing] = []
        group_bytes = 0
        for blob in blobs:
            ref, messages = _encode(bucket, blob)
            if group and (len(group) + len(messages) > BATCH_MESSAGES or group_bytes + ref.size_bytes > BATCH_BYTES):
                await self._publisher.publish_together(group)
                group, group_bytes = [], 0
            group += messages
            group_bytes += ref.size_bytes
            refs.append(ref)
        if group:
            await self._publisher.publish_together(group)
        return refs

    async def get(self, ref: BlobRef) -> bytes:
        """Fetch the bytes that a reference names, checked against its SHA-256.

        Raises:
            BlobLost: they are not there, or are not what was stored.
            Temporary: the broker does not answer.
        """
        if ref.stream and ref.created_at and ref.sequence:
            stored = await self._broker.stored_message(ref.stream, ref.sequence)
            data = stored.body if stored else b""
            if sha256(data).hexdigest() != ref.sha256:  # archived, or the stream was made anew
                data = await self._read_object(ARCHIVE_BUCKET, archived_name(ref.stream, ref.created_at, ref.sequence))
        elif ref.bucket and ref.name:
            data = await self._read_object(ref.bucket, ref.name)
        else:
            raise BlobLost("the reference names no place")
        if sha256(data).hexdigest() != ref.sha256:
            raise BlobLost("the bytes are gone, or are not what was stored")
        return data

    async def find(self, bucket: str, name: str) -> StoredBlob | None:
        """What is known of a blob, or None if there is none of that name."""
        meta = await self._broker.last_message(f"OBJ_{bucket}", _meta_subject(bucket, name))
        return _read_meta(meta) if meta else None

    async def all(self, bucket: str) -> AsyncIterator[StoredBlob]:
        """Every blob of a bucket, the longest stored first."""
        async for meta in self._messages(bucket, f"$O.{bucket}.M.*"):
            if (blob := _read_meta(meta)) is not None:
                yield blob

    async def delete(self, blob: StoredBlob) -> None:
        """Remove a blob for good.

        Raises:
            Temporary: it may still be there in part; `all` names it as long as anything is.
        """
        stream = f"OBJ_{blob.bucket}"
        # The chunks go first: as long as the meta message is there, the blob is found again.
        await self._broker.prune(stream, f"$O.{blob.bucket}.C.{blob.nuid}")
        await self._broker.prune(stream, _meta_subject(blob.bucket, blob.name))

    async def _read_object(self, bucket: str, name: str) -> bytes:
        blob = await self.find(bucket, name)
        if blob is None:
            return b""
        return b"".join([chunk.body async for chunk in self._messages(bucket, f"$O.{bucket}.C.{blob.nuid}")])

    async def _messages(self, bucket: str, subject: str) -> AsyncIterator[StoredMessage]:
        """What a bucket's stream holds under a subject, in order."""
        sequence = 1
        while message := await self._broker.next_message(f"OBJ_{bucket}", subject, sequence):
            yield message
            sequence = message.sequence + 1


def _encode(bucket: str, blob: NewBlob) -> tuple[BlobRef, list[Outgoing]]:
    """A blob as its reference and its messages: chunks, then the meta message."""
    data = blob.data
    if len(data) > BLOB_LIMIT_BYTES:
        raise ValueError(f"a blob of {len(data)} bytes is over the limit of {BLOB_LIMIT_BYTES}")
    digest = sha256(data)
    nuid = secrets.token_hex(16)
    name = blob.name or nuid
    stream = f"OBJ_{bucket}"
    chunks = [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]
    messages = [Outgoing(stream, f"$O.{bucket}.C.{nuid}", chunk) for chunk in chunks]
    headers = {"Content-Type": [blob.content_type], **({_OWNER_HEADER: list(blob.owners)} if blob.owners else {})}
    meta = {
        "name": name,
        "bucket": bucket,
        "nuid": nuid,
        "size": len(data),
        "chunks": len(chunks),
        "digest": f"SHA-256={base64.urlsafe_b64encode(digest.digest()).decode()}",
        "mtime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "headers": headers,
        "options": {"max_chunk_size": CHUNK_BYTES},
    }
    messages.append(Outgoing(stream, _meta_subject(bucket, name), json.dumps(meta).encode(), {"Nats-Rollup": "sub"}))
    return BlobRef(size_bytes=len(data), sha256=digest.hexdigest(), bucket=bucket, name=name), messages


def archived_name(stream: str, created_at: str, sequence: int) -> str:
    """The name under which a message of a stream is archived; `created_at` is when that stream was made."""
    return f"{stream}-{nanoseconds(created_at)}-{sequence}"


def _meta_subject(bucket: str, name: str) -> str:
    return f"$O.{bucket}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"


def _read_meta(message: StoredMessage) -> StoredBlob | None:
    """A meta message as a value; None for one that says that its object was deleted, or nothing."""
    try:
        meta = json.loads(message.body)
        if meta.get("deleted"):
            return None
        owners = (meta.get("headers") or {}).get(_OWNER_HEADER) or ()
        stored_at = datetime.fromtimestamp(nanoseconds(message.stored_at) / 1e9, UTC)
        return StoredBlob(
            meta["bucket"], meta["name"], meta["nuid"], int(meta["size"]), tuple(map(str, owners)), stored_at
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
