"""Ending work that runs for ever, and that does not always hear that it should; and keeping it going until then."""

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime import stopping
from ventanilla_runtime.metrics import LOOP_FAILURES, REGISTRY
from ventanilla_runtime.stopping import CLOSING_SECONDS, StopBudget, end_all, keep_going


async def test_work_that_loses_a_cancellation_is_told_again() -> None:
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if lost:
                    raise
                lost += 1

    tasks = [asyncio.create_task(work()), asyncio.create_task(asyncio.Event().wait())]
    await asyncio.wait(tasks, timeout=0.01)
    await asyncio.wait_for(end_all(tasks), 10)
    assert [task.cancelled() for task in tasks] == [True, True]
    assert lost == 1


async def test_work_that_has_ended_already_is_no_reason_to_wait() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    failed = asyncio.create_task(fail())
    await asyncio.wait([failed])
    await end_all([failed])
    await end_all([])
    with suppress(ZeroDivisionError):
        failed.result()


class Rounds:
    """Rounds that go as they are told; the last one is for ever."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.over = asyncio.Event()

    async def __call__(self) -> None:
        if not self.errors:
            self.over.set()
            await asyncio.Event().wait()
        if (error := self.errors.pop(0)) is not None:
            raise error


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long loops wanted to sleep; they do not."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(stopping.asyncio, "sleep", sleep)  # type: ignore[attr-defined]  # it imports all of asyncio
    return found


async def test_a_loop_goes_on_after_a_bug_later_and_later_and_ends_when_it_is_told_to(waited: list[float]) -> None:
    rounds = Rounds(*[ZeroDivisionError()] * 7, None, ZeroDivisionError())
    before = LOOP_FAILURES.labels("test")._value.get()

    with capture_logs() as said:
        going = asyncio.create_task(keep_going("test", rounds, 3.0, first_after_seconds=0.5))
        await asyncio.wait_for(rounds.over.wait(), 5)
    going.cancel()
    await asyncio.wait([going], timeout=5)

    assert going.cancelled()
    assert waited == [0.5, 3, 3, 5, 10, 30, 30, 30, 3, 3]
    assert [(line["event"], bool(line["exc_info"])) for line in said] == [("loop.failed", True)] * 8
    assert LOOP_FAILURES.labels("test")._value.get() == before + 8


async def test_what_is_temporary_is_no_bug_and_comes_again_at_its_pace(waited: list[float]) -> None:
    rounds = Rounds(*[Temporary("away")] * 3)
    going = asyncio.create_task(keep_going("patient", rounds, 2.0))
    await asyncio.wait_for(rounds.over.wait(), 5)
    going.cancel()
    assert waited == [0.0, 2, 2, 2]
    assert REGISTRY.get_sample_value("ventanilla_loop_failures_total", {"loop": "patient"}) == 0


def test_all_that_stops_shares_one_deadline() -> None:
    now = [100.0]
    budget = StopBudget(18, lambda: now[0])
    now[0] = 500.0
    assert (budget.drain_left(), budget.left()) == (18, 18 + CLOSING_SECONDS)
    budget.begin()
    now[0] = 510.0
    budget.begin()  # a second SIGTERM gives no more time
    assert (budget.drain_left(), budget.left()) == (8, 8 + CLOSING_SECONDS)
    now[0] = 520.0
    assert (budget.drain_left(), budget.left()) == (0, 3)
    now[0] = 530.0
    assert budget.left() == 0
