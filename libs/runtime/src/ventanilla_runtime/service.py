"""Running a service: one process, one event loop, one TaskGroup; SIGTERM drains.

    async def main(service: Service) -> None:
        ...                                     # wire, start
        await service.stopping.wait()
        ...                                     # drain

    run("router", settings, main)
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import nats.errors
import structlog

from ventanilla_runtime import logs
from ventanilla_runtime.broker import Broker, OldServer
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.health import Check, Health, http_server
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.settings import ServiceSettings

log = structlog.get_logger()


class CannotStart(Exception):
    """The service cannot work like this; the text says what to change."""


class Service:
    """What the chassis gives a service: connection, publisher, health, tasks, and the wish to stop."""

    def __init__(self, name: str, settings: ServiceSettings, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> None:
        self.name = name
        self.settings = settings
        self.stack = stack
        self.tasks = tasks
        self.stopping = asyncio.Event()
        self.health = Health()
        self.broker = Broker(name, settings)
        self.publisher = Publisher(self.broker)
        self._consumers: list[tuple[Consumer, asyncio.Task[None]]] = []

    async def connect(self) -> None:
        """Connect to the broker and make readiness depend on it."""
        self.health.add("broker", lambda: None if self.broker.connected else "not connected")
        self.health.add("rights", lambda: self.broker.denied)
        await self.broker.connect()
        self.stack.push_async_callback(self.broker.close)
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
            await task

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

    async def drain_consumers(self) -> None:
        """Let every consumer finish what it has begun, for as long as the settings allow."""
        for consumer, _ in self._consumers:
            consumer.stop()
        _, late = await asyncio.wait([task for _, task in self._consumers], timeout=self.settings.drain_seconds)
        for task in late:
            task.cancel()

    async def _stop_when_gone(self) -> None:
        gone = asyncio.create_task(self.broker.gone.wait())
        stopping = asyncio.create_task(self.stopping.wait())
        await asyncio.wait((gone, stopping), return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        stopping.cancel()
        if self.broker.gone.is_set():
            raise CannotStart("the broker closed the connection: are user and password right?")


def tune_garbage_collection() -> None:
    """Never walk the imported modules again: full collections cost about a tenth of the time here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def run(name: str, settings: ServiceSettings, main: Callable[[Service], Awaitable[None]]) -> None:
    """Run a service until SIGTERM or SIGINT; ends the process with 1 and one clear line if it cannot."""
    logs.configure(name, settings.log_level)

    async def live() -> None:
        async with AsyncExitStack() as last, asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
            service = Service(name, settings, stack, tasks)
            loop = asyncio.get_running_loop()
            for signal_number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(signal_number, service.stopping.set)
            last.callback(log.info, "service.stopped")
            starting = tasks.create_task(_guarded(main, service))
            await starting

    try:
        _run_loop(live())
    except* (CannotStart, OldServer) as group:
        for reason in _leaves(group):
            log.error("service.failed", reason=str(reason))
            sys.stderr.write(f"{name}: {reason}\n")
        sys.exit(1)
    except* nats.errors.Error as group:
        for reason in _leaves(group):
            log.error("service.failed", error=reason)
            sys.stderr.write(f"{name}: cannot connect to NATS at {logs.redact_text(settings.nats_url)}: {reason}\n")
        sys.exit(1)


async def _guarded(main: Callable[[Service], Awaitable[None]], service: Service) -> None:
    tune_garbage_collection()
    await main(service)
    service.stopping.set()


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
