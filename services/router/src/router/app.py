"""The router's wiring: the only place that knows the concrete classes."""

from datetime import UTC, datetime

from router.adapters.catalogues import load_catalogues
from router.adapters.routed_event import INTAKE
from router.adapters.rule_watch import RuleWatch
from router.errors import RulesRefused
from router.handlers import Router
from router.settings import RouterSettings
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import CannotStart, Service

NAME = "router"


async def serve(service: Service, settings: RouterSettings) -> None:
    """Route messages until the service stops.

    Raises:
        CannotStart: the rule file has mistakes.
    """
    try:
        rules = RuleWatch(settings.rules_file)
    except RulesRefused as error:
        raise CannotStart(str(error)) from error
    await service.connect()
    router = Router(
        rules=rules,
        publish_all=service.publisher.publish_all,
        catalogues=load_catalogues(),
        prefix=settings.prefix,
        now=lambda: datetime.now(UTC),
    )
    dead_letters = DeadLetters(service.publisher, settings.prefix, NAME)
    redriver = Redriver(service.broker, dead_letters, {INTAKE: router.handle})
    specs = {spec.durable: spec for spec in consumers_of(NAME)}
    service.consume(
        Consumer(service.broker, specs["router"], router.handle, dead_letters, batch_size=settings.batch_size)
    )
    service.consume(
        Consumer(service.broker, specs["router-redrive"], redriver.handle, None, batch_size=20, postpones=True)
    )
    service.tasks.create_task(rules.run(service.stopping))
    service.serve_http()
    await service.work()
    await service.drain_consumers()
