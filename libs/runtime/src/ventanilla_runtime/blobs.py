"""Bytes too big for an event, in JetStream object stores, in the layout that all NATS clients read.

Written with one atomic batch (chunks, then the meta message), so that a crash leaves nothing half; read with
`DIRECT.GET` alone, because making a consumer is a right that services do not have. Names are unique for each write: two
concurrent writes of one name would leave chunks that nobody owns.
"""

import base64
import json
import secrets
from datetime import UTC, datetime
from hashlib import sha256

from ventanilla_contracts.events import BlobRef
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.publish import Outgoing, Publisher

CHUNK_BYTES = 128 * 1024
BLOB_LIMIT_BYTES = 120 * 1024 * 1024
"""One atomic batch holds at most a thousand messages."""


class Blobs:
    """Reads and writes blobs by reference."""

    def __init__(self, broker: Broker, publisher: Publisher) -> None:
        self._broker = broker
        self._publisher = publisher

    async def put(self, bucket: str, data: bytes, *, content_type: str = "application/octet-stream") -> BlobRef:
        """Store bytes durably under a new name.

        Raises:
            Temporary: not stored; trying again stores them under another name.
        """
        if len(data) > BLOB_LIMIT_BYTES:
            raise ValueError(f"a blob of {len(data)} bytes is over the limit of {BLOB_LIMIT_BYTES}")
        digest = sha256(data)
        name = secrets.token_hex(16)
        stream = f"OBJ_{bucket}"
        chunks = [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]
        messages = [Outgoing(stream, f"$O.{bucket}.C.{name}", chunk) for chunk in chunks]
        meta = {
            "name": name,
            "bucket": bucket,
            "nuid": name,
            "size": len(data),
            "chunks": len(chunks),
            "digest": f"SHA-256={base64.urlsafe_b64encode(digest.digest()).decode()}",
            "mtime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "headers": {"Content-Type": [content_type]},
            "options": {"max_chunk_size": CHUNK_BYTES},
        }
        encoded = base64.urlsafe_b64encode(name.encode()).decode()
        messages.append(Outgoing(stream, f"$O.{bucket}.M.{encoded}", json.dumps(meta).encode(), {"Nats-Rollup": "sub"}))
        await self._publisher.publish_together(messages)
        return BlobRef(size_bytes=len(data), sha256=digest.hexdigest(), bucket=bucket, name=name)

    async def get(self, ref: BlobRef) -> bytes:
        """Fetch the bytes that a reference names, checked against its SHA-256.

        Raises:
            BlobLost: they are not there, or are not what was stored.
            Temporary: the broker does not answer.
        """
        if ref.stream and ref.sequence:
            stored = await self._broker.stored_message(ref.stream, ref.sequence)
            data = stored.body if stored else b""
        elif ref.bucket and ref.name:
            data = await self._read_object(ref.bucket, ref.name)
        else:
            raise BlobLost("the reference names no place")
        if sha256(data).hexdigest() != ref.sha256:
            raise BlobLost("the bytes are gone, or are not what was stored")
        return data

    async def _read_object(self, bucket: str, name: str) -> bytes:
        stream, subject = f"OBJ_{bucket}", f"$O.{bucket}.C.{name}"
        chunks: list[bytes] = []
        sequence = 1
        while True:
            answer = await self._broker.ask(f"$JS.API.DIRECT.GET.{stream}", {"seq": sequence, "next_by_subj": subject})
            headers = answer.headers or {}
            if headers.get("Status"):
                return b"".join(chunks)
            chunks.append(answer.data)
            sequence = int(headers["Nats-Sequence"]) + 1
