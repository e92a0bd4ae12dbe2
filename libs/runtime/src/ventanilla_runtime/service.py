"""Running a service: one process, one event loop, one TaskGroup; SIGTERM drains.

async def main(service: Service) -> None:
    ...                                     # wire, start
    await service.work()
    ...                                     # drain

run("router", settings, main)
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any

import nats.errors
import structlog

from ventanilla_contracts.broker_rights import streams_of
from ventanilla_runtime import logs
from ventanilla_runtime.awaited import AwaitedStreams
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.health import Check, Health, http_server, with_farewell
from ventanilla_runtime.http_spans import spanned
from ventanilla_runtime.known_secrets import without_secrets
from ventanilla_runtime.metrics import CONNECTED
from ventanilla_runtime.outbound import Gate, OutboundSwitch
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.stopping import StopBudget
from ventanilla_runtime.traces_out import TracesUnset, start_traces
from ventanilla_runtime.watching import BrokerWatch, show_process, watch_loop

log = structlog.get_logger()

_LOOK_EVERY_SECONDS = 2.0


class CannotStart(Exception):
    """The service cannot work like this; the text says what to change."""


class StopWanted(Exception):
    """SIGTERM came before the service had started."""


class DrainTooSlow(Exception):
    """Work in hand did not finish in the time that the settings allow; the broker hands it out again."""


class Service:
    """What the chassis gives a service: connection, publisher, health, tasks, and the wish to stop."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        stack: AsyncExitStack,
        tasks: asyncio.TaskGroup,
        budget: StopBudget | None = None,
    ) -> None:
        self.name = name
        self.budget = budget or StopBudget(settings.drain_seconds)
        self.settings = settings
        self.stack = stack
        self.tasks = tasks
        self.stopping = asyncio.Event()
        self.health = Health()
        self.health.starting = True
        self.broker = Broker(name, settings)
        self.publisher = Publisher(self.broker)
        show_process(name, self.health, self.broker)
        self.outbound: OutboundSwitch | None = None
        self._consumers: list[tuple[Consumer, asyncio.Task[None]]] = []
        self._door: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._connects = False
        # Below everything else on the stack: whatever is closed before may still have something to say.
        stack.push_async_callback(self._disconnect)

    async def connect(self) -> None:
        """Connect to the broker, waiting for it as long as nobody stops the service; readiness depends on it.

        It returns when there is a connection. The streams may not be there yet: whatever needs one takes that for
        `Temporary`, and readiness waits until all are there.
        """
        self.health.add("broker", self._unconnected)
        self.health.add("rights", lambda: self.broker.denied)
        self.health.add("storing", self.publisher.problem)
        awaited = AwaitedStreams(self.broker, streams_of(self.name))
        self.health.add("topology", lambda: awaited.problem if self.broker.connected else None)
        self._connects = True
        CONNECTED.set(0)
        await self.unless_stopped(self.broker.connect())
        await self.publisher.start()
        self.tasks.create_task(self._stop_when_gone())
        waiting = self.tasks.create_task(awaited.wait(self.stopping))
        self.stack.callback(waiting.cancel)
        watch = BrokerWatch(self.broker, self.settings.prefix)
        self.health.warn("filters", watch.worry)
        watching = self.tasks.create_task(watch.run())
        self.stack.callback(watching.cancel)

    def _unconnected(self) -> str | None:
        if self.broker.connected:
            return None
        why = f": {self.broker.unreached}" if self.broker.unreached else ""
        return f"not connected to {logs.redact_text(self.settings.nats_url)}{why}"

    def serve_http(self, application: Any = None, *, continues_traces: bool = False) -> None:
        """Answer probes, and `application` where the service has one, on the configured port.

        Call it before anything that waits: a service that waits for its broker is alive and says what it waits for.

        Args:
            continues_traces: requests belong to their callers' traces (`http_spans.spanned`).
        """
        answering = self.health if application is None else spanned(application, continues=continues_traces)
        server = http_server(with_farewell(answering, self.health), self.settings.http_host, self.settings.http_port)

        async def serve() -> None:
            try:
                await server.serve()
            except SystemExit as error:  # uvicorn's way of saying that it cannot bind
                raise CannotStart(
                    f"port {self.settings.http_port} is in use or not allowed; "
                    f"set {self.name.upper().replace('-', '_')}_HTTP_PORT to a free one"
                ) from error

        async def leave() -> None:
            if application is not None and not server.should_exit:
                await server.say_farewell()
            server.should_exit = True
            await asyncio.wait([task])

        task = self.tasks.create_task(serve())
        self.stack.push_async_callback(leave)
        if application is not None:
            self._door = leave

    def consume(self, consumer: Consumer) -> None:
        """Run a consumer until the service stops; readiness depends on it."""
        task = self.tasks.create_task(consumer.run())
        self._consumers.append((consumer, task))
        self.health.add(consumer.spec.durable, lambda: consumer.problem)

    def gates(self, *ways: str) -> Mapping[str, Gate]:
        """Gates of this service's ways out, each closed while an operator holds it. Call once, after connecting."""
        self.outbound = switch = OutboundSwitch(self.broker, ways)
        self.tasks.create_task(switch.follow(self.stopping))
        self.warn("outbound", switch.worry)
        return {way: switch.gate(way) for way in ways}

    def check(self, name: str, check: Check) -> None:
        """Make readiness depend on something."""
        self.health.add(name, check)

    def warn(self, name: str, check: Check) -> None:
        """Tell of something in `/readyz` without making readiness depend on it."""
        self.health.warn(name, check)

    async def work(self) -> None:
        """Everything is wired and started: be ready from now on, until the wish to stop comes."""
        self.health.starting = False
        await self.stopping.wait()
        self.health.draining = True

    async def drain(self) -> None:
        """Let requests and consumers finish what they have begun, as long as the settings allow. Again changes nothing.

        Requests need the broker and the database: so the door closes here, before those. Where probes are all there
        is, they are answered to the very end.
        """
        door = [asyncio.create_task(self._door())] if self._door is not None else []
        for consumer, _ in self._consumers:
            consumer.stop()
        running = [task for _, task in self._consumers if not task.done()]
        if not running and not door:
            return
        _, late = await asyncio.wait((*running, *door), timeout=self.budget.drain_left())
        for task in late:
            log.warning("consumer.cut_off", tasks=len(late))
            task.cancel()

    def stop(self) -> None:
        """Begin to stop: not ready any more, and whoever waits for `stopping` goes on."""
        self.budget.begin()
        self.health.draining = True
        self.stopping.set()

    async def unless_stopped(self, starting: Coroutine[Any, Any, Any]) -> None:
        """Do what a start waits for, such as a server that is not there yet.

        Raises:
            StopWanted: the wish to stop came first; what was begun is cancelled. Let it through: it ends the process
                in order.
        """
        task = asyncio.create_task(starting)
        stopping = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise StopWanted
            await task
        finally:
            task.cancel()
            stopping.cancel()

    async def _disconnect(self) -> None:
        if self._connects:
            await self.broker.close()

    async def _stop_when_gone(self) -> None:
        while not self.stopping.is_set():
            if reason := self.broker.lost_for_good:
                raise CannotStart(reason)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                    await self.stopping.wait()


