"""Settings that cannot work are refused with their name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from intake_email.adapters.relay import RelayAddress
from intake_email.settings import Settings
from ventanilla_runtime.service import CannotStart
from ventanilla_runtime.settings import explain


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


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay.example", RelayAddress("relay.example", 25)),
        ("smtp://relay.example:2525?starttls=off", RelayAddress("relay.example", 2525, start_tls=False)),
        ("smtps://u:p%40ss@relay.example", RelayAddress("relay.example", 465, "u", "p@ss", tls=True, start_tls=False)),
        ("smtp://u:p@relay.example", RelayAddress("relay.example", 587, "u", "p", start_tls=True)),
        ("smtp://[::1]:25?verify=off", RelayAddress("::1", 25, verify=False)),
    ],
)
def test_a_relay_address_is_read(url: str, expected: RelayAddress) -> None:
    assert RelayAddress.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    ["relay.example", "http://relay.example", "smtp://", "smtp://h:99999", "smtp://h?starttls=maybe", "smtp://h?tls=1"],
)
def test_what_is_no_relay_address_is_refused(url: str) -> None:
    with pytest.raises(CannotStart, match="INTAKE_EMAIL_RELAY_URL"):
        RelayAddress.parse(url)
