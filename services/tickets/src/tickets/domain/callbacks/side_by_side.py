"""Several callbacks to one telephone: it rings for one of them at a time, and what came of a customer's wish serves
the like ones of theirs. Whoever is impatient calls again and asks again, and means one call. Pure.

Wishes with different teams are different matters, and so is what an agent plans: they wait for each other and no more.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tickets.domain.callbacks.wishes import CUSTOMER, DONE, DUE, FAILED, SCHEDULED, TALKING, Callback

LOOK_AGAIN: Final = timedelta(minutes=1)
"""So soon a callback that waits for another one looks again."""


def served_by(callback: Callback, others: Sequence[Callback]) -> Callback | None:
    """The one whose talk, or whose attempts in vain, stand for this one too; None: there is none.

    Args:
        others: callbacks to the same number.
    """
    if callback.state != SCHEDULED:
        return None
    over = [
        one
        for one in others
        if one.state in (DONE, FAILED) and one.ended_at and one.ended_at > callback.asked_at and _alike(callback, one)
    ]
    return max(over, key=lambda one: (one.state == DONE, one.ended_at), default=None)


def has_to_wait(callback: Callback, others: Sequence[Callback]) -> bool:
    """Whether the telephone is another one's now: it rings there, or the like of this one is between its attempts."""
    return any(
        one.state in (DUE, TALKING)
        or (one.state == SCHEDULED and one.attempt > 0 and callback.attempt == 0 and _alike(callback, one))
        for one in others
    )


def served(callback: Callback, by: Callback, now: datetime) -> Callback:
    """The callback, ended as the one that stands for it."""
    return replace(callback, state=by.state, outcome=by.outcome, next_at=None, ended_at=now)


def _alike(one: Callback, other: Callback) -> bool:
    return one.asked_by == other.asked_by == CUSTOMER and one.team == other.team
