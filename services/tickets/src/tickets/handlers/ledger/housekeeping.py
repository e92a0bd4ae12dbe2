"""Work that nobody waits for, done by one replica at a time: archiving originals, collecting blobs, forgetting."""

from collections.abc import Awaitable, Callable
from itertools import count

import structlog

from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.locks import HOUSEKEEPING
from tickets.adapters.postgres.revision_store import RevisionReads
from tickets.handlers.ledger.archive import Archiver
from tickets.handlers.ledger.collect import Collector
from tickets.handlers.probing.issue import Probing
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

ARCHIVE_EVERY_SECONDS = 600.0
COLLECT_EVERY_ROUNDS = 36
"""Every six hours."""


async def keep_house(
    ledger: LedgerStore,
    archiver: Archiver,
    collector: Collector,
    revisions: RevisionReads,
    probing: Probing,
    forget: Callable[[], Awaitable[None]],
) -> None:
    """Archive, forget and collect until cancelled; what fails waits for the next round."""
    rounds = count(1)

    async def once() -> None:
        collects = next(rounds) % COLLECT_EVERY_ROUNDS == 0
        async with ledger.leadership(HOUSEKEEPING) as leadership:
            if leadership.leads:
                await archiver.archive_once()
                await probing.tidy()
                if texts := await revisions.forget():
                    log.info("revisions.forgotten", texts=texts)
                await forget()
                if collects:
                    await collector.collect_once()

    every = ARCHIVE_EVERY_SECONDS
    await keep_going("housekeeping", once, every, first_after_seconds=every)
