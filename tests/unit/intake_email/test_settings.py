"""Settings that cannot work are refused with their name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from intake_email.settings import Settings
from ventanilla_runtime.settings import explain
from ventanilla_runtime.smtp_address import SmtpAddress


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("INTAKE_EMAIL_MAILBOXES", " soporte@desk.example, ventas@desk.example,")
    monkeypatch.setenv("INTAKE_EMAIL_OUTBOX", str(tmp_path))
    return monkeypatch


def test_mailboxes_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    assert Settings().mailboxes == ("soporte@desk.example", "ventas@desk.example")


@pytest.mark.parametrize("value", ["", "soporte", "a b@desk.example", "box+t@desk.example", "@desk.example"])
def test_what_is_no_mailbox_is_refused(environment: pytest.MonkeyPatch, value: str) -> None:
    environment.setenv("INTAKE_EMAIL_MAILBOXES", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "INTAKE_EMAIL_MAILBOXES" in explain(refused.value, "INTAKE_EMAIL_")


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_there_is_not_is_refused(environment: pytest.MonkeyPatch, port: str) -> None:
    environment.setenv("INTAKE_EMAIL_SMTP_PORT", port)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert explain(refused.value, "INTAKE_EMAIL_").startswith("INTAKE_EMAIL_SMTP_PORT: Input should be ")


def test_a_certificate_without_key_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("INTAKE_EMAIL_TLS_CERT", "/cert.pem")
    with pytest.raises(ValidationError, match="TLS_KEY"):
        Settings()


def test_a_desk_that_could_not_answer_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("INTAKE_EMAIL_OUTBOX")
    with pytest.raises(ValidationError, match="RELAY_URL"):
        Settings()


def test_a_relay_address_that_is_none_is_refused_by_its_name_without_its_password(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("INTAKE_EMAIL_RELAY_URL", "smtp://u:secret@h?starttls=maybe")
    with pytest.raises(ValidationError) as refused:
        Settings()

    told = explain(refused.value, "INTAKE_EMAIL_")
    assert told.startswith("INTAKE_EMAIL_RELAY_URL: must look like smtp://user:password@host:587")
    assert "secret" not in told


def test_the_relay_is_read_from_its_address(environment: pytest.MonkeyPatch) -> None:
    assert Settings().relay is None
    environment.setenv("INTAKE_EMAIL_RELAY_URL", "smtp://relay.example")
    assert Settings().relay == SmtpAddress("relay.example", 25)
