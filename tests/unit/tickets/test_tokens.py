"""What we sign proves one thing each, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.tokens import Signer

SIGNER = Signer([b"a key for tests only"])
OTHER = Signer([b"another key"])
NONCE = "0123456789abcdef"


@given(number=st.integers(1, 10**12 - 1))
def test_each_token_leads_back_to_its_ticket_also_in_capitals(number: int) -> None:
    message_id = SIGNER.message_id(number, NONCE, "desk.example")
    assert SIGNER.ticket_of_message_id(message_id) == number
    assert SIGNER.ticket_of_message_id(message_id.upper()) == number
    assert SIGNER.ticket_of_reply_token(SIGNER.reply_token(number).upper()) == number
    assert SIGNER.ticket_of_bounce_token(SIGNER.bounce_token(number)) == number
    assert SIGNER.ticket_of_status_token(SIGNER.status_token(number)) == number


def test_a_token_of_one_purpose_is_worth_nothing_for_another() -> None:
    reply, bounce, status = SIGNER.reply_token(7), SIGNER.bounce_token(7), SIGNER.status_token(7)
    assert SIGNER.ticket_of_status_token(reply) is None
    assert SIGNER.ticket_of_status_token(bounce) is None
    assert SIGNER.ticket_of_reply_token(status) is None
    assert SIGNER.ticket_of_reply_token(bounce) is None
    assert SIGNER.ticket_of_bounce_token(reply) is None


def test_a_token_signed_by_somebody_else_is_worth_nothing() -> None:
    assert SIGNER.ticket_of_reply_token(OTHER.reply_token(7)) is None
    assert SIGNER.ticket_of_message_id(OTHER.message_id(7, NONCE, "desk.example")) is None
    assert SIGNER.ticket_of_status_token(OTHER.status_token(7)) is None


def test_another_number_behind_the_same_signature_is_worth_nothing() -> None:
    signature = SIGNER.reply_token(7).partition("-")[2]
    assert SIGNER.ticket_of_reply_token(f"8-{signature}") is None
    forged = SIGNER.message_id(7, NONCE, "desk.example").replace("7.", "8.", 1)
    assert SIGNER.ticket_of_message_id(forged) is None


@pytest.mark.parametrize(
    "text", ["", "7", "7-", "7-aaaaaaaaaaaaaaaa", "x" * 5000, "7-\u0660", "٧-aaaaaaaaaaaaaaaa", "<7@x>"]
)
def test_nonsense_is_no_token(text: str) -> None:
    assert SIGNER.ticket_of_reply_token(text) is None
    assert SIGNER.ticket_of_status_token(text) is None
    assert SIGNER.ticket_of_message_id(text) is None


def test_a_key_that_was_replaced_still_verifies_what_it_signed() -> None:
    both = Signer([b"the new key", *SIGNER.keys])
    assert both.ticket_of_reply_token(SIGNER.reply_token(7)) == 7
    assert SIGNER.ticket_of_reply_token(both.reply_token(7)) is None, "the first key signs"