def tune_garbage_collection() -> None:
    """Never walk the imported modules again: full collections cost about a tenth of the time here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def run(name: str, settings: ServiceSettings, main: Callable[[Service], Awaitable[None]]) -> None:
    """Run a service until SIGTERM or SIGINT; ends the process with 1 and one clear line if it cannot."""
    logs.configure(name, settings.log_level)

    async def live() -> None:
        async with AsyncExitStack() as last, asyncio.TaskGroup() as tasks:
            budget = StopBudget(settings.drain_seconds)
            if (end_traces := start_traces(name, settings)) is not None:
                # After the last span, and in what is left of the time to close.
                last.callback(lambda: end_traces(budget.left()))
            async with AsyncExitStack() as stack:
                service = Service(name, settings, stack, tasks, budget)
                loop = asyncio.get_running_loop()
                for signal_number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(signal_number, service.stop)
                last.callback(log.info, "service.stopped")
                overdue = tasks.create_task(_end_when_overdue(service))
                lag = tasks.create_task(watch_loop())
                tune_garbage_collection()
                await main(service)
                service.stop()
                await service.drain()
            overdue.cancel()
            lag.cancel()

    reasons: list[str] = []
    try:
        _run_loop(live())
    except* StopWanted:
        log.info("service.stopped", detail="before it had started")
    except* (CannotStart, BrokerRefuses, OldServer, DrainTooSlow, TracesUnset) as group:
        reasons = [str(reason) for reason in _leaves(group)]
    except* nats.errors.Error as group:
        where = logs.redact_text(settings.nats_url)
        reasons = [f"cannot connect to NATS at {where}: {reason}" for reason in _leaves(group)]
    for reason in reasons:
        log.error("service.failed", reason=reason)
        sys.stderr.write(without_secrets(f"{name}: {reason}\n"))
    if reasons:
        sys.exit(1)


async def _end_when_overdue(service: Service) -> None:
    """A service that hangs while it stops must not wait for SIGKILL without a word."""
    await service.stopping.wait()
    await asyncio.sleep(service.budget.left())
    raise DrainTooSlow(f"still busy {service.budget.seconds:.0f} s after the wish to stop")


def _run_loop(main: Any) -> None:
    try:
        import uvloop
    except ImportError:  # only faster, never needed
        asyncio.run(main)
    else:
        uvloop.run(main)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found
