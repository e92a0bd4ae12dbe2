"""Whoever measures the desk ends nothing by failing."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tickets.handlers.ledger import measure
from ventanilla_runtime import stopping


class Refusing:
    """A ledger that the database role may not read, as after half an upgrade."""

    def __init__(self) -> None:
        self.asked = 0
        self.again = asyncio.Event()

    def leadership(self, _: int) -> AbstractAsyncContextManager[Any]:
        self.asked += 1
        if self.asked > 1:
            self.again.set()
        raise RuntimeError("permission denied for table unsettled")


async def test_a_table_that_may_not_be_read_does_not_end_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "ROUND_SECONDS", 0.0)
    monkeypatch.setattr(stopping, "FAILED_AGAIN_SECONDS", (0.0,))
    ledger = Refusing()
    measuring = asyncio.create_task(measure.DeskMeasurer(ledger, None).run())  # type: ignore[arg-type]  # a stand-in

    async with asyncio.timeout(5):
        await ledger.again.wait()

    assert not measuring.done()
    measuring.cancel()
