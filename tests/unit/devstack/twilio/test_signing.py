"""Signatures, against Twilio's own validator."""

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from ventanilla_devstack.twilio.signing import sign, with_body_hash

TOKEN = "12345"


@pytest.mark.parametrize(
    "url",
    [
        "https://desk.example/twilio/voice",
        "https://desk.example:8443/twilio/voice?foo=1&foo=2&empty=",
        "http://127.0.0.1:8003/a%20b?x=%C3%B1",
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        [],
        [("To", "+34910000100"), ("CallSid", "CA1"), ("Body", "")],
        [("b", "2"), ("a", "1"), ("b", "1"), ("b", "2"), ("ñ", "€ 😀")],
    ],
)
def test_twilios_validator_accepts_a_form(url: str, form: list[tuple[str, str]]) -> None:
    validator = RequestValidator(TOKEN)

    assert validator.validate(url, MultiDict(form), sign(TOKEN, url, form))
    assert not validator.validate(url + "x", MultiDict(form), sign(TOKEN, url, form))
    assert not validator.validate(url, MultiDict([*form, ("more", "x")]), sign(TOKEN, url, form))


def test_twilios_own_example() -> None:
    form = [
        ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]  # fmt: skip

    assert sign(TOKEN, "https://mycompany.com/myapp.php?foo=1&bar=2", form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("url", ["https://desk.example/json", "https://desk.example/json?a=1"])
def test_a_body_that_is_no_form_is_signed_by_its_hash(url: str) -> None:
    body = '{"a": "ñ"}'
    address = with_body_hash(url, body.encode())

    assert RequestValidator(TOKEN).validate(address, body, sign(TOKEN, address))
    assert not RequestValidator(TOKEN).validate(address, body + " ", sign(TOKEN, address))
