"""How fast Slack lets us go."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.pacing import POST, Pacing


def test_messages_go_once_a_second_in_a_channel_after_a_short_burst() -> None:
    pacing = Pacing()
    now = sent = 0.0
    times = []
    while len(times) < 10:
        wait = pacing.wait_seconds(POST, "C1", now)
        if wait > 0:
            now += wait
            continue
        pacing.take(POST, "C1", now)
        times.append(now)

    assert times[:3] == [sent] * 3
    assert all(later - earlier >= 0.999 for earlier, later in pairwise(times[2:]))


def test_a_full_channel_does_not_hold_up_another() -> None:
    pacing = Pacing()
    for _ in range(3):
        pacing.take(POST, "C1", 0.0)

    assert pacing.wait_seconds(POST, "C1", 0.0) > 0
    assert pacing.wait_seconds(POST, "C2", 0.0) == 0


def test_a_pause_that_slack_asks_for_holds_one_channel_or_one_method() -> None:
    pacing = Pacing()
    pacing.pause(POST, "C1", 30, 0.0)
    pacing.pause("chat.update", "", 20, 0.0)

    assert pacing.wait_seconds(POST, "C1", 10.0) == 20
    assert pacing.wait_seconds(POST, "C2", 10.0) == 0
    assert pacing.wait_seconds("chat.update", "C1", 10.0) == 10
    assert pacing.wait_seconds("views.open", "", 10.0) == 0


def test_the_small_budget_reads_history_once_a_minute() -> None:
    pacing = Pacing(small_history=True)
    pacing.take("conversations.history", "", 0.0)

    assert pacing.wait_seconds("conversations.history", "", 0.0) == 60
    assert pacing.wait_seconds("conversations.replies", "", 0.0) == 0


def test_a_slack_that_allows_more_is_asked_so_many_times_more_often() -> None:
    paces = {1.0: 15, 20.0: 300}
    for pace, burst in paces.items():
        pacing = Pacing(pace=pace)
        for _ in range(burst):
            assert pacing.wait_seconds("users.info", "", 0.0) == 0
            pacing.take("users.info", "", 0.0)
        assert pacing.wait_seconds("users.info", "", 0.0) == pytest.approx(0.6 / pace)


@given(st.lists(st.tuples(st.sampled_from(["chat.update", "users.list", POST]), st.floats(0, 3)), max_size=200))
def test_no_minute_has_more_calls_than_its_budget(calls: list[tuple[str, float]]) -> None:
    pacing, now = Pacing(), 0.0
    made: dict[str, list[float]] = {}
    for method, pause in calls:
        now += pause
        now += pacing.wait_seconds(method, "C1", now)
        pacing.take(method, "C1", now)
        made.setdefault(method, []).append(now)

    for method, most in (("chat.update", 58), ("users.list", 24), (POST, 63)):
        times = made.get(method, [])
        for begin in times:
            assert sum(begin <= at < begin + 60 for at in times) <= most + 1
