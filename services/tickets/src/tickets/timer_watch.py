"""The wiring of the auditor of timers: inside the service, as a process of its own, or for one look."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.timer_audit import TimerAudit
from tickets.handlers.timers.audit_timers import Findings, TimerAuditor
from tickets.settings import TicketsSettings
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.service import Service
from ventanilla_runtime.stopping import end_all

_CONNECT_SECONDS = 5.0


@contextlib.asynccontextmanager
async def auditor_of(settings: TicketsSettings) -> AsyncIterator[TimerAuditor]:
    """An auditor with a connection to the database that is nobody else's; it raises nothing yet."""
    database = await open_database(settings.postgres(), most_connections=1)
    try:
        yield TimerAuditor(TimerAudit(database, settings.timer_late_seconds), settings.prefix)
    finally:
        await database.close()


async def audit_for_ever(service: Service, settings: TicketsSettings) -> None:
    """Audit until the wish to stop; without a broker too, which only keeps it from telling."""
    auditor = await service.stack.enter_async_context(auditor_of(settings))
    service.serve_http()
    auditing = service.tasks.create_task(auditor.run())
    try:
        await service.connect()
        auditor.publisher = service.publisher
        await service.work()
    finally:
        await end_all([auditing])


async def audit_all_once(settings: TicketsSettings) -> tuple[Findings, str]:
    """What is wrong in the whole desk, and why no event told of it, if none did: the broker may be away.

    Raises:
        DatabaseAway: nothing can be said.
    """
    async with auditor_of(settings) as auditor:
        found = await auditor.audit_once(all_tickets=True)
        if not found.troubles:
            return found, ""
        broker = Broker("tickets", settings)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await broker.connect()
            auditor.publisher = publisher = Publisher(broker)
            await publisher.start()
            return await auditor.tell(found), ""
        except TimeoutError:
            return found, "no NATS server answers at TICKETS_NATS_URL"
        except (Temporary, BrokerRefuses, OldServer) as error:
            return found, str(error)
        finally:
            await broker.close()
