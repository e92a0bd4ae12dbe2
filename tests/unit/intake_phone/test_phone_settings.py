"""What the phone service can be told, and how it says what is wrong."""

import pytest
from pydantic import ValidationError

from intake_phone.settings import Settings
from ventanilla_runtime.settings import explain

GIVEN = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a" * 32,
    "PUBLIC_URL": "https://phone.example.com/desk/",
}


def settings(monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    for name, value in {**GIVEN, **more}.items():
        monkeypatch.setenv(f"INTAKE_PHONE_{name}", value)
    return Settings()  # type: ignore[call-arg]  # the environment has the rest


def test_what_is_needed_is_enough_and_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, TICKETS_TOKEN="", TRANSCRIPTION_URL=" ", TWILIO_SECONDARY_TOKEN="")
    assert (found.public_url, found.tickets_token, found.transcription_url) == (GIVEN["PUBLIC_URL"][:-1], None, None)
    assert found.twilio_tokens == ("a" * 32,)
    assert settings(monkeypatch, TWILIO_SECONDARY_TOKEN="b" * 32).twilio_tokens == ("a" * 32, "b" * 32)


def test_templates_are_named_by_language(monkeypatch: pytest.MonkeyPatch) -> None:
    sid = "HX" + "0" * 32
    assert settings(monkeypatch, WHATSAPP_TEMPLATES=f"es={sid}, en={sid}").whatsapp_templates == {"es": sid, "en": sid}
    assert settings(monkeypatch, WHATSAPP_TEMPLATES="").whatsapp_templates == {}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TWILIO_ACCOUNT_SID", "SK123", "AC and 32"),
        ("TWILIO_AUTH_TOKEN", "short", "auth token"),
        ("PUBLIC_URL", "phone.example.com", "must be an address"),
        ("PUBLIC_URL", "https://phone.example.com/?a=1", "without query"),
        ("REGION", "Spain", "two letters"),
        ("WHATSAPP_TEMPLATES", "fr=HX0", "es=HX"),
        ("CALL_SECONDS", "0", "greater than 0"),
        ("HTTP_PORT", "99999", "less than or equal to 65535"),
    ],
)
def test_what_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, **{name: value})
    told = explain(refused.value, "INTAKE_PHONE_")
    assert says in told
    assert name != "TWILIO_AUTH_TOKEN" or value not in told
