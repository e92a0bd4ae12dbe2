"""A stream full of routed messages, written by several processes: deciding them takes longer than storing them."""

import asyncio
import ctypes
import multiprocessing
import time
from collections.abc import Iterator
from itertools import islice

from router.adapters.routed_event import Decided, write_routed
from router.domain.decide import decide
from router.domain.explain import Explainer
from router.domain.facts import Facts
from tests.bench.report import Step
from tests.unit.router.routed_samples import messages
from tests.unit.router.samples import CATALOGUES, DEFAULT_RULES, delivery
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.settings import ServiceSettings

PROCESSES = 2
_BATCH = 500
_LOOK_SECONDS = 0.2


def fill(settings: ServiceSettings, count: int, step: Step) -> None:
    """Write `count` messages, always the same ones, as the router writes them.

    Raises:
        RuntimeError: a process could not do its part.
    """
    context = multiprocessing.get_context("spawn")
    written = [context.RawValue("q", 0) for _ in range(PROCESSES)]
    writers = [
        context.Process(target=_write, args=(settings, count, part, written[part]), daemon=True)
        for part in range(PROCESSES)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        step.done = sum(one.value for one in written)
        time.sleep(_LOOK_SECONDS)
    if any(writer.exitcode for writer in writers):
        raise RuntimeError("the stream could not be filled; what went wrong stands above")


def routed(count: int, part: int) -> Iterator[Outgoing]:
    """Every `PROCESSES`th of the events in which the shipped rules' decisions travel on."""
    explainer = Explainer(CATALOGUES)
    for number, (received, decided_at, context) in islice(enumerate(messages(count), 1), part, None, PROCESSES):
        facts = Facts(received, decided_at, DEFAULT_RULES.zone, context, DEFAULT_RULES.calendar)
        outcome = decide(facts, DEFAULT_RULES)
        place = delivery(received, sequence=number)
        yield write_routed(
            Decided(place, received, facts, outcome, explainer.explain(outcome), decided_at), DEFAULT_RULES, "desk"
        )


def _write(settings: ServiceSettings, count: int, part: int, written: ctypes.c_longlong) -> None:
    asyncio.run(_publish(settings, routed(count, part), written))


async def _publish(settings: ServiceSettings, events: Iterator[Outgoing], written: ctypes.c_longlong) -> None:
    broker = Broker("operator", settings)
    await broker.connect()
    try:
        publisher = Publisher(broker)
        await publisher.start()
        while batch := list(islice(events, _BATCH)):
            await publisher.publish_all(batch)
            written.value += len(batch)
    finally:
        await broker.close()
