"""A worker of the bench: fires what is due in the database that its first argument names, until it is ended."""

import asyncio
import logging
import sys
from contextlib import suppress

import structlog

from tickets.adapters.languages import language_of
from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.adapters.postgres.due_store import DueStore
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.words import Templates
from tickets.app import FIRES
from tickets.domain.correspondence.notices import Desk
from tickets.domain.tokens import Signer
from tickets.handlers.timers.fire_due import DueWorker
from tickets.handlers.working.work import DeskDeps


async def work(dsn: str) -> None:
    """Fire for ever."""
    database = await open_database(dsn)
    signer = Signer([b"a secret of the bench, long enough"])
    desk = Desk(signer, "https://desk.example/s", {"soporte@desk.example": "Soporte"})
    levels = Levels()
    async with database.connection() as connection:
        await levels.refresh(connection)
    relay = OutboxRelay(database, None)  # type: ignore[arg-type]  # what leaves is not measured: it lies in the outbox
    writes = DeskWrites(database, signer, levels)
    deps = DeskDeps(writes, relay, desk, language_of, Templates().render, "desk")
    await DueWorker(DueStore(database, signer, levels), deps, FIRES).run()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with suppress(KeyboardInterrupt):
        asyncio.run(work(sys.argv[1]))
