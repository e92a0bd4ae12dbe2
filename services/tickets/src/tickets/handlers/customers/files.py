"""Files of messages: from the blob store, or out of the original where only that holds them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson

from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.domain.correspondence.original_parts import part_of
from ventanilla_contracts.events import Attachment, BlobRef
from ventanilla_contracts.file_types import file_type_of
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.errors import BlobLost

_BUCKET = "attachments"
_SHOWN = {"filename", "content_type", "size_bytes", "sha256", "detected_type", "dangerous"}
UPLOAD = "upload:"
"""Before the id of an upload: the owner of its bytes, until and after a reply sends them."""
_AT_A_TIME = 4
"""Bodies that are held in memory together."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a message: where its bytes lie, or the original that holds them."""

    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    blob: BlobRef | None
    original: BlobRef | None


class DeskFiles:
    """Stores and fetches files."""

    def __init__(self, reads: DeskReads, writes: DeskWrites, blobs: Blobs) -> None:
        self._reads = reads
        self._writes = writes
        self._blobs = blobs
        self._slots = asyncio.Semaphore(_AT_A_TIME)

    async def store(
        self, token_id: int, filename: str, content_type: str, body: Callable[[], Awaitable[bytes]]
    ) -> dict[str, Any]:
        """Keep a file until a reply sends it.

        Raises:
            Temporary: not stored; trying again stores it under another id.
        """
        id_ = uuid4()
        async with self._slots:
            data = await body()
            found = file_type_of(data, filename, content_type)
            ref = await self._blobs.put(_BUCKET, data, content_type=content_type, owners=[f"{UPLOAD}{id_}"])
        attachment = Attachment(
            filename=filename,
            content_type=content_type,
            size_bytes=ref.size_bytes,
            sha256=ref.sha256,
            blob=ref,
            detected_type=found.detected,
            dangerous=found.dangerous,
        )
        await self._writes.add_upload(id_, token_id, attachment.model_dump(mode="json"))
        described = attachment.model_dump(include=_SHOWN)
        return {"id": str(id_), **described}

    async def attachment(self, message_id: UUID, position: int) -> StoredFile | None:
        """The file at a position of a message, without its bytes; None if there is none."""
        row = await self._reads.message_files(message_id)
        files = orjson.loads(row["attachments"]) if row else []
        if position >= len(files):
            return None
        file = Attachment.model_validate(files[position])
        original = BlobRef.model_validate_json(row["raw"]) if row["raw"] else None
        return StoredFile(file.filename, file.content_type, file.size_bytes, file.sha256, file.blob, original)

    async def read(self, file: StoredFile) -> bytes:
        """The bytes of a file, checked against its SHA-256.

        Raises:
            BlobLost: they are not there any more.
            Temporary: the broker does not answer.
        """
        if not file.size_bytes:
            return b""  # nobody stores nothing
        async with self._slots:
            if file.blob:
                return await self._blobs.get(file.blob)
            if file.original is None:
                raise BlobLost("neither the file nor the original was kept")
            raw = await self._blobs.get(file.original)
            found = await asyncio.to_thread(part_of, raw, file.sha256, file.size_bytes)
        if found is None:
            raise BlobLost("the original does not hold the file")
        return found

    async def original(self, message_id: UUID) -> bytes | None:
        """The original of a message or of one in quarantine; None if there is none.

        Raises:
            BlobLost: it is not there any more.
            Temporary: the broker does not answer.
        """
        row = await self._reads.message_files(message_id)
        if not row or not row["raw"]:
            return None
        async with self._slots:
            return await self._blobs.get(BlobRef.model_validate_json(row["raw"]))
