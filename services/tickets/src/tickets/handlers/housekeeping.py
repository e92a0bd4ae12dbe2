"""Work that nobody waits for, done by one replica at a time: archiving originals, collecting blobs."""

import asyncio
from itertools import count

import structlog

from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.locks import HOUSEKEEPING
from tickets.handlers.archive import Archiver
from tickets.handlers.collect import Collector
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

ARCHIVE_EVERY_SECONDS = 600.0
COLLECT_EVERY_ROUNDS = 36
"""Every six hours."""


async def keep_house(ledger: LedgerStore, archiver: Archiver, collector: Collector) -> None:
    """Archive and collect until cancelled; what is temporary waits for the next round."""
    for round_ in count(1):
        await asyncio.sleep(ARCHIVE_EVERY_SECONDS)
        try:
            async with ledger.leadership(HOUSEKEEPING) as leadership:
                if leadership.leads:
                    await archiver.archive_once()
                    if round_ % COLLECT_EVERY_ROUNDS == 0:
                        await collector.collect_once()
        except Temporary as error:
            log.warning("housekeeping.delayed", error=error)
