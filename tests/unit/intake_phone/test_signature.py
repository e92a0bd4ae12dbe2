"""Signatures of webhooks, judged against ones that the local Twilio makes by itself."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.datastructures import ImmutableMultiDict

from intake_phone.adapters.twilio.signature import Signatures
from ventanilla_devstack.twilio.signing import sign, with_body_hash

_TOKEN, _OTHER = "0" * 32, "1" * 32
_PUBLIC = "https://desk.example"
_FORM = [("From", "+34600111222"), ("Body", "Hóla & adiós"), ("MediaUrl0", "")]


def _judged(
    url: str, form: list[tuple[str, str]] | None, signature: str | None, public: str = _PUBLIC, body: bytes = b""
) -> bool:
    parts = urlsplit(url)
    given = None if form is None else ImmutableMultiDict(form)
    path = parts.path.removeprefix(urlsplit(public).path.rstrip("/"))
    return Signatures((_TOKEN,), public).is_twilios(path, parts.query, given, body, signature)


@pytest.mark.parametrize(
    "url",
    [
        f"{_PUBLIC}/twilio/voice",
        f"{_PUBLIC}/twilio/voice?flow=a&state=x%2Fy%20z",
        f"{_PUBLIC}/twilio/voice?a=1&a=2&empty=",
        f"{_PUBLIC}/twilio/m%C3%A1s",
    ],
)
def test_what_twilio_signed_is_believed(url: str) -> None:
    assert _judged(url, _FORM, sign(_TOKEN, url, _FORM))
    assert not _judged(url, _FORM, sign(_OTHER, url, _FORM))
    assert not _judged(f"{url}x", _FORM, sign(_TOKEN, url, _FORM))


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize("configured", ["", ":443"])
def test_the_usual_port_may_be_signed_or_not(port: str, configured: str) -> None:
    signed = sign(_TOKEN, f"https://desk.example{port}/twilio/voice", _FORM)
    assert _judged("https://desk.example/twilio/voice", _FORM, signed, f"https://desk.example{configured}")


def test_a_port_of_its_own_is_part_of_the_address() -> None:
    url = "https://desk.example:8443/twilio/voice"
    assert _judged(url, _FORM, sign(_TOKEN, url, _FORM), "https://desk.example:8443")
    assert not _judged(url, _FORM, sign(_TOKEN, url, _FORM), "https://desk.example:9443")


def test_a_path_that_the_proxy_takes_away_is_signed() -> None:
    url = f"{_PUBLIC}/phone/twilio/voice"
    assert _judged(url, _FORM, sign(_TOKEN, url, _FORM), f"{_PUBLIC}/phone/")


def test_repeated_and_empty_parameters_are_signed() -> None:
    url, form = f"{_PUBLIC}/twilio/voice", [("Digits", "1"), ("Digits", "2"), ("Digits", "1"), ("SpeechResult", "")]
    assert _judged(url, form, sign(_TOKEN, url, form))
    assert not _judged(url, [("Digits", "3"), *form], sign(_TOKEN, url, form))


def test_a_parameter_more_less_or_changed_is_no_more_what_was_signed() -> None:
    url, signature = f"{_PUBLIC}/twilio/messages", sign(_TOKEN, f"{_PUBLIC}/twilio/messages", _FORM)
    for form in (_FORM[:2], [*_FORM, ("To", "x")], [("From", "+34600111223"), *_FORM[1:]], []):
        assert not _judged(url, form, signature)


def test_a_get_is_signed_by_its_address() -> None:
    url = f"{_PUBLIC}/twilio/voice?CallSid=CA1&From=%2B34600111222"
    assert _judged(url, None, sign(_TOKEN, url))


def test_json_is_signed_by_its_hash() -> None:
    body = '{"a": "ñ"}'.encode()
    url = with_body_hash(f"{_PUBLIC}/twilio/status/x", body)
    assert _judged(url, None, sign(_TOKEN, url), body=body)
    assert not _judged(url, None, sign(_TOKEN, url), body=b'{"a": "n"}')


@pytest.mark.parametrize("body", [b"{}", b"\xff"])
def test_a_body_that_nothing_vouches_for_is_not_believed(body: bytes) -> None:
    url = f"{_PUBLIC}/twilio/status/x"
    assert not _judged(url, None, sign(_TOKEN, url), body=body)


@pytest.mark.parametrize("signature", [None, "", "x" * 101, "ñandú", "AAAA"])
def test_no_signature_proves_nothing(signature: str | None) -> None:
    assert not _judged(f"{_PUBLIC}/twilio/voice", _FORM, signature)


def test_while_a_token_is_rotated_both_are_good() -> None:
    url = f"{_PUBLIC}/twilio/voice"
    judge = Signatures((_TOKEN, _OTHER), _PUBLIC)
    for token in (_TOKEN, _OTHER):
        form = ImmutableMultiDict(parse_qsl("a=1"))
        assert judge.is_twilios("/twilio/voice", "", form, b"", sign(token, url, [("a", "1")]))
    assert not judge.is_twilios("/twilio/voice", "", None, b"", sign("2" * 32, url))
