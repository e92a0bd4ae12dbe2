"""Whether waiting for company pays."""

import pytest

from ventanilla_runtime import pace
from ventanilla_runtime.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_a_quiet_day_expects_nobody(clock: list[float]) -> None:
    quiet = Pace()
    for _ in range(20):
        clock[0] += 0.05  # twenty a second
        quiet.note(1)
    assert quiet.expected(0.025) == pytest.approx(0.5, abs=0.1)


def test_a_rush_is_noticed_within_half_a_second(clock: list[float]) -> None:
    rush = Pace()
    for _ in range(50):
        clock[0] += 0.01
        rush.note(10)  # a thousand a second
    assert rush.expected(0.025) > 10


def test_a_rush_that_is_over_is_forgotten(clock: list[float]) -> None:
    rush = Pace()
    for _ in range(50):
        clock[0] += 0.01
        rush.note(10)
    clock[0] += 1
    assert rush.expected(0.025) == 0


def test_many_at_once_out_of_nothing_are_no_pace_yet(clock: list[float]) -> None:
    first = Pace()
    clock[0] += 0.0001
    first.note(50)
    clock[0] += 0.2
    assert first.expected(0.025) < 5
