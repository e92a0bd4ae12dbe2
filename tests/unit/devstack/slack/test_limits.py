"""Budgets: an app that keeps to the tiers is never refused, one that does not is told how long to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla_devstack.slack.limits import PER_MINUTE, Limits


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def test_ten_sockets_may_be_opened_at_once_and_then_one_a_minute() -> None:
    clock = Clock()
    limits = Limits(clock, "real")
    waits = [limits.retry_after("apps.connections.open", 1, "A", "T", "") for _ in range(11)]
    assert waits == [None] * 10 + [60]
    clock.now += 60
    assert limits.retry_after("apps.connections.open", 1, "A", "T", "") is None


@pytest.mark.parametrize("tier", [2, 3, 4])
def test_a_tier_allows_what_it_promises_minute_after_minute(tier: int) -> None:
    clock = Clock()
    limits = Limits(clock, "real")
    for _ in range(3):
        for _ in range(PER_MINUTE[tier]):
            assert limits.retry_after("m", tier, "A", "T", "") is None
        assert limits.retry_after("m", tier, "A", "T", "") is not None
        clock.now += 60


@given(st.sampled_from([2, 3, 4]), st.integers(0, 30))
def test_whoever_waits_as_long_as_told_is_let_in(tier: int, more: int) -> None:
    clock = Clock()
    limits = Limits(clock, "real")
    for _ in range(PER_MINUTE[tier] + more):
        wait = limits.retry_after("m", tier, "A", "T", "")
        if wait is not None:
            assert 1 <= wait <= 60
            clock.now += wait
            assert limits.retry_after("m", tier, "A", "T", "") is None


def test_a_steady_rate_below_the_tier_is_never_refused() -> None:
    clock = Clock()
    limits = Limits(clock, "real")
    for _ in range(500):
        assert limits.retry_after("chat.update", 3, "A", "T", "") is None
        clock.now += 60 / 50


def test_methods_apps_and_channels_have_budgets_of_their_own() -> None:
    limits = Limits(Clock(), "real")
    for _ in range(20):
        assert limits.retry_after("users.list", 2, "A", "T", "") is None
    assert limits.retry_after("users.list", 2, "A", "T", "") == 3
    assert limits.retry_after("conversations.list", 2, "A", "T", "") is None
    assert limits.retry_after("users.list", 2, "B", "T", "") is None
    for _ in range(5):
        assert limits.retry_after("chat.postMessage", "post", "A", "T", "C1") is None
    assert limits.retry_after("chat.postMessage", "post", "A", "T", "C1") == 1
    assert limits.retry_after("chat.postMessage", "post", "A", "T", "C2") is None
    assert limits.refused == {"users.list": 1, "chat.postMessage": 1}


def test_a_workspace_takes_some_hundred_posts_a_minute() -> None:
    limits = Limits(Clock(), "real")
    for number in range(300):
        assert limits.retry_after("chat.postMessage", "post", "A", "T", f"C{number}") is None
    assert limits.retry_after("chat.postMessage", "post", "A", "T", "C-more") == 1


def test_a_small_history_is_one_call_a_minute_and_fifteen_messages() -> None:
    clock = Clock()
    limits = Limits(clock, "real", "small")
    assert limits.retry_after("conversations.history", 3, "A", "T", "") is None
    assert limits.retry_after("conversations.history", 3, "A", "T", "") == 60
    assert limits.retry_after("conversations.replies", 3, "A", "T", "") is None
    assert limits.history_limit(100, 999) == 15
    clock.now += 60
    assert limits.retry_after("conversations.history", 3, "A", "T", "") is None


def test_limits_can_be_switched_off() -> None:
    limits = Limits(Clock(), "off", "small")
    assert all(limits.retry_after("m", 1, "A", "T", "") is None for _ in range(100))
    assert limits.history_limit(100, 999) == 100
