"""Status callbacks on their way: in order for each call, message and recording, unless a fault says otherwise."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.faults import Faults
from ventanilla_devstack.twilio.webhooks import Fields, Request, Webhooks

_UNDER_WAY = 20_000
_TRIES_TO_SETTLE = 50

log = structlog.get_logger()


@dataclass(slots=True)
class Callbacks:
    """Sends them.

    Attributes:
        lost: those that a fault kept back, as what they would have been.
    """

    exchange: Exchange
    faults: Faults
    webhooks: Webhooks
    lost: list[tuple[str, Request]] = field(default_factory=list)
    _held: list[tuple[str, Request]] = field(default_factory=list)
    _last: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set)
    _closed: bool = False

    def send(self, kind: str, about: str, url: str, method: str, fields: Fields) -> None:
        """Send one soon; returns at once.

        Args:
            kind: `call`, `message`, `recording` or `amd`.
            about: the sid; callbacks about one thing keep their order.
        """
        if not url:
            return
        request = Request(url, method or "POST", tuple(fields))
        faults = self.faults.callbacks
        copies = self.faults.copies(kind)
        if not copies:
            self.lost = [*self.lost[-999:], (kind, request)]
        for _ in range(copies):
            if faults.concerns(kind) and faults.held:
                self._held.append((about, request))
                faults.held -= 1
                if not faults.held:
                    self.release()
            else:
                self._start(kind, about, request, faults.late_seconds if faults.concerns(kind) else 0.0)

    def release(self) -> None:
        """Send what was held back, the last first."""
        held, self._held = self._held[::-1], []
        for _, request in held:
            self._start("held", "held", request, 0.0)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any] | None":
        """Do something beside everything else; it ends with us."""
        if self._closed:
            work.close()
            return None
        if len(self._tasks) >= _UNDER_WAY:
            log.warning("twilio_task.dropped", under_way=len(self._tasks))
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until every callback is out; False if that takes too long."""
        deadline = time.monotonic() + timeout_seconds
        for _ in range(_TRIES_TO_SETTLE):
            under_way = {task for task in self._last.values() if not task.done()}
            if not under_way:
                return True
            await asyncio.wait(under_way, timeout=max(deadline - time.monotonic(), 0))
            if time.monotonic() >= deadline:
                break
        return False

    async def stop(self) -> None:
        """Give up what is under way."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, kind: str, about: str, request: Request, late: float) -> None:
        before = self._last.get(about) if not late else None
        task = self.spawn(self._deliver(kind, about, request, late, before))
        if task is not None:
            key = about if not late else f"{about} late {id(task)}"
            self._last[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: str, done: "asyncio.Task[None]") -> None:
        if self._last.get(key) is done:
            del self._last[key]

    async def _deliver(
        self, kind: str, about: str, request: Request, late: float, before: "asyncio.Task[None] | None"
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        await self.exchange.pace.sleep(late) if late else None
        try:
            await self.webhooks.ask(kind, request)
        except DocumentFailed as failed:
            code = 15003 if kind == "call" and failed.trouble.code == 11200 else failed.trouble.code
            self.exchange.alert(code, detail=failed.trouble.detail, resource=about, url=request.url, warning=True)
