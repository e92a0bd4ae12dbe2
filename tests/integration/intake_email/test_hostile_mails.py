"""Mails made to wear the reader out: each answered within a second, in bounded memory."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fuzz.hostile import is_bearable, mails, measuring


@pytest.fixture(scope="module")
def measure_apart() -> Iterator[Callable[[str], dict[str, Any]]]:
    with measuring() as measure_one:
        yield measure_one


@pytest.mark.parametrize("name", mails())
def test_a_hostile_mail_is_answered_in_time_and_in_bounded_memory(
    name: str, measure_apart: Callable[[str], dict[str, Any]]
) -> None:
    cost = measure_apart(name)
    assert is_bearable(cost), cost
