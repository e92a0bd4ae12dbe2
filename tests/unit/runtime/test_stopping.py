"""Ending work that runs for ever, and that does not always hear that it should."""

import asyncio
from contextlib import suppress

from ventanilla_runtime.stopping import end_all


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
