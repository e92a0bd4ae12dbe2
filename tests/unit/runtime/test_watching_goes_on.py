"""Whoever measures ends nothing by failing."""

import asyncio
from typing import Any

import pytest

from ventanilla_runtime import stopping
from ventanilla_runtime.watching import BrokerWatch


class Garbling:
    """A broker whose answers lack what they should hold."""

    user = "router"
    connected = True

    def __init__(self) -> None:
        self.asked = 0
        self.again = asyncio.Event()

    async def consumer_state(self, stream: str, durable: str) -> Any:
        self.asked += 1
        if self.asked > 1:
            self.again.set()
        raise KeyError(f"{stream}/{durable}")


async def test_an_answer_of_an_unknown_form_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "FAILED_AGAIN_SECONDS", (0.0,))
    broker = Garbling()
    watching = asyncio.create_task(BrokerWatch(broker, "desk", every_seconds=0.0).run())  # type: ignore[arg-type]  # a stand-in

    async with asyncio.timeout(5):
        await broker.again.wait()

    assert not watching.done()
    watching.cancel()
