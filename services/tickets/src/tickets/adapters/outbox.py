"""Publishes what lies in the outbox, and may die at any point.

What a transaction of this process wrote is published from memory as soon as it has committed: the rows are leased to
this process for that long. What was left behind (a crash, a broker that was away) is claimed by whoever polls next.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.outgoing import EncodedEvent
from tickets.metrics import OUTBOX_PUBLISHED, OUTBOX_WAITING
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.ids import redrive_id
from ventanilla_runtime.consume import COMPANY
from ventanilla_runtime.pace import Pace
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher
from ventanilla_runtime.tracing import headers_from

log = structlog.get_logger()

_SQL = load_queries("outbox")
_POLL_SECONDS = 1.0
_CLAIM = 500
_GATHER_SECONDS = 0.1
_MARK_AFTER_SECONDS = 5.0
"""Well below the lease, and above the time in which most reports come."""
_UNMARKED_LIMIT = 20_000
LOOK_AFTER_SECONDS = 60.0
"""When nothing was heard of a published notification for so long, somebody looks after it."""
_OUTBOUND = "OUTBOUND"
_BACKLOG_LIMIT = 5_000
"""More events than this are not kept in memory: they lie in the table, where polling finds them."""


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    event: EncodedEvent
    attempt: int = 0

    def outgoing(self) -> Outgoing:
        key = redrive_id(self.event.key, self.attempt)
        headers = headers_from(self.event.headers)
        headers[MSG_ID] = key
        return Outgoing(self.event.stream, self.event.subject, self.event.body, headers)


class OutboxRelay:
    """Moves events from the outbox into their streams."""

    lease_seconds = 15.0

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._due: list[_Due] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._pace = Pace()
        self._unmarked: deque[tuple[float, int, int]] = deque()
        self._unpublished: str | None = None
        self._unread: str | None = None

    @property
    def problem(self) -> str | None:
        """Why events stay where they are: they could not be published, or the table does not answer; None: they go."""
        return self._unpublished or self._unread

    def send_soon(self, events: Sequence[EncodedEvent], ids: Sequence[int]) -> None:
        """Publish events that were just committed, leased to this process. Returns at once."""
        if not events or len(self._due) > _BACKLOG_LIMIT:
            return
        self._due.extend(_Due(id_, event) for id_, event in zip(ids, events, strict=True))
        self._pace.note(len(events))
        self._wake.set()

    def wake(self) -> None:
        """Look into the table now: something was committed without a lease."""
        self._wake.set()

    def stop(self) -> None:
        """Let `run` return when the events in hand are published or given up."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Publish until stopped; polls each second for what others left behind."""
        polling = asyncio.create_task(self._poll())
        try:
            while not (self._stopping and not self._due):
                await self._wake.wait()
                if self._pace.expected(_GATHER_SECONDS) >= COMPANY and not self._stopping:
                    await asyncio.sleep(_GATHER_SECONDS)  # under load, one write to the broker takes many events
                self._wake.clear()
                due, self._due = self._due, []
                try:
                    await self._publish(due)
                    if due:  # with nothing in hand nothing went well
                        self._unpublished = None
                except Temporary as error:
                    # The lease runs out, and polling finds the rows again.
                    self._unpublished = f"outbox: {error}"
                    log.warning("outbox.delayed", events=len(due), error=error)
                if self._due:
                    self._wake.set()
            with suppress(Temporary):  # unmarked rows are published again when their lease is over: the id is known
                await self._mark(0)
        finally:
            polling.cancel()

    async def _publish(self, due: Sequence[_Due]) -> None:
        for stream in dict.fromkeys(item.event.stream for item in due):
            items = [item for item in due if item.event.stream == stream]
            acks = await self._publisher.publish_all([item.outgoing() for item in items])
            if stream == _OUTBOUND:
                now = time.monotonic()
                self._unmarked.extend((now, item.id, ack.sequence) for item, ack in zip(items, acks, strict=True))
            else:
                await self._database.execute(_SQL["delete"], [item.id for item in items])
            OUTBOX_PUBLISHED.labels(stream).inc(len(items))

    async def _mark(self, older_than_seconds: float) -> None:
        """Write down what was published. Most reports come before that, and then there is nothing to write."""
        limit = time.monotonic() - older_than_seconds
        marks = []
        while self._unmarked and (self._unmarked[0][0] < limit or len(self._unmarked) > _UNMARKED_LIMIT):
            marks.append(self._unmarked.popleft())
        if marks:
            ids, sequences = [id_ for _, id_, _ in marks], [sequence for _, _, sequence in marks]
            await self._database.execute(_SQL["mark_published"], ids, sequences, LOOK_AFTER_SECONDS)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self._mark(_MARK_AFTER_SECONDS)
                if not self._due:
                    self._due.extend(await self._claim())
                    if self._due:
                        self._wake.set()
                waiting = await self._database.fetchrow(_SQL["waiting"])
                OUTBOX_WAITING.set(waiting["ready"] + waiting["published"])
                self._unread = None
                if not waiting["ready"]:  # another replica has published what this one could not
                    self._unpublished = None
            except Temporary as error:
                self._unread = f"outbox: {error}"

    async def _claim(self) -> list[_Due]:
        rows = await self._database.fetch(_SQL["claim"], _CLAIM, self.lease_seconds)
        return [
            _Due(
                row["id"],
                EncodedEvent(
                    row["stream"],
                    row["subject"],
                    row["message_key"],
                    json.loads(row["headers"]),
                    bytes(row["body"]),
                    row["notification_id"],
                    row["expires_at"],
                ),
                row["attempt"],
            )
            for row in sorted(rows, key=lambda row: row["id"])
        ]
