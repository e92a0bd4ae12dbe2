"""What bounces and answers teach about the way to an address."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.unit.tickets.builders import NOON
from tickets.domain.settling.reach import REACHED, Reach, after_bounce, after_sign_of_life, hardness
from ventanilla_contracts.events import Undelivered

OURS = UUID(int=7)
DAY = timedelta(days=1)


def bounce(reason: str = "user_unknown", **more: str | None) -> Undelivered:
    return Undelivered.model_validate({"recipient": "ana@cliente.example", "reason": reason, **more})


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (bounce("user_unknown", status="5.1.1"), "hard"),
        (bounce("user_unknown"), "hard"),
        (bounce("host_unknown", status="5.1.2"), "hard"),
        (bounce("other", status="5.0.0"), "hard"),
        (bounce("mailbox_full", status="5.2.2"), "soft"),
        (bounce("expired", status="4.4.7"), "soft"),
        (bounce("policy", status="5.7.1"), "soft"),
        (bounce("other", status="4.3.0"), "soft"),
        (bounce("other"), "soft"),
        (bounce("message_too_big", status="5.3.4"), "none"),
        (bounce("user_unknown", action="delayed"), "none"),
        (bounce("other", action="delivered", status="2.0.0"), "none"),
        (bounce("a word of tomorrow", status="5.1.1"), "hard"),
    ],
)
def test_a_bounce_is_hard_only_where_nobody_is_there(report: Undelivered, kind: str) -> None:
    assert hardness(report) == kind


def test_one_hard_bounce_stops_mail_and_says_why_and_of_which_message() -> None:
    reach = after_bounce(REACHED, bounce(), OURS, NOON, NOON + DAY)

    assert reach.stopped
    assert (reach.since, reach.reason, reach.message_id) == (NOON + DAY, "user_unknown", OURS)


def test_three_soft_bounces_in_a_week_stop_mail_and_two_do_not() -> None:
    once = after_bounce(REACHED, bounce("mailbox_full"), OURS, NOON, NOON)
    twice = after_bounce(once, bounce("mailbox_full"), OURS, NOON, NOON + DAY)
    thrice = after_bounce(twice, bounce("mailbox_full"), OURS, NOON, NOON + 6 * DAY)

    assert [reach.stopped for reach in (once, twice, thrice)] == [False, False, True]
    assert thrice.reason == "mailbox_full"


def test_soft_bounces_further_apart_begin_anew() -> None:
    reach = REACHED
    for week in range(10):
        reach = after_bounce(reach, bounce("mailbox_full"), OURS, NOON, NOON + week * 8 * DAY)

    assert not reach.stopped
    assert reach.soft == 1


def test_a_sign_of_life_lifts_it_and_breaks_the_row() -> None:
    stopped = after_bounce(REACHED, bounce(), OURS, NOON, NOON)

    assert after_sign_of_life(stopped, NOON + DAY) == Reach(lifted_at=NOON + DAY)
    assert after_sign_of_life(Reach(soft=2, soft_since=NOON), NOON) == Reach(lifted_at=NOON)
    assert after_sign_of_life(REACHED, NOON) is REACHED, "nothing is to be written for ordinary mail"


def test_a_bounce_of_a_mail_from_before_the_lifting_says_nothing_any_more() -> None:
    lifted = Reach(lifted_at=NOON)

    assert after_bounce(lifted, bounce(), OURS, NOON - DAY, NOON + DAY) is lifted
    assert after_bounce(lifted, bounce(), OURS, NOON + DAY, NOON + DAY).stopped


def test_a_second_hard_bounce_keeps_the_first_reason() -> None:
    stopped = after_bounce(REACHED, bounce(), OURS, NOON, NOON)

    assert after_bounce(stopped, bounce("host_unknown"), UUID(int=8), NOON, NOON + DAY) is stopped
