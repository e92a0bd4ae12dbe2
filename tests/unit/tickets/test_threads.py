"""Which ticket a message belongs to: every proof, and every way to go without one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tickets.domain.settling.threads import Claim, KnownReference, Thread, ThreadTicket, find_thread, named_tickets
from tickets.domain.tokens import Signer

SIGNER = Signer([b"a key for tests only"])
ANA, EVA = "ana@cliente.example", "eva@otra.example"
BOX = "soporte@desk.example"
OURS = SIGNER.message_id(7, "0123456789abcdef", "desk.example")
TICKET = ThreadTicket(7, "open", BOX, frozenset({ANA}))


def claim(**changes: Any) -> Claim:
    values: dict[str, Any] = {
        "sender": ANA,
        "account": BOX,
        "message_id": "new@cliente.example",
        "replies_to": (),
        "reply_token": None,
        "bounce_token": None,
        "subject": "Hola",
        "dmarc_failed": False,
    }
    return Claim(**{**values, **changes})


def thread(
    said: Claim,
    tickets: Sequence[ThreadTicket] = (TICKET,),
    references: Mapping[str, Sequence[KnownReference]] | None = None,
) -> Thread:
    return find_thread(said, SIGNER, {ticket.number: ticket for ticket in tickets}, references or {})


def test_a_first_mail_opens_a_ticket_that_points_nowhere() -> None:
    assert thread(claim()) == Thread(None, None, "")


def test_the_reply_token_lets_anybody_append() -> None:
    assert thread(claim(sender=EVA, reply_token=SIGNER.reply_token(7))) == Thread(7, None, "reply_token")


def test_a_forged_reply_token_proves_nothing_and_points_nowhere() -> None:
    assert thread(claim(sender=EVA, reply_token="7-aaaaaaaaaaaaaaaa")) == Thread(None, None, "")


def test_a_bounce_comes_back_to_the_signed_return_path() -> None:
    said = claim(sender="mailer-daemon@relay.example", bounce_token=SIGNER.bounce_token(7))
    assert thread(said) == Thread(7, None, "bounce_token")


def test_a_reply_to_our_mail_joins_if_its_sender_takes_part() -> None:
    assert thread(claim(replies_to=(OURS,))) == Thread(7, None, "our_message_id")


def test_a_stranger_who_answers_our_mail_gets_a_ticket_that_points_at_the_other() -> None:
    assert thread(claim(sender=EVA, replies_to=(OURS,))) == Thread(None, 7, "")


def test_a_forged_id_of_ours_points_nowhere() -> None:
    forged = f"7.0123456789abcdef.{'a' * 16}@desk.example"
    assert thread(claim(replies_to=(forged,))) == Thread(None, None, "")


OWN = {"first@cliente.example": [KnownReference(7, own=True)]}


def test_a_reply_to_a_customers_mail_joins_if_sender_and_account_match() -> None:
    assert thread(claim(replies_to=("first@cliente.example",)), references=OWN) == Thread(
        7, None, "customer_message_id"
    )


@pytest.mark.parametrize("change", [{"sender": EVA}, {"account": "ventas@desk.example"}, {"dmarc_failed": True}])
def test_a_reply_to_a_customers_mail_does_not_join_on_less(change: dict[str, Any]) -> None:
    assert thread(claim(replies_to=("first@cliente.example",), **change), references=OWN) == Thread(None, 7, "")


def test_an_equal_message_id_is_never_a_reply_reference() -> None:
    assert thread(claim(message_id="first@cliente.example"), references=OWN) == Thread(None, None, "")


def test_the_subject_tag_joins_a_participant_and_nobody_else() -> None:
    assert thread(claim(subject="Re: Hola [#7]")) == Thread(7, None, "subject_tag")
    assert thread(claim(subject="Re: Hola [#7]", sender=EVA)) == Thread(None, 7, "")
    assert thread(claim(subject="Re: Hola [#7]", dmarc_failed=True)) == Thread(None, 7, "")
    assert thread(claim(subject="Re: Hola [#8]")) == Thread(None, None, "")


def test_a_late_original_joins_the_reply_that_named_its_sender() -> None:
    mentioned = {"new@cliente.example": [KnownReference(7, own=False, named=frozenset({EVA}))]}
    assert thread(claim(sender=EVA), references=mentioned) == Thread(7, None, "late_original")
    assert thread(claim(sender="otro@otra.example"), references=mentioned) == Thread(None, 7, "")


def test_two_mails_that_mention_the_same_third_belong_together_for_a_participant() -> None:
    mentioned = {"third@lista.example": [KnownReference(7, own=False)]}
    assert thread(claim(replies_to=("third@lista.example",)), references=mentioned).proof == "shared_reference"
    assert thread(claim(sender=EVA, replies_to=("third@lista.example",)), references=mentioned) == Thread(None, 7, "")


def test_a_closed_ticket_takes_nothing_and_is_pointed_at() -> None:
    closed = ThreadTicket(7, "closed", BOX, frozenset({ANA}))
    assert thread(claim(replies_to=(OURS,)), [closed]) == Thread(None, 7, "")
    assert thread(claim(reply_token=SIGNER.reply_token(7)), [closed]) == Thread(None, 7, "")


def test_the_stronger_proof_wins() -> None:
    other = ThreadTicket(8, "open", BOX, frozenset({ANA}))
    said = claim(reply_token=SIGNER.reply_token(8), replies_to=(OURS,), subject="[#7]")
    assert thread(said, [TICKET, other]) == Thread(8, None, "reply_token")


def test_a_ticket_that_does_not_exist_any_more_is_no_proof() -> None:
    assert thread(claim(replies_to=(OURS,)), []) == Thread(None, None, "")


def test_a_message_names_tickets_by_token_our_ids_and_at_most_three_tags() -> None:
    said = claim(
        reply_token=SIGNER.reply_token(3),
        bounce_token=SIGNER.bounce_token(4),
        replies_to=(OURS,),
        subject="[#10] [#11] [#12] [#13]",
    )
    assert named_tickets(said, SIGNER) == [3, 4, 7, 10, 11, 12]


MERGED = ThreadTicket(7, "closed", BOX, frozenset({ANA}), merged_into=9)
NINE = ThreadTicket(9, "open", BOX, frozenset({EVA}))


@pytest.mark.parametrize(
    ("said", "references", "proof"),
    [
        (claim(sender="x@y.example", reply_token=SIGNER.reply_token(7)), {}, "reply_token"),
        (claim(replies_to=(OURS,)), {}, "our_message_id"),
        (claim(replies_to=("first@cliente.example",)), OWN, "customer_message_id"),
        (claim(subject="Re: Hola [#7]"), {}, "subject_tag"),
        (claim(sender="x@y.example", bounce_token=SIGNER.bounce_token(7)), {}, "bounce_token"),
    ],
)
def test_what_proves_to_belong_to_a_merged_ticket_goes_on_in_the_other(
    said: Claim, references: Mapping[str, Sequence[KnownReference]], proof: str
) -> None:
    assert thread(said, (MERGED, NINE), references) == Thread(9, None, proof, came_by=7)


def test_a_report_about_a_mail_of_a_merged_ticket_stays_with_it() -> None:
    said = claim(sender="mailer-daemon@relay.example", bounce_token=SIGNER.bounce_token(7), is_report=True)
    assert thread(said, (MERGED, NINE)) == Thread(7, None, "bounce_token")


def test_whoever_takes_part_in_the_other_ticket_takes_part_in_the_merged_one() -> None:
    assert thread(claim(sender=EVA, subject="Re: Hola [#7]"), (MERGED, NINE)) == Thread(9, None, "subject_tag", 7)


def test_a_stranger_who_names_a_merged_ticket_joins_neither() -> None:
    assert thread(claim(sender="x@y.example", subject="[#7]"), (MERGED, NINE)) == Thread(None, 7, "")


def test_what_belongs_to_a_ticket_that_goes_on_in_a_closed_one_points_there() -> None:
    closed = ThreadTicket(9, "closed", BOX, frozenset({ANA}))
    assert thread(claim(reply_token=SIGNER.reply_token(7)), (MERGED, closed)) == Thread(None, 9, "")


def test_a_merged_ticket_whose_other_one_was_deleted_is_a_closed_one() -> None:
    assert thread(claim(reply_token=SIGNER.reply_token(7)), (MERGED,)) == Thread(None, 7, "")


ROOM, ROOT = "T1/C1", "T1/C1/10.000001"
CHAT_TICKET = ThreadTicket(9, "open", ROOM, frozenset({"T1/U1"}))


def said_in_thread(**changes: Any) -> Claim:
    values = {"sender": "T1/U2", "account": ROOM, "message_id": "T1/C1/11.000001", "replies_to": (ROOT,)}
    return claim(**{**values, "conversation": ROOT, **changes})


def test_whoever_can_write_in_a_conversation_takes_part_in_its_ticket() -> None:
    known = {ROOT: (KnownReference(9, own=True),)}

    assert thread(said_in_thread(), (CHAT_TICKET,), known) == Thread(9, None, "conversation")


def test_a_conversation_that_began_before_the_ticket_leads_to_it_too() -> None:
    known = {ROOT: (KnownReference(9, own=False, named=frozenset({"T1/U1"})),)}

    assert thread(said_in_thread(), (CHAT_TICKET,), known) == Thread(9, None, "shared_reference")


def test_a_reference_alone_is_no_conversation() -> None:
    known = {ROOT: (KnownReference(9, own=True),)}

    assert thread(said_in_thread(conversation=None), (CHAT_TICKET,), known) == Thread(None, 9, "")


def test_a_conversation_of_another_channel_proves_nothing() -> None:
    known = {ROOT: (KnownReference(9, own=True),)}

    assert thread(said_in_thread(account="T1/C2"), (CHAT_TICKET,), known) == Thread(None, 9, "")


def test_the_first_message_of_a_conversation_meets_the_replies_that_came_before_it_whoever_wrote_them() -> None:
    known = {ROOT: (KnownReference(9, own=False, named=frozenset({"T1/U1"})),)}
    first = said_in_thread(message_id=ROOT, replies_to=())

    assert thread(first, (CHAT_TICKET,), known) == Thread(9, None, "late_original")
    assert thread(said_in_thread(message_id=ROOT, replies_to=(), account="T1/C2"), (CHAT_TICKET,), known) == Thread(
        None, 9, ""
    )


PAIR = "sms/+34910000100/+34600000001"
TEXTED = ThreadTicket(24, "open", "+34910000100", frozenset({"+34600000001"}))
CALLED = ThreadTicket(25, "open", "+34910000100", frozenset({"+34600000001"}))
PLACES = {PAIR: (KnownReference(24, own=False), KnownReference(25, own=False))}


def of_pair(**changes: Any) -> Claim:
    values = {"sender": "+34600000001", "account": "+34910000100", "message_id": "AC/2", "replies_to": (PAIR,)}
    return claim(**{**values, "conversation": PAIR, **changes})


def test_what_begins_a_ticket_joins_none_by_its_conversation_and_points_at_none() -> None:
    own = {PAIR: (KnownReference(24, own=True),), "AC/2": (KnownReference(24, own=False),)}

    assert thread(of_pair(opens=True), (TEXTED, CALLED), PLACES) == Thread(None, None, "")
    assert thread(of_pair(opens=True), (TEXTED,), own) == Thread(None, 24, "")


def test_what_begins_a_ticket_joins_the_one_that_its_subject_names() -> None:
    assert thread(of_pair(opens=True, subject="Llamada [#24]"), (TEXTED, CALLED), PLACES) == Thread(
        24, None, "subject_tag"
    )
    closed = replace(TEXTED, status="closed")
    assert thread(of_pair(opens=True, subject="Llamada [#24]"), (closed, CALLED), PLACES) == Thread(None, 24, "")


def test_what_comes_in_a_conversation_belongs_to_its_newest_ticket_that_takes_anything() -> None:
    assert thread(of_pair(), (TEXTED, CALLED), PLACES) == Thread(25, None, "shared_reference")
    closed = replace(CALLED, status="closed")
    assert thread(of_pair(), (TEXTED, closed), PLACES) == Thread(24, None, "shared_reference")
    merged = replace(CALLED, status="closed", merged_into=24)
    assert thread(of_pair(), (TEXTED, merged), PLACES) == Thread(24, None, "shared_reference", came_by=25)
    gone = replace(TEXTED, status="closed")
    assert thread(of_pair(), (gone, closed), PLACES) == Thread(None, 25, "")
