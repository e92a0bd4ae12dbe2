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
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any

import nats.errors
import structlog

from ventanilla_runtime import logs
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.health import Check, Health, http_server
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.settings import ServiceSettings

log = structlog.get_logger()

_LOOK_EVERY_SECONDS = 2.0
_CLOSING_SECONDS = 5.0


class CannotStart(Exception):
    """The service cannot work like this; the text says what to change."""


class StopWanted(Exception):
    """SIGTERM came before the service had started."""


class DrainTooSlow(Exception):
    """Work in hand did not finish in the time that the settings allow; the broker hands it out again."""


class Service:
    """What the chassis gives a service: connection, publisher, health, tasks, and the wish to stop."""

    def __init__(self, name: str, settings: ServiceSettings, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> None:
        self.name = name
        self.settings = settings
        self.stack = stack
        self.tasks = tasks
        self.stopping = asyncio.Event()
        self.health = Health()
        self.health.starting = True
        self.broker = Broker(name, settings)
        self.publisher = Publisher(self.broker)
        self._consumers: list[tuple[Consumer, asyncio.Task[None]]] = []

    async def connect(self) -> None:
        """Connect to the broker, waiting for it as long as nobody stops the service; readiness depends on it."""
        self.health.add("broker", lambda: None if self.broker.connected else "not connected")
        self.health.add("rights", lambda: self.broker.denied)
        self.health.add("storing", self.publisher.problem)
        self.stack.push_async_callback(self.broker.close)
        await self._unless_stopped(self.broker.connect())
        await self.publisher.start()
        self.tasks.create_task(self._stop_when_gone())

    def serve_http(self, application: Any = None) -> None:
        """Answer probes, and `application` where the service has one, on the configured port."""
        server = http_server(application or self.health, self.settings.http_host, self.settings.http_port)

        async def serve() -> None:
            try:
                await server.serve()
            except SystemExit as error:  # uvicorn's way of saying that it cannot bind
                raise CannotStart(
                    f"port {self.settings.http_port} is in use or not allowed; "
                    f"set {self.name.upper().replace('-', '_')}_HTTP_PORT to a free one"
                ) from error

        async def leave() -> None:
            server.should_exit = True
            await asyncio.wait([task])

        task = self.tasks.create_task(serve())
        self.stack.push_async_callback(leave)

    def consume(self, consumer: Consumer) -> None:
        """Run a consumer until the service stops; readiness depends on it."""
        task = self.tasks.create_task(consumer.run())
        self._consumers.append((consumer, task))
        self.health.add(consumer.spec.durable, lambda: consumer.problem)

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

    async def drain_consumers(self) -> None:
        """Let every consumer finish what it has begun, for as long as the settings allow. Again changes nothing."""
        for consumer, _ in self._consumers:
            consumer.stop()
        running = [task for _, task in self._consumers if not task.done()]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=self.settings.drain_seconds)
        for task in late:
            log.warning("consumer.cut_off", tasks=len(late))
            task.cancel()

    def stop(self) -> None:
        """Begin to stop: not ready any more, and whoever waits for `stopping` goes on."""
        self.health.draining = True
        self.stopping.set()

    async def _unless_stopped(self, starting: Coroutine[Any, Any, None]) -> None:
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
            async with AsyncExitStack() as stack:
                service = Service(name, settings, stack, tasks)
                loop = asyncio.get_running_loop()
                for signal_number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(signal_number, service.stop)
                last.callback(log.info, "service.stopped")
                overdue = tasks.create_task(_end_when_overdue(service))
                tune_garbage_collection()
                await main(service)
                service.stop()
                await service.drain_consumers()
            overdue.cancel()

    reasons: list[str] = []
    try:
        _run_loop(live())
    except* StopWanted:
        log.info("service.stopped", detail="before it had started")
    except* (CannotStart, BrokerRefuses, OldServer, DrainTooSlow) as group:
        reasons = [str(reason) for reason in _leaves(group)]
    except* nats.errors.Error as group:
        where = logs.redact_text(settings.nats_url)
        reasons = [f"cannot connect to NATS at {where}: {reason}" for reason in _leaves(group)]
    for reason in reasons:
        log.error("service.failed", reason=reason)
        sys.stderr.write(f"{name}: {reason}\n")
    if reasons:
        sys.exit(1)


async def _end_when_overdue(service: Service) -> None:
    """A service that hangs while it stops must not wait for SIGKILL without a word."""
    await service.stopping.wait()
    await asyncio.sleep(service.settings.drain_seconds + _CLOSING_SECONDS)
    raise DrainTooSlow(f"still busy {service.settings.drain_seconds + _CLOSING_SECONDS:.0f} s after the wish to stop")


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
