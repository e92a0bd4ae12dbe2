"""SMTP servers are named in one form, wherever a service speaks to one."""

import pytest

from ventanilla_runtime.smtp_address import SmtpAddress


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay.example", SmtpAddress("relay.example", 25)),
        ("smtp://relay.example:2525?starttls=off", SmtpAddress("relay.example", 2525, start_tls=False)),
        ("smtps://u:p%40ss@relay.example", SmtpAddress("relay.example", 465, "u", "p@ss", tls=True, start_tls=False)),
        ("smtp://u:p@relay.example", SmtpAddress("relay.example", 587, "u", "p", start_tls=True)),
        ("smtp://u:p@relay.example?starttls=optional", SmtpAddress("relay.example", 587, "u", "p")),
        ("smtp://[::1]:25?verify=off", SmtpAddress("::1", 25, verify=False)),
    ],
)
def test_an_address_is_read(url: str, expected: SmtpAddress) -> None:
    assert SmtpAddress.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    ["relay.example", "http://relay.example", "smtp://", "smtp://h:99999", "smtp://h?starttls=maybe", "smtp://h?tls=1",
     "smtp://h?verify=no", "smtp://u:secret@", "smtp://u:sec/ret@h", "smtp://u:secret@[h", "smtp://u:sec#ret@h"],
)  # fmt: skip
def test_another_form_is_refused_and_no_password_is_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^must look like smtp://") as error:
        SmtpAddress.parse(url)

    assert "sec" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_password_is_not_shown() -> None:
    assert "hidden" not in repr(SmtpAddress.parse("smtp://u:hidden@relay.example"))
