"""What is remembered of a notification decides whether it is sent."""

import pytest

from intake_email.domain.outbound import (
    Deferred,
    Failed,
    Outcome,
    Progress,
    Refusal,
    Sent,
    Stage,
    decide,
    delay_seconds,
    progress_after,
)

ATTEMPTING, WAITING = Progress(Stage.ATTEMPTING), Progress(Stage.WAITING)


@pytest.mark.parametrize(
    ("before", "automatic", "expired", "repeatable", "reason"),
    [
        (None, True, False, False, None),
        (None, True, True, False, "expired"),
        (WAITING, True, False, False, None),
        (WAITING, False, True, False, "expired"),
        (ATTEMPTING, False, False, False, None),
        (ATTEMPTING, True, False, False, "uncertain"),
        (ATTEMPTING, True, True, False, "uncertain"),
        (ATTEMPTING, True, False, True, None),
        (Progress(Stage.FAILED, reason="rejected"), False, False, False, "rejected"),
    ],
)
def test_what_is_known_decides(
    before: Progress | None, automatic: bool, expired: bool, repeatable: bool, reason: str | None
) -> None:
    outcome = decide(before, automatic=automatic, expired=expired, repeatable=repeatable)
    assert (outcome.reason if isinstance(outcome, Failed) else outcome) == reason


@pytest.mark.parametrize("expired", [True, False])
def test_what_was_sent_is_only_reported_again(expired: bool) -> None:
    outcome = decide(Progress(Stage.SENT), automatic=True, expired=expired, repeatable=False)
    assert isinstance(outcome, Sent)


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        (Sent("250 ok"), Stage.SENT),
        (Failed("rejected", "550 no"), Stage.FAILED),
        (Deferred("451 later"), Stage.WAITING),
        (Deferred("timeout", uncertain=True), Stage.ATTEMPTING),
    ],
)
def test_every_outcome_is_remembered(outcome: Outcome, stage: Stage) -> None:
    after = progress_after(outcome, ATTEMPTING)
    assert after.stage is stage
    assert Progress.decode(after.encode()) == after


def test_recipients_that_are_left_and_refused_ones_are_remembered() -> None:
    before = Progress(Stage.WAITING, ("a@x", "b@x"), (Refusal("c@x", "550"),))
    after = progress_after(Deferred("451", left=("b@x",), refused=(Refusal("d@x", "550"),)), before)
    assert after.left == ("b@x",)
    assert {refusal.recipient for refusal in after.refused} == {"c@x", "d@x"}
    assert Progress.decode(after.encode()) == after


def test_delays_grow_and_end_with_the_notification() -> None:
    delays = [delay_seconds(attempt, 10, 1e9) for attempt in range(1, 12)]
    assert delays == sorted(delays)
    assert 13 < delays[0] < 17
    assert delays[-1] <= 1000
    assert delay_seconds(8, 10, 30.0) == 31.0
    assert delay_seconds(8, 10, -5.0) == 1.0
