"""Who may ask in a ticket, and what changes with them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import ANA, BOX, NOON, ticket
from tickets.domain.correspondence.participants import MOST_COPIED
from tickets.domain.correspondence.requesters import Wish, asked_by, must_ask
from tickets.errors import Refused

LUIS = "luis@cliente.example"


def check(address: str = LUIS, copied: int = 0, role: str | None = None, *, drop: bool = False, **old: Any) -> None:
    must_ask(ticket(7, **old), Wish(address, "Luis", "he took over", drop), {BOX}, copied, role)


def test_anybody_asks_who_can_be_answered() -> None:
    check()
    check(role="cc", copied=MOST_COPIED)
    check(copied=MOST_COPIED, drop=True)
    check("T0123/U0456", channel="slack")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"address": ANA}, "asks already"),
        ({"address": BOX}, "mail cannot go there"),
        ({"address": "noreply@cliente.example"}, "mail cannot go there"),
        ({"address": "T0123/U0456"}, "mail cannot go there"),
        ({"channel": "slack"}, "goes on in slack"),
        ({"channel": "sms"}, "goes on in sms"),
        ({"role": "aside"}, "written to aside"),
        ({"copied": MOST_COPIED}, "people are in copy already"),
        ({"status": "closed"}, "is closed"),
        ({"merged_into": 3}, "was merged into 3"),
    ],
)
def test_nobody_asks_who_cannot(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        check(**arguments)


def test_links_from_before_end_and_the_identity_is_only_claimed() -> None:
    before = ticket(7, requester_grade="verified", page_epoch=2)
    since = NOON + timedelta(hours=1)

    after = asked_by(before, Wish(LUIS, "Luis", "he took over"), 5, "Luis", since, since)

    assert (after.requester_id, after.requester_address, after.requester_grade) == (5, LUIS, "claimed")
    assert (after.page_epoch, after.requester_since, after.version) == (3, since, before.version + 1)
