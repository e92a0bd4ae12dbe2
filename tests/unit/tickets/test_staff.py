"""Whose message it is that stands in a customer's thread: the customer's, or an agent's answer."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.tickets.builders import incoming, ticket
from tickets.domain.settling.incoming import Incoming, Staff
from tickets.domain.settling.staff import answered_in_thread, slack_members, slack_writers, staff_who_wrote
from tickets.domain.settling.threads import KnownReference, Thread, ThreadTicket

CUSTOMER, EVA = "T0DESK/U0CUST", "T0DESK/U0EVA"
KNOWN = {EVA: Staff("eva", "Eva Ruiz")}
JOINED = Thread(7, None, "conversation")
THREAD = "T0DESK/C0HELP/1.000001"


def message(**changes: Any) -> Incoming:
    written = incoming(1, **{"sender": EVA, "channel": "slack", "grade": "verified", **changes})
    return replace(written, claim=replace(written.claim, conversation=THREAD))


def asked(number: int = 7, requester: str = CUSTOMER, conversation: str | None = THREAD) -> dict[int, ThreadTicket]:
    row = ticket(number, requester_address=requester, conversation=conversation, channel="slack")
    return {number: row.thread}


def test_an_agent_who_writes_in_the_thread_answers() -> None:
    assert staff_who_wrote(message(), JOINED, asked(), {}, KNOWN) == Staff("eva", "Eva Ruiz")
    assert staff_who_wrote(message(), JOINED, asked(conversation=None), {}, KNOWN), "nobody noted it then"


def test_an_agent_who_asked_is_the_customer_of_their_own_conversation_and_of_no_other() -> None:
    assert staff_who_wrote(message(), JOINED, asked(requester=EVA), {}, KNOWN) is None

    tickets = {**asked(7), **asked(8, EVA)}
    by_their_own, by_the_customers = Thread(7, None, "conversation", 8), Thread(8, None, "conversation", 7)

    assert staff_who_wrote(message(), by_their_own, tickets, {}, KNOWN) is None
    assert staff_who_wrote(message(), by_the_customers, tickets, {}, KNOWN) is not None


def test_an_agent_who_opened_the_next_ticket_of_a_customers_conversation_answers_in_it() -> None:
    tickets, places = (
        {**asked(7, EVA), **asked(3)},
        {THREAD: [KnownReference(3, own=True), KnownReference(7, own=True)]},
    )

    assert staff_who_wrote(message(), JOINED, tickets, places, KNOWN) is not None
    assert staff_who_wrote(message(), JOINED, {**tickets, **asked(3, EVA)}, places, KNOWN) is None


def test_what_is_written_where_nobody_is_talked_with_any_more_answers_nobody() -> None:
    assert staff_who_wrote(message(), JOINED, asked(conversation="T0DESK/D0MARTA/2.000001"), {}, KNOWN) is None


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
    assert staff_who_wrote(message(**changes), thread, asked(), {}, KNOWN) is None


def test_only_writers_of_slack_are_looked_up_each_once() -> None:
    writers = slack_writers([message(), message(), incoming(2), message(sender="nobody"), message(sender="T1/U2")])

    assert writers == [("T0DESK", "U0EVA"), ("T1", "U2")]


def test_only_those_prove_who_they_are_for_whom_slack_vouches() -> None:
    mail = {"member_mail": "eva@desk.example"}
    proven = message(**mail)
    others = [
        message(**mail, channel="email"),
        message(**mail, grade="claimed", sender="T1/U2"),
        message(**mail, automation="auto-generated", sender="T1/U3"),
        message(**mail, sender="nobody"),
        message(sender="T1/U4"),
    ]

    assert slack_members([proven, proven, *others]) == [("T0DESK", "U0EVA", "eva@desk.example")]


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
