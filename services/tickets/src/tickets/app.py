"""The only wiring of the ticket service: what is connected to what, and in which order it starts and stops."""

import functools
from datetime import timedelta

from tickets.adapters.languages import language_of
from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.settling import SettlingStore
from tickets.adapters.words import Templates
from tickets.domain.notices import Desk
from tickets.domain.settlement import AcknowledgementCaps
from tickets.domain.tokens import Signer
from tickets.handlers.settle import SettleDeps, settle_batch
from tickets.settings import TicketsSettings
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import Service


async def serve(service: Service, settings: TicketsSettings) -> None:
    """Start everything, wait for the wish to stop, drain."""
    await service.connect()
    database = await open_database(settings.postgres_url.get_secret_value())
    service.stack.push_async_callback(database.pool.close)
    desk = Desk(
        signer=Signer(settings.keys()),
        status_url=settings.status_url,
        names=settings.names(),
        default_language=settings.default_language,
        expires_after=timedelta(days=settings.notification_days),
    )
    relay = OutboxRelay(database, service.publisher)
    service.check("outbox", lambda: relay.problem)
    deps = SettleDeps(
        store=SettlingStore(database, desk.signer),
        relay=relay,
        desk=desk,
        caps=AcknowledgementCaps(settings.acknowledgements_per_sender),
        language_of=language_of,
        render=Templates().render,
        prefix=settings.prefix,
        acknowledgements_per_minute=settings.acknowledgements_per_minute,
    )
    settle = functools.partial(settle_batch, deps=deps)
    specs = {spec.durable: spec for spec in consumers_of("tickets")}
    letters = DeadLetters(service.publisher, settings.prefix, "tickets")
    redriver = Redriver(service.broker, letters, {"ROUTED": settle})
    service.consume(
        Consumer(
            service.broker,
            specs["tickets"],
            settle,
            letters,
            batch_size=settings.batch_size,
            linger_seconds=settings.linger_seconds,
        )
    )
    service.consume(Consumer(service.broker, specs["tickets-redrive"], redriver.handle, letters, batch_size=20))
    relaying = service.tasks.create_task(relay.run())
    service.serve_http()
    await service.stopping.wait()
    service.health.draining = True
    await service.drain_consumers()
    relay.stop()
    await relaying
