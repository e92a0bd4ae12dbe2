"""What becomes of each message of a batch."""

from tests.unit.tickets.builders import ANA, BOX, SIGNER, incoming, surroundings, ticket
from tickets.domain.settling.incoming import Place, Settled
from tickets.domain.settling.matching import assign
from tickets.domain.settling.threads import KnownReference


def outcomes(messages: list, known: object = None) -> list[tuple[str, int | None]]:
    found = assign(messages, known or surroundings(), SIGNER)
    return [(assignment.outcome, assignment.target) for assignment in found]


def test_each_first_mail_opens_a_ticket() -> None:
    assert outcomes([incoming(1), incoming(2)]) == [("created", -1), ("created", -2)]


def test_a_reply_in_the_same_batch_joins_the_ticket_that_the_batch_opens_whatever_their_order() -> None:
    first, reply = incoming(1), incoming(2, replies_to=("1@cliente.example",))
    assert outcomes([reply, first]) == [("created", -1), ("appended", -1)]


def test_a_reply_that_was_accepted_before_its_original_still_meets_it() -> None:
    reply = incoming(1, message_id="reply@c.example", replies_to=("late@c.example",))
    late = incoming(2, message_id="late@c.example")
    assert outcomes([late, reply]) == [("created", -1), ("appended", -1)]


def test_what_is_settled_already_is_left_alone() -> None:
    known = surroundings(settled={Place(1, 1): Settled("created", 7, incoming(1).id)})
    assert outcomes([incoming(1)], known) == []


def test_the_same_delivery_twice_in_a_batch_counts_once() -> None:
    assert outcomes([incoming(1), incoming(1)]) == [("created", -1)]


def test_a_second_acceptance_of_the_same_mail_is_a_duplicate() -> None:
    again = incoming(2, event_id="message.received.v1:1")
    assert outcomes([incoming(1), again]) == [("created", -1), ("duplicate", None)]
    known = surroundings(effects={incoming(1).id: 7})
    assert outcomes([incoming(1)], known) == [("duplicate", 7)]


def test_a_vanished_ticket_is_opened_again_under_its_number_if_that_is_free() -> None:
    vanished = {Place(1, 1): Settled("created", 7, None, vanished=True)}
    [assignment] = assign([incoming(1)], surroundings(settled=vanished), SIGNER)
    assert (assignment.outcome, assignment.number) == ("created", 7)
    taken = surroundings(settled=vanished, tickets={7: ticket(7)})
    [assignment] = assign([incoming(1)], taken, SIGNER)
    assert (assignment.outcome, assignment.number) == ("created", None)


def test_an_answer_to_our_mail_joins_a_ticket_that_comes_home_under_its_number_in_the_same_batch() -> None:
    vanished = {Place(1, 1): Settled("created", 7, None, vanished=True)}
    ours = SIGNER.message_id(7, "0123456789abcdef", "desk.example")
    answer, later = incoming(2, replies_to=(ours,)), incoming(3, replies_to=(ours,))

    found = assign([incoming(1), answer, later], surroundings(settled=vanished), SIGNER)

    assert [(one.outcome, one.target, one.number) for one in found] == [
        ("created", -1, 7),
        ("appended", -1, None),
        ("appended", -1, None),
    ]


def test_a_dead_letter_that_is_replayed_is_settled_after_all() -> None:
    known = surroundings(settled={Place(1, 1): Settled("dead_lettered", None, None)})
    assert outcomes([incoming(1)], known) == [("created", -1)]


def test_our_own_mail_coming_back_is_ignored() -> None:
    ours = incoming(1, message_id=SIGNER.message_id(7, "0123456789abcdef", "desk.example"))
    looped = incoming(2, disposition="own_loop")
    assert outcomes([ours, looped]) == [("ignored", None), ("ignored", None)]


def test_what_nobody_can_read_waits_in_quarantine_with_the_reason() -> None:
    [assignment] = assign(
        [incoming(1, disposition="unparseable", disposition_reason="no header")], surroundings(), SIGNER
    )
    assert (assignment.outcome, assignment.reason) == ("quarantined", "no header")


def test_a_rule_quarantines_first_mails_and_not_replies_on_proof() -> None:
    suspicious = {"quarantine": "looks like spam"}
    known = surroundings(tickets={7: ticket(7)}, references={"1@c.example": [KnownReference(7, own=True)]})
    assert outcomes([incoming(1, decision=suspicious)]) == [("quarantined", None)]
    reply = incoming(2, decision=suspicious, replies_to=("1@c.example",))
    assert outcomes([reply], known) == [("appended", 7)]


def test_a_stranger_in_the_same_batch_does_not_join() -> None:
    stranger = incoming(2, sender="eva@otra.example", replies_to=("1@cliente.example",))
    assert outcomes([incoming(1), stranger]) == [("created", -1), ("created", -2)]
    assert ANA != "eva@otra.example"
    assert BOX in incoming(1).named
