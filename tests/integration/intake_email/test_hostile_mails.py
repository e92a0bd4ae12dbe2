"""Mails made to wear the reader out: each answered within a second, in bounded memory."""

import pytest

from tests.fuzz.hostile import is_bearable, mails, measure_apart


@pytest.mark.parametrize("name", mails())
def test_a_hostile_mail_is_answered_in_time_and_in_bounded_memory(name: str) -> None:
    cost = measure_apart(name)
    assert is_bearable(cost), cost
