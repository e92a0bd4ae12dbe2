"""The router's wiring: the only place that knows the concrete classes."""

from datetime import UTC, datetime
from functools import partial

from router.adapters.catalogues import load_catalogues
from router.adapters.facts_lookup import DeskWatch, FactsLookup, read_desk_facts
from router.adapters.key_watch import DESK_EVERY_SECONDS, RULES_EVERY_SECONDS, watch_keys
from router.adapters.routed_event import INTAKE
from router.adapters.rule_file import load_default_rules
from router.adapters.rule_store import RuleStore
from router.adapters.rule_watch import RuleWatch
from router.adapters.stored_rules import StoredRules
from router.errors import RulesRefused
from router.handlers import Router
from router.settings import RouterSettings
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.many import Many
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import CannotStart, Service

NAME = "router"


async def serve(service: Service, settings: RouterSettings) -> None:
    """Route messages until the service stops.

    Raises:
        CannotStart: the rule file has mistakes.
    """
    watched = _watched_file(settings)
    service.serve_http()
    await service.connect()
    desk = DeskWatch(partial(read_desk_facts, service.broker))
    await desk.refresh()
    refreshes = [(desk.refresh, DESK_EVERY_SECONDS)]
    rules: RuleWatch | StoredRules
    if watched is None:
        rules = StoredRules(RuleStore(service.broker, service.publisher), load_default_rules())
        await service.unless_stopped(rules.start(service.stopping))
        refreshes.append((rules.refresh, RULES_EVERY_SECONDS))
    else:
        rules = watched
        service.tasks.create_task(rules.run(service.stopping))
    service.tasks.create_task(watch_keys(refreshes, service.stopping))
    service.warn("rules", lambda: rules.problem)
    router = Router(
        rules=rules,
        facts=FactsLookup(Many(service.broker), desk),
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
    await service.work()
    await service.drain()


def _watched_file(settings: RouterSettings) -> RuleWatch | None:
    """The rule file that the settings name; None: what is in force at the broker decides.

    Raises:
        CannotStart: the file has mistakes.
    """
    if settings.rules_file is None:
        return None
    try:
        return RuleWatch(settings.rules_file)
    except RulesRefused as error:
        raise CannotStart(str(error)) from error
