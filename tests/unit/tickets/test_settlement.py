"""The rows that a batch leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.tickets.builders import ANA, DESK, NOON, SIGNER, contact, incoming, render, settler, ticket
from tickets.domain.correspondence.acknowledging import (
    AcknowledgementCaps,
    add_acknowledgements,
    divert_acknowledgements,
)
from tickets.domain.outgoing import encode
from tickets.domain.settling.matching import Assignment
from ventanilla_contracts.events import (
    NotificationRequested,
    TicketCreated,
    TicketMessageAdded,
)


def created(n: int = 1, **changes: object) -> Assignment:
    return Assignment(incoming(n, **changes), "created", target=-n)


def test_a_new_ticket_carries_the_decision_and_starts_when_the_door_accepted() -> None:
    decision = {"priority": "urgent", "category": "outage", "tier": "2", "team": "technical", "tags": ("vip",)}
    rows = settler().settle([created(decision=decision)])
    [row] = rows.created
    assert (row.number, row.priority, row.category, row.tier, row.team) == (100, "urgent", "outage", "2", "technical")
    assert row.created_at == NOON + timedelta(seconds=1)
    assert (row.status, row.language, row.requester_address) == ("new", "es", ANA)
    [message] = rows.messages
    assert (message.kind, message.ticket_number, message.intake_sequence) == ("customer", 100, 1)
    [entry] = rows.ledger
    assert (entry.outcome, entry.ticket_number, entry.message_id) == ("created", 100, message.id)


def test_a_solved_ticket_is_reopened_by_its_customer_and_says_so() -> None:
    solved = ticket(7, status="solved", solved_at=NOON)
    rows = settler(tickets={7: solved}).settle([Assignment(incoming(1), "appended", "our_message_id", target=7)])
    assert (rows.changed[7].status, rows.changed[7].solved_at, rows.changed[7].version) == ("open", None, 4)
    [line] = rows.history
    assert (line.action, line.detail["status"], line.why) == ("message.added", ["solved", "open"], "our_message_id")


def test_an_out_of_office_note_wakes_nobody_and_is_not_acknowledged() -> None:
    solved = ticket(7, status="solved", solved_at=NOON)
    note = incoming(1, automation="auto-replied")
    rows = settler(tickets={7: solved}).settle([Assignment(note, "appended", "our_message_id", target=7)])
    assert (rows.changed[7].status, rows.messages[0].kind) == ("solved", "automatic")
    assert not rows.notices


def test_a_ticket_opened_and_answered_in_one_batch_is_written_once_in_its_last_state() -> None:
    reply = Assignment(incoming(2), "appended", "customer_message_id", target=-1)
    rows = settler().settle([created(), reply])
    assert [(row.number, row.version) for row in rows.created] == [(100, 2)]
    assert not rows.changed
    assert [message.ticket_number for message in rows.messages] == [100, 100]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1),
        ({"automation": "auto-generated"}, 0),
        ({"automation": "list"}, 0),
        ({"automation": "bounce"}, 0),
        ({"decision": {"acknowledge": False}}, 0),
    ],
)
def test_only_people_whom_no_rule_silences_are_acknowledged(changes: dict, expected: int) -> None:
    assert len(settler().settle([created(**changes)]).notices) == expected


def test_whoever_cannot_be_written_to_is_not_acknowledged_and_it_is_no_news() -> None:
    here = replace(incoming().claim, conversation="sms/+34910000000/+34600111222")
    for claim, expected in ((incoming().claim, 0), (here, 1)):
        call = created(channel="voice", account="+34910000000", sender_address="+34600111222", claim=claim)
        rows = settler(contacts={("phone", "+34600111222"): contact()}).settle([call])
        divert_acknowledgements(rows, (), {})
        assert (len(rows.notices), rows.contacts[1].acknowledged_count) == (expected, expected)
        assert [line.action for line in rows.history] == ["ticket.created"]


def test_a_sender_gets_so_many_acknowledgements_and_no_more_until_the_window_is_over() -> None:
    now = NOON + timedelta(minutes=1)
    worn = contact(acknowledged_since=now - timedelta(hours=1), acknowledged_count=5)
    rows = settler(contacts={("email", ANA): worn}, caps=AcknowledgementCaps(5)).settle([created()])
    assert not rows.notices
    assert rows.history[-1].action == "acknowledgement.withheld"
    rested = contact(acknowledged_since=now - timedelta(hours=25), acknowledged_count=5)
    rows = settler(contacts={("email", ANA): rested}, caps=AcknowledgementCaps(5)).settle([created()])
    assert len(rows.notices) == 1
    assert rows.contacts[1].acknowledged_count == 1


def test_people_whom_a_chat_knows_are_acknowledged_each_time() -> None:
    worn = contact(acknowledged_since=NOON, acknowledged_count=6)
    there = replace(incoming().claim, conversation="T1/C1/1.1")
    for grade, expected in (("verified", 1), ("claimed", 0)):
        wrote = created(channel="slack", account="T1/C1", sender_address="T1/U1", grade=grade, claim=there)
        rows = settler(contacts={("slack", "T1/U1"): worn}, caps=AcknowledgementCaps(5)).settle([wrote])
        assert len(rows.notices) == expected, grade


def test_a_loop_inside_one_batch_is_capped_too() -> None:
    batch = [created(n) for n in (1, 2, 3)]
    assert len(settler(caps=AcknowledgementCaps(2)).settle(batch).notices) == 2


def test_the_desks_budget_withholds_the_rest_with_a_line_in_the_history() -> None:
    rows = settler().settle([created(1), created(2)])
    add_acknowledgements(rows, 1, DESK, render, NOON)
    assert len([message for message in rows.messages if message.kind == "automatic"]) == 1
    assert [line.ticket_number for line in rows.history if line.action == "acknowledgement.withheld"] == [101]


def test_an_acknowledgement_answers_the_mail_repeats_nothing_and_proves_itself() -> None:
    secret = created(subject="Mi secreto", text="Es confidencial")
    rows = settler().settle([secret])
    add_acknowledgements(rows, 1, DESK, render, NOON)
    [event] = encode(rows.outbox[-1:], "desk", lambda _: {"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"})
    assert event.subject == "desk.notification.requested.v1.email"
    assert event.stream == "OUTBOUND"
    request = NotificationRequested.model_validate_json(event.body)
    assert b"secreto" not in event.body
    assert b"confidencial" not in event.body
    assert request.automatic
    assert request.mail is not None
    assert request.mail.return_path == ""
    assert request.mail.in_reply_to == "1@cliente.example"
    assert SIGNER.ticket_of_message_id(request.mail.message_id) == 100
    assert request.expires_at - request.requested_at == DESK.expires_after


def test_every_event_is_what_its_type_promises() -> None:
    reply = Assignment(incoming(2), "appended", "customer_message_id", target=-1)
    rows = settler().settle([created(), reply])
    first, second = encode(rows.outbox, "desk", lambda _: {"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"})
    assert TicketCreated.model_validate_json(first.body).ticket.version == 1
    added = TicketMessageAdded.model_validate_json(second.body)
    assert (added.ticket.version, added.kind) == (2, "customer")
    assert first.key != second.key


def test_a_writer_is_remembered_with_the_language_of_the_last_mail() -> None:
    rows = settler(language_of=lambda text, prior: "en").settle([created(automation="no")])
    assert rows.contacts[1].language == "en"
    assert rows.created[0].language == "en"


def test_a_language_that_the_desk_does_not_speak_is_answered_in_english() -> None:
    rows = settler(language_of=lambda text, prior: "fr").settle([created()])
    assert rows.created[0].language == "en"
    assert rows.messages[0].language == "fr"


def test_a_ticket_is_found_by_its_words_its_requester_its_number_and_its_facets() -> None:
    rows = settler().settle([created(subject="Facturación duplicada", text="Me cobraron dos veces")])
    [(number, lexemes)] = rows.search
    words = set(lexemes.split())
    assert number == 100
    assert {"factur", "duplic", "100", "status=new", "requester=ana@cliente.example"} <= words
