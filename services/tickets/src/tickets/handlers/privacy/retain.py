"""Forgetting what is over, by its age: some at a time and off the way of any message."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from tickets.adapters.person_streams import PersonStreams
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.retention_store import RetentionStore
from tickets.domain.correspondence.notices import Render
from tickets.domain.privacy.retention import Retention
from tickets.handlers.privacy.take_out import TakingOut, empty_ticket
from tickets.metrics import FORGOTTEN, TO_FORGET
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

BATCH: Final = 100
MOST_BATCHES: Final = 50
"""Of each kind in one round."""
_NAME: Final = "age"


@dataclass(frozen=True, slots=True)
class Retaining:
    """What forgetting needs."""

    retention: Retention
    database: Database
    store: RetentionStore
    writes: DeskWrites
    render: Render
    prefix: str


async def forget_once(
    retaining: Retaining, most_batches: int = MOST_BATCHES, say: Callable[[str, int], None] | None = None
) -> dict[str, int]:
    """One round; returns kind → how much was forgotten. Again goes on.

    Args:
        say: is told the kind and how much so far.

    Raises:
        DatabaseAway: what was forgotten stays so.
    """
    store, retention = retaining.store, retaining.retention
    done: dict[str, int] = {}

    async def in_batches(kind: str, days: float, batch: Callable[[], Awaitable[int]]) -> None:
        if not days:
            return
        for _ in range(most_batches):
            count = await batch()
            done[kind] = done.get(kind, 0) + count
            FORGOTTEN.labels(kind).inc(count)
            if say is not None:
                say(kind, done[kind])
            if count < BATCH:
                return

    spam, closed = retention.spam_days, retention.closed_days
    await in_batches("spam", spam, lambda: _tickets(retaining, spam=True, deletes=True))
    await in_batches("closed", closed, lambda: _tickets(retaining, spam=False, deletes=retention.deletes))
    await in_batches("files", retention.files_days, lambda: store.drop_files(retention, BATCH))
    await in_batches(
        "quarantine", retention.quarantine_days, lambda: store.drop_rejected(retention.quarantine_days, BATCH)
    )
    await in_batches("audit", retention.audit_days, lambda: store.forget_audit(retention.audit_days, BATCH))
    for kind, count in (await store.due(retention)).items():
        TO_FORGET.labels(kind).set(count)
    if any(done.values()):
        log.info("retention.done", **done)
    return done


async def delete_unwanted(
    store: ErasureStore,
    streams: PersonStreams,
    most: int = BATCH * MOST_BATCHES,
    say: Callable[[int], None] = lambda _: None,
) -> int:
    """Delete copies of what was taken out of tickets, unless another message needs the same; returns how many.

    Args:
        say: is told how many so far.

    Raises:
        Temporary: broker or database are away; what was deleted stays so.
    """
    deleted = 0
    while deleted < most and (places := await store.originals(BATCH)):
        for id_, place in places:
            if not await store.needs_original(await streams.owners_of(place), str(place.get("name"))):
                await streams.erase_original(place)
            await store.removed([id_])
            deleted += 1
        say(deleted)
    return deleted


async def _tickets(retaining: Retaining, *, spam: bool, deletes: bool) -> int:
    """A batch of tickets: their words go first, and with `deletes` the rest a day later, when cards have followed."""
    numbers = await retaining.store.to_empty(retaining.retention, spam=spam, limit=BATCH)
    now = await retaining.database.now()
    taking = TakingOut(retaining.writes, retaining.render, retaining.prefix, None, now, _NAME)
    failed = 0
    for number in numbers:
        try:
            await empty_ticket(number, taking)
        except Temporary:
            raise
        except Exception:  # a bug with one ticket must not end the service, nor keep the others for ever
            log.exception("retention.failed", ticket=number)
            failed += 1
    gone = 0
    if deletes and len(numbers) < BATCH:
        for number in await retaining.store.to_delete(retaining.retention, spam=spam, limit=BATCH - len(numbers)):
            gone += await retaining.store.delete(number)
    return len(numbers) - failed + gone
