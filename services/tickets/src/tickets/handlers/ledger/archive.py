"""The archiver: moves originals that have come to an end out of the doors' stream into the blob store.

ACCEPTED is bounded, and refuses mail when it is full; the blob store keeps an original as long as its ticket. Off the
hot path, one process at a time, oldest first. Where an original lies is never written down anew: a reference to
ACCEPTED leads to the blob of the same name when the message is not there any more.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from tickets.adapters.postgres.archive import ArchiveStore
from tickets.adapters.postgres.ledger import LedgerStore
from tickets.metrics import ARCHIVED
from ventanilla_contracts.acceptance import MAIL_ACCEPTED, REFERENCE_HEADER
from ventanilla_runtime.answers import StoredMessage, StreamState
from ventanilla_runtime.blobs import ARCHIVE_BUCKET, Blobs, NewBlob, archived_name
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.errors import StreamMissing

log = structlog.get_logger()

_STREAM = "ACCEPTED"
_READERS = ("intake-email-parser", "tickets-auditor-accepted")
_PAGE = 40
"""So many originals are held in memory at once; each has at most half a megabyte."""
_MOST_A_ROUND = 50_000
_NEEDED = frozenset({"created", "appended", "quarantined"})


class Archiver:
    """Moves originals, so many each round."""

    def __init__(
        self,
        broker: Broker,
        blobs: Blobs,
        ledger: LedgerStore,
        archive: ArchiveStore,
        *,
        prefix: str,
        after: timedelta,
    ) -> None:
        """`after`: an original stays where it was accepted for so long."""
        self._broker = broker
        self._blobs = blobs
        self._ledger = ledger
        self._archive = archive
        self._subject = f"{prefix}.{MAIL_ACCEPTED}"
        self._after = after

    async def archive_once(self) -> int:
        """One round; returns how many originals left the stream.

        Raises:
            Temporary: broker or database are away, or the blob store is full; what was moved stays moved.
        """
        try:
            state = await self._broker.stream_state(_STREAM)
        except StreamMissing:
            return 0
        audits = {(audit.stream, audit.created_at): audit for audit in await self._ledger.audits()}
        audit = audits.get((_STREAM, state.created_at))
        if audit is None:
            return 0
        floors = [(await self._broker.consumer_state(_STREAM, durable)).ack_floor for durable in _READERS]
        through = min(audit.verified_through, *floors)
        moved, place = 0, state.first_sequence
        while moved < _MOST_A_ROUND:
            page = await self._page(state, place, through)
            if not page:
                break
            place = page[-1].sequence + 1
            moved += await self._move(page, state.created_at, audit.epoch)
        if moved:
            log.info("originals.archived", messages=moved)
        return moved

    async def _page(self, state: StreamState, place: int, through: int) -> Sequence[StoredMessage]:
        """The next messages that are old enough and behind which nobody will look into the stream any more."""
        youngest_ns = nanoseconds(state.answered_at) - int(self._after.total_seconds() * 1e9)
        page: list[StoredMessage] = []
        while len(page) < _PAGE:
            message = await self._broker.next_message(_STREAM, self._subject, place)
            if message is None or message.sequence > through or nanoseconds(message.stored_at) > youngest_ns:
                break
            page.append(message)
            place = message.sequence + 1
        return page

    async def _move(self, page: Sequence[StoredMessage], created_at: str, epoch: int) -> int:
        """Archive the originals of a page that somebody may still ask for, and take them all out of the stream.

        What has not ended, or ended as a dead letter that may be replayed, stays.
        """
        ends = await self._archive.ends(epoch, [message.sequence for message in page])
        ended = [(message, ends[message.sequence]) for message in page if message.sequence in ends]
        leaving = [(message, end) for message, end in ended if end.outcome != "dead_lettered"]
        copies = []
        for message, end in leaving:
            if REFERENCE_HEADER in message.headers or not end.needed or end.outcome not in _NEEDED:
                continue
            name = archived_name(_STREAM, created_at, message.sequence)
            if await self._blobs.find(ARCHIVE_BUCKET, name) is None:
                copies.append(NewBlob(message.body, "message/rfc822", [end.event_id], name))
        await self._blobs.put_all(ARCHIVE_BUCKET, copies)
        ARCHIVED.inc(len(copies))
        for message, _ in leaving:
            await self._broker.remove(_STREAM, message.sequence)
        return len(leaving)
