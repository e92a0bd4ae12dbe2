"""Who may ask in a ticket, and what changes with them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import ANA, BOX, NOON, ticket
from tickets.domain.correspondence.participants import MOST_COPIED
from tickets.domain.correspondence.requesters import Standing, Wish, asked_by, must_ask
from tickets.errors import OnePersonsOwn, Refused

LUIS = "luis@cliente.example"
ANYBODY = Standing()
THERE = "T0123/U0456"
THREAD = {"channel": "slack", "account": "T0123/C0HELP"}
DIRECT = {"channel": "slack", "account": "T0123/D0CUST"}


def check(
    address: str = LUIS, standing: Standing = ANYBODY, *, drop: bool = False, vouched: bool = False, **old: Any
) -> None:
    must_ask(ticket(7, **old), Wish(address, "Luis", "he took over", drop, vouched), {BOX}, standing)


def test_anybody_asks_who_can_be_answered() -> None:
    check()
    check(standing=Standing(MOST_COPIED, "cc"))
    check(standing=Standing(MOST_COPIED), drop=True)
    check(standing=Standing(merged=[9]))
    check(THERE, vouched=True, **THREAD)
    check(THERE, Standing(known_as="Luis"), **THREAD)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"address": ANA}, "asks already"),
        ({"address": BOX}, "mail cannot go there"),
        ({"address": "noreply@cliente.example"}, "mail cannot go there"),
        ({"address": "T0123/U0456"}, "mail cannot go there"),
        (THREAD, "goes on in slack"),
        ({"address": THERE, **THREAD}, "nobody of this name has written"),
        ({"address": THERE, "vouched": True, "drop": True, **THREAD}, "reads the thread in slack as before"),
        ({"address": THERE, "vouched": True, "standing": Standing(merged=[9]), **THREAD}, "un-merge it first"),
        ({"channel": "sms"}, "belong to one person"),
        ({"standing": Standing(role="aside")}, "written to aside"),
        ({"standing": Standing(MOST_COPIED)}, "people are in copy already"),
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


@pytest.mark.parametrize("address", [LUIS, THERE])
def test_in_direct_messages_nobody_else_can_ask_whoever_names_them(address: str) -> None:
    with pytest.raises(OnePersonsOwn, match="open a new ticket for whoever asks now, and link the two"):
        check(address, Standing(known_as="Luis"), vouched=True, **DIRECT)


def test_who_somebody_is_in_a_chat_was_found_out() -> None:
    before = ticket(7, **THREAD, requester_grade="claimed")

    after = asked_by(before, Wish(THERE, "Luis", "he took over"), 5, "Luis", NOON, NOON)

    assert (after.requester_address, after.requester_grade) == (THERE, "verified")
