"""Whose message it is that stands in a customer's thread: the customer's, or an agent's answer."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.tickets.builders import incoming, ticket
from tickets.domain.settling.incoming import Incoming, Staff
from tickets.domain.settling.staff import answered_in_thread, slack_writers, staff_who_wrote
from tickets.domain.settling.threads import Thread

EVA = "T0DESK/U0EVA"
KNOWN = {EVA: Staff("eva", "Eva Ruiz")}
JOINED = Thread(7, None, "conversation")


def message(**changes: Any) -> Incoming:
    return incoming(1, **{"sender": EVA, "channel": "slack", "grade": "verified", **changes})


def test_an_agent_who_writes_in_the_thread_answers() -> None:
    assert staff_who_wrote(message(), JOINED, KNOWN) == Staff("eva", "Eva Ruiz")


@pytest.mark.parametrize(
    ("changes", "thread"),
    [
        ({"sender": "T0DESK/U0CUST"}, JOINED),
        ({"channel": "email"}, JOINED),
        ({"grade": "plausible"}, JOINED),
        ({"automation": "auto-generated"}, JOINED),
        ({}, Thread(7, None, "subject_tag")),
        ({}, Thread(None, 7, "")),
    ],
)
def test_anybody_else_is_a_customer(changes: dict[str, Any], thread: Thread) -> None:
    assert staff_who_wrote(message(**changes), thread, KNOWN) is None


def test_only_writers_of_slack_are_looked_up_each_once() -> None:
    writers = slack_writers([message(), message(), incoming(2), message(sender="nobody"), message(sender="T1/U2")])

    assert writers == [("T0DESK", "U0EVA"), ("T1", "U2")]


def test_an_answer_opens_a_new_ticket_and_is_its_first() -> None:
    written = message()

    after, lines = answered_in_thread(ticket(status="new"), written, KNOWN[EVA], "conversation", None)

    assert (after.status, after.first_response_at, after.version) == ("open", written.accepted_at, 4)
    assert [(line.action, line.actor) for line in lines] == [
        ("reply.sent", "agent:eva"),
        ("ticket.changed", "agent:eva"),
    ]
    assert lines[0].detail["via"] == f"slack:{EVA}"


@pytest.mark.parametrize("status", ["open", "pending", "on_hold", "solved"])
def test_an_answer_wakes_nothing_and_is_the_first_only_once(status: str) -> None:
    before = replace(ticket(status=status), first_response_at=message().accepted_at.replace(hour=1))

    after, lines = answered_in_thread(before, message(), KNOWN[EVA], "conversation", 3)

    assert (after.status, after.first_response_at) == (status, before.first_response_at)
    assert [line.detail["came_by"] for line in lines] == [3]
