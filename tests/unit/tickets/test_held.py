"""While an operator holds them, timers do not fire and webhooks do not leave; afterwards they do, late."""

import asyncio
from typing import Any

from tests.support.polling import eventually
from tickets.handlers.sending.send_webhooks import WebhookWorker
from tickets.handlers.timers.fire_due import DueWorker
from ventanilla_runtime.outbound import Gate
from ventanilla_runtime.stopping import end_all


class Asked:
    """A store that notes that it was asked for work, and has none."""

    def __init__(self) -> None:
        self.times = 0

    async def take(self, *_: Any) -> list[Any]:
        """Webhooks to send."""
        self.times += 1
        return []

    async def take_unknown(self, *_: Any) -> list[Any]:
        """Webhooks of nobody."""
        return []

    async def waiting(self) -> int:
        """How many wait."""
        return 0

    async def seconds_until_next(self) -> float:
        """When the next timer is due."""
        return 0.01


class Sends:
    """Posts nothing."""

    longest_seconds = 1.0

    async def send(self, *_: Any) -> Any:
        """Nothing is sent here."""
        raise AssertionError


async def is_held_and_let_go(worker: Any, asked: Asked, gate: Gate) -> None:
    """The worker asks for nothing before its gate opens."""
    running = asyncio.create_task(worker.run())
    try:
        for _ in range(20):
            await asyncio.sleep(0)
        assert asked.times == 0
        gate.turn(closed=False)
        await eventually(lambda: asked.times > 0)
    finally:
        await end_all([running])


async def test_no_webhook_leaves_while_webhooks_are_held() -> None:
    asked, gate = Asked(), Gate()
    webhooks: Any = {"status": object()}
    await is_held_and_let_go(WebhookWorker(asked, Sends(), webhooks, gate=gate), asked, gate)  # type: ignore[arg-type]  # as much of a store as is asked


async def test_no_timer_fires_while_timers_are_held() -> None:
    asked, gate = Asked(), Gate()
    worker = DueWorker(asked, None, {}, gate=gate)  # type: ignore[arg-type]  # as much of both as is asked

    async def fire_once() -> int:
        asked.times += 1
        return 0

    worker.fire_once = fire_once  # type: ignore[method-assign]  # what it would do is not asked here
    await is_held_and_let_go(worker, asked, gate)
