"""What we sign proves one thing each, and nothing else."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.tokens import OwnMail, Signer, StatusPage

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


@given(number=st.integers(1, 10**12 - 1), nonce=st.binary(min_size=8, max_size=8).map(bytes.hex))
def test_a_return_path_and_a_message_id_name_the_very_mail(number: int, nonce: str) -> None:
    token = SIGNER.bounce_token(number, nonce)

    assert SIGNER.mail_of_bounce_token(token) == SIGNER.mail_of_bounce_token(token.upper()) == OwnMail(number, nonce)
    assert SIGNER.ticket_of_bounce_token(token) == number
    assert SIGNER.mail_of_message_id(SIGNER.message_id(number, nonce, "desk.example")) == OwnMail(number, nonce)
    assert SIGNER.ticket_of_reply_token(token) is None
    assert SIGNER.ticket_of_status_token(token) is None


def test_a_return_path_of_the_release_before_still_names_its_ticket() -> None:
    assert SIGNER.mail_of_bounce_token(SIGNER.bounce_token(7)) == OwnMail(7, None)


def test_the_mail_behind_a_return_path_cannot_be_changed() -> None:
    token = SIGNER.bounce_token(7, NONCE)
    number, _, rest = token.partition("-")
    other = SIGNER.bounce_token(7, "fedcba9876543210").partition("-")[2]
    for forged in (f"8-{rest}", f"{number}-{other[:13]}{rest[13:]}", f"{number}-{rest[:13]}{other[13:]}", token + "a"):
        assert SIGNER.mail_of_bounce_token(forged) is None


def test_a_return_path_stays_within_what_an_address_may_have() -> None:
    usual = SIGNER.return_path("soporte@desk.example", 4711, NONCE)
    long = SIGNER.return_path(f"{'atencion-al-cliente-' * 2}@desk.example", 10**9, NONCE)

    assert SIGNER.mail_of_bounce_token(usual.partition("@")[0].partition("+b.")[2]) == OwnMail(4711, NONCE)
    assert SIGNER.mail_of_bounce_token(long.partition("@")[0].partition("+b.")[2]) == OwnMail(10**9, None)


def test_the_token_of_a_page_proves_that_page_and_nothing_else() -> None:
    page = UUID("6f1f0f1e-6c0d-5b0a-9a36-0c8f2a8d6c11")
    signer, other = Signer([b"the first key of all"]), Signer([b"another key of ours"])
    token = signer.page_token(page)
    assert signer.page_of_token(token) == signer.page_of_token(token.upper()) == page
    assert Signer([b"another key of ours", b"the first key of all"]).page_of_token(token) == page
    assert other.page_of_token(token) is None
    assert signer.page_of_token(token.replace("6f1f", "6f1e")) is None
    assert signer.page_of_token(signer.status_token(7)) is None
    assert signer.ticket_of_status_token(token) is None


def test_a_link_to_a_status_page_says_of_which_time_it_is() -> None:
    first, third = SIGNER.status_token(7), SIGNER.status_token(7, 2)

    assert SIGNER.page_of_status_token(first) == StatusPage(7, 0)
    assert SIGNER.page_of_status_token(third) == StatusPage(7, 2)
    assert SIGNER.page_of_status_token(third.replace("7.2", "7.3")) is None
    assert SIGNER.page_of_status_token(first.replace("7-", "7.2-")) is None
    assert SIGNER.page_of_status_token(third.replace("7.2-", "72-")) is None
