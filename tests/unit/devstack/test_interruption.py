"""Wishes to leave are noticed where it is safe."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from ventanilla_devstack.errors import Interrupted
from ventanilla_devstack.interruption import Interruption

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as if these tests themselves did not run under nohup
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_a_wish_that_the_next_tick_tells(number: signal.Signals) -> None:
    interruption = Interruption()
    interruption.listen()
    interruption.tick()

    os.kill(os.getpid(), number)

    assert interruption.count == 1
    with pytest.raises(Interrupted):
        interruption.tick()


def test_a_desk_under_nohup_stays_when_the_terminal_goes() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interruption = Interruption()
    interruption.listen()

    os.kill(os.getpid(), signal.SIGHUP)

    assert interruption.count == 0


def test_work_that_waits_is_cancelled() -> None:
    interruption = Interruption()
    cancelled: list[bool] = []

    async def wait_for_ever() -> None:
        interruption.count += 1
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    with pytest.raises(Interrupted):
        interruption.run(wait_for_ever())
    assert cancelled == [True]


def test_work_that_ends_gives_its_result_or_its_error() -> None:
    async def answer(divisor: int) -> float:
        return 1 / divisor

    assert Interruption().run(answer(2)) == 0.5
    with pytest.raises(ZeroDivisionError):
        Interruption().run(answer(0))
