"""The wiring of what the service forgets by itself: what is over, and copies of what was taken out."""

from collections.abc import Awaitable, Callable

import structlog

from tickets.adapters.person_streams import PersonStreams
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.retention_store import RetentionStore
from tickets.handlers.privacy.retain import Retaining, delete_unwanted, forget_once
from tickets.handlers.working.work import DeskDeps
from tickets.settings import TicketsSettings
from ventanilla_runtime.service import Service

log = structlog.get_logger()


def forgetting_of(
    service: Service, settings: TicketsSettings, database: Database, deps: DeskDeps
) -> Callable[[], Awaitable[None]]:
    """What forgets for one round.

    The service may delete originals and files, which it keeps; what others have written into streams it may not.
    """
    streams, erasures = PersonStreams(service.broker), ErasureStore(database, settings.keys())
    retaining = Retaining(
        settings.retention(), database, RetentionStore(database), deps.writes, deps.render, settings.prefix
    )

    async def forget() -> None:
        if not retaining.retention.keeps_all:
            await forget_once(retaining)
        if deleted := await delete_unwanted(erasures, streams):
            log.info("originals.deleted", copies=deleted)

    return forget
