"""Work that nobody waits for, done by one replica at a time: archiving originals, collecting blobs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from tickets.adapters.postgres.ledger import LedgerStore
from tickets.handlers.archive import Archiver
from tickets.handlers.collect import Collector
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

LOCK = 7_224_110_874
ARCHIVE_EVERY_SECONDS = 600.0
COLLECT_EVERY_ROUNDS = 36
"""Every six hours."""


async def keep_house(ledger: LedgerStore, archiver: Archiver, collector: Collector) -> None:
    """Archive and collect until cancelled; what is temporary waits for the next round."""
    rounds = 0
    while True:
        await asyncio.sleep(ARCHIVE_EVERY_SECONDS)
        rounds += 1
        work: list[Callable[[], Awaitable[int]]] = [archiver.archive_once]
        if rounds % COLLECT_EVERY_ROUNDS == 0:
            work.append(collector.collect_once)
        try:
            async with ledger.leadership(LOCK) as leadership:
                if await leadership.held():
                    for one in work:
                        await one()
        except Temporary as error:
            log.warning("housekeeping.delayed", error=error)
