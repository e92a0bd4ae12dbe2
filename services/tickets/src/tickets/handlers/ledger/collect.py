"""The collector: removes blobs that nothing needs any more.

A blob says for whose sake it was stored. It goes when none of its owners is a message, waits in quarantine, or ended as
a dead letter that may be replayed; and only if everything that was accepted in its time has come to an end, so that
what is still under way keeps its files. A blob without owners was not stored by us, and stays.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from tickets.adapters.postgres.archive import ArchiveStore
from tickets.domain.settling.incoming import effect_id
from tickets.handlers.customers.files import UPLOAD
from tickets.metrics import COLLECTED
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime.blobs import Blobs, StoredBlob
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds

log = structlog.get_logger()

BUCKETS = ("raw", "attachments")
_PAGE = 200
_RECEIVED = f"{MessageReceived.type}:"


class Collector:
    """Looks through the buckets, page by page."""

    def __init__(self, broker: Broker, blobs: Blobs, archive: ArchiveStore, *, after: timedelta) -> None:
        """`after`: a blob is left alone for so long."""
        self._broker = broker
        self._blobs = blobs
        self._archive = archive
        self._after = after

    async def collect_once(self) -> int:
        """One round; returns how many blobs were removed.

        Raises:
            Temporary: broker or database are away; what was removed stays removed.
        """
        state = await self._broker.stream_state("ACCEPTED")
        settled_until = await self._archive.settled_until(state.created_at)
        if settled_until is None:
            return 0
        now = datetime.fromtimestamp(nanoseconds(state.answered_at) / 1e9, UTC)
        stored_before = min(now, settled_until) - self._after
        removed = 0
        for bucket in BUCKETS:
            page: list[StoredBlob] = []
            async for blob in self._blobs.all(bucket):
                if blob.owners and blob.stored_at < stored_before:
                    page.append(blob)
                if len(page) == _PAGE:
                    removed += await self._remove_unneeded(page)
                    page = []
            removed += await self._remove_unneeded(page)
        if removed:
            log.info("blobs.collected", blobs=removed)
        return removed

    async def _remove_unneeded(self, page: Sequence[StoredBlob]) -> int:
        needed = await self._needed({owner for blob in page for owner in blob.owners})
        unneeded = [blob for blob in page if needed.isdisjoint(blob.owners)]
        for blob in unneeded:
            await self._blobs.delete(blob)
            COLLECTED.labels(blob.bucket).inc()
        uploads = [upload for blob in unneeded for owner in blob.owners if (upload := _upload(owner))]
        if uploads:
            await self._archive.forget_uploads(uploads)
        return len(unneeded)

    async def _needed(self, owners: set[str]) -> set[str]:
        """The owners that are still there, and those that nobody here knows how to look for."""
        uploads = {id_: owner for owner in owners if (id_ := _upload(owner))}
        events = {effect_id(owner): owner for owner in owners if owner.startswith(_RECEIVED)}
        needed = owners - set(uploads.values()) - set(events.values())
        if uploads:
            there = await self._archive.uploads_there(list(uploads), self._after.total_seconds())
            needed |= {uploads[id_] for id_ in there}
        if events:
            needed |= {events[id_] for id_ in await self._archive.messages_there(list(events))}
            needed |= await self._archive.dead_letters(list(events.values()))
        return needed


def _upload(owner: str) -> UUID | None:
    """The upload that an owner names, or None."""
    if not owner.startswith(UPLOAD):
        return None
    try:
        return UUID(owner.removeprefix(UPLOAD))
    except ValueError:
        return None
