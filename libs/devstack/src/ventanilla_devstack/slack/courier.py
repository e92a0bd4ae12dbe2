"""Brings events and interactions to apps, by Socket Mode or HTTP, with Slack's time-outs and repetitions.

Events are tried four times: at once, again at once, after one minute, after five. Interactions are tried once: a person
is waiting.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import structlog

from ventanilla_devstack.slack.faults import Faults
from ventanilla_devstack.slack.records import App, Json
from ventanilla_devstack.slack.subscriptions import envelope, hears
from ventanilla_devstack.slack.workspace import Happening, Workspace

Kind = Literal["events_api", "interactive", "slash_commands", "options"]

RETRY_AFTER_SECONDS = (0.0, 60.0, 300.0)
EVENTS_UNDER_WAY = 50_000
DELIVERIES_KEPT = 2_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt.

    Attributes:
        answered: whether the app acknowledged in time.
        payload: what it answered with; None for nothing.
        reason: why not, in Slack's words (`http_timeout`, `http_error`, `connection_failed`, `timeout`).
        final: the app asked not to be tried again.
    """

    answered: bool
    payload: Any = None
    reason: str = ""
    final: bool = False


@dataclass(slots=True)
class Delivery:
    """How one event fared with one app.

    Attributes:
        reasons: of the attempts that failed.
    """

    event_id: str
    event_type: str
    app: str
    attempts: int = 0
    acknowledged: bool = False
    lost: bool = False
    reasons: list[str] = field(default_factory=list)


class Transport(Protocol):
    """A way to an app."""

    async def deliver(self, app: App, kind: Kind, payload: Json, attempt: int, reason: str) -> Outcome:
        """One attempt; `attempt` counts the earlier ones, `reason` says why the last of them failed."""
        ...


@dataclass(slots=True)
class Courier:
    """Takes what happens to the apps that may know it.

    Attributes:
        retry_factor: shortens the waits between attempts.
        deliveries: the last events that were sent out, oldest first.
        dropped: events that found too many others waiting.
    """

    workspace: Workspace
    faults: Faults
    sockets: Transport
    http: Transport
    retry_factor: float = 1.0
    deliveries: list[Delivery] = field(default_factory=list)
    dropped: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def hear(self, happening: Happening) -> None:
        """Send an event to every app that is entitled to it; returns at once."""
        for app in self.workspace.apps.values():
            if hears(self.workspace, app, happening):
                payload = envelope(self.workspace, app, happening)
                for _ in range(self.faults.copies_of_event()):
                    self._start(self._deliver(app, payload), payload)

    async def ask(self, app: App, kind: Kind, payload: Json) -> Outcome:
        """Bring an interaction to an app and wait for its answer."""
        return await self._transport(app).deliver(app, kind, payload, 0, "")

    async def settle(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until every event is delivered or lost; False if that takes too long."""
        deadline = time.monotonic() + timeout_seconds
        while self._tasks and time.monotonic() < deadline:
            await asyncio.wait(set(self._tasks), timeout=max(deadline - time.monotonic(), 0))
        return not self._tasks

    async def stop(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _transport(self, app: App) -> Transport:
        return self.http if app.request_url else self.sockets

    def _start(self, work: Coroutine[Any, Any, None], payload: Json) -> None:
        if len(self._tasks) >= EVENTS_UNDER_WAY:
            self.dropped += 1
            log.warning("slack_event.dropped", event_id=payload["event_id"], under_way=len(self._tasks))
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, app: App, payload: Json) -> None:
        record = Delivery(payload["event_id"], payload["event"]["type"], app.id)
        self.deliveries.append(record)
        del self.deliveries[:-DELIVERIES_KEPT]
        if self.faults.event_delay_seconds:
            await asyncio.sleep(self.faults.event_delay_seconds)
        reason = ""
        for attempt in range(len(RETRY_AFTER_SECONDS) + 1):
            if attempt:
                await asyncio.sleep(RETRY_AFTER_SECONDS[attempt - 1] * self.retry_factor)
            record.attempts += 1
            outcome = await self._transport(app).deliver(app, "events_api", payload, attempt, reason)
            if outcome.answered:
                record.acknowledged = True
                return
            reason = outcome.reason
            record.reasons.append(reason)
            if outcome.final:
                break
        record.lost = True
        log.info("slack_event.lost", event_id=record.event_id, event_type=record.event_type, reason=reason)
