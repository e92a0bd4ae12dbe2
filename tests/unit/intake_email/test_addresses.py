"""Which mailbox a recipient means, and what its plus part carries."""

import pytest

from intake_email.domain.addresses import Mailboxes, Tokens, read_tokens

MAILBOXES = Mailboxes(["Soporte@Desk.example", "ventas@desk.example", "help@other.example"])


@pytest.mark.parametrize(
    ("recipient", "account"),
    [
        ("soporte@desk.example", "soporte@desk.example"),
        ("SOPORTE@DESK.EXAMPLE", "soporte@desk.example"),
        ("soporte+t.abc123@desk.example", "soporte@desk.example"),
        ("Ventas+b.XYZ@desk.example", "ventas@desk.example"),
        ("help+whatever+more@other.example", "help@other.example"),
        ("soporte+@desk.example", "soporte@desk.example"),
        ("postmaster", "soporte@desk.example"),
        ("PostMaster@desk.example", "soporte@desk.example"),
        ("postmaster@other.example", "help@other.example"),
    ],
)
def test_a_recipient_leads_to_its_mailbox(recipient: str, account: str) -> None:
    assert MAILBOXES.account_for(recipient) == account


@pytest.mark.parametrize(
    "recipient",
    [
        "nadie@desk.example",
        "soporte@elsewhere.example",
        "soporte",
        "+@desk.example",
        "postmaster@elsewhere.example",
        "@",
    ],
)
def test_a_recipient_that_is_not_ours_leads_nowhere(recipient: str) -> None:
    assert MAILBOXES.account_for(recipient) is None


def test_tokens_are_read_from_plus_parts_with_their_case() -> None:
    assert read_tokens(["soporte+t.AbC@desk.example", "soporte+B.xyz@desk.example"]) == Tokens("AbC", "xyz")


def test_other_plus_parts_are_no_tokens() -> None:
    assert read_tokens(["soporte+news@desk.example", "soporte+t.@desk.example", "soporte@desk.example"]) == Tokens()
