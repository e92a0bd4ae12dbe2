"""What the prober can be told, and what it says of what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from prober.domain.probe import CHANNELS
from prober.run_file import RunFileWrong, settings_in
from prober.settings import NEEDS, ProberSettings
from ventanilla_runtime.settings import explain
from ventanilla_runtime.smtp_address import SmtpAddress

TOKEN = "vnt_test"
RUN = {
    "tickets_api": "http://127.0.0.1:8001",
    "probe_token": TOKEN,
    "smtp": "127.0.0.1:8025",
    "mailbox": "soporte@desk.example",
    "portal": "http://127.0.0.1:8000",
    "slack": None,
    "twilio": None,
}


@pytest.mark.parametrize("channel", [channel for channel in CHANNELS if NEEDS[channel]])
def test_a_channel_without_what_it_needs_is_refused_with_the_names(channel: str) -> None:
    with pytest.raises(ValidationError) as error:
        ProberSettings(tickets_token=TOKEN, channels=channel)
    words = explain(error.value, "PROBER_")
    assert all(f"PROBER_{name.upper()}" in words for name in NEEDS[channel])


def test_empty_variables_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_URL", "SLACK_SIGNING_SECRET", "TWILIO_AUTH_TOKEN", "SLACK_TEAM", "PHONE_NUMBER", "PORTAL_URL"):
        monkeypatch.setenv(f"PROBER_{name}", "")
    assert ProberSettings(tickets_token=TOKEN, channels="api").smtp_url is None


def test_secrets_come_from_files_too_and_are_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("vnt_from_a_file\n")
    monkeypatch.setenv("PROBER_TICKETS_TOKEN_FILE", str(file))
    settings = ProberSettings(channels="api")
    assert settings.tickets_token.get_secret_value() == "vnt_from_a_file"
    assert "vnt_from_a_file" not in repr(settings)


@pytest.mark.parametrize("channels", ["fax", "", "mail,fax"])
def test_channels_that_there_are_not_are_refused(channels: str) -> None:
    with pytest.raises(ValidationError, match="mail, slack, sms"):
        ProberSettings(tickets_token=TOKEN, channels=channels)


def test_the_mail_server_is_read_from_its_address() -> None:
    settings = ProberSettings(tickets_token=TOKEN, mail_to="soporte@desk.example", smtp_url="smtp://mx.desk.example")
    assert settings.smtp == SmtpAddress("mx.desk.example", 25)


def test_a_mail_server_of_another_form_is_refused_by_its_name_without_its_password() -> None:
    with pytest.raises(ValidationError) as refused:
        ProberSettings(tickets_token=TOKEN, mail_to="soporte@desk.example", smtp_url="smtp://u:secret@")

    told = explain(refused.value, "PROBER_")
    assert "PROBER_SMTP_URL: must look like smtp://user:password@host:587" in told
    assert "secret" not in told


@pytest.mark.parametrize("name", ["mail_from", "mail_to"])
@pytest.mark.parametrize("address", ["ñ@desk.example", "eva@exämple.example", "eva", "a@b.example\nBcc: c@d.example"])
def test_an_address_that_no_mail_server_would_take_is_refused_by_its_name(name: str, address: str) -> None:
    with pytest.raises(ValidationError) as error:
        ProberSettings(tickets_token=TOKEN, channels="api", **{name: address})
    assert explain(error.value, "PROBER_").startswith(f"PROBER_{name.upper()}: must be one address such as")


def test_a_line_end_around_an_address_is_no_part_of_it() -> None:
    settings = ProberSettings(tickets_token=TOKEN, channels="api", mail_to="help@desk.example\n")
    assert settings.mail_to == "help@desk.example"


def test_the_run_file_of_a_desk_names_its_doors(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps(RUN))
    settings = ProberSettings(**settings_in(file))
    assert settings.channels == ("mail", "api", "portal")
    file.write_text(json.dumps(RUN | _PROVIDERS))
    settings = ProberSettings(**settings_in(file))
    assert set(settings.channels) == set(CHANNELS)


@pytest.mark.parametrize("content", ["", "{}", "[]"])
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(content)
    with pytest.raises(RunFileWrong):
        settings_in(file)


_PROVIDERS: dict[str, Any] = {
    "slack": {
        "events": "http://127.0.0.1:8002/slack/events",
        "signing_secret": "0" * 32,
        "probe": {"team": "T0123", "channel": "C0123", "user": "U0123"},
    },
    "twilio": {
        "account_sid": "AC" + "0" * 32,
        "auth_token": "0" * 32,
        "probe": {"url": "http://127.0.0.1:8003", "public_url": "http://127.0.0.1:8003", "number": "+34910000100"},
    },
}
