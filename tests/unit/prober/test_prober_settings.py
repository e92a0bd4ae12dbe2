"""What the prober can be told, and what it says of what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from prober.adapters.mail import Server
from prober.domain.probe import CHANNELS
from prober.run_file import RunFileWrong, settings_in
from prober.settings import NEEDS, ProberSettings
from ventanilla_runtime.service import CannotStart
from ventanilla_runtime.settings import explain

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
    assert Server.parse("smtp://mx.desk.example") == Server("mx.desk.example", 25)
    assert Server.parse("smtps://u:p%40@mx.desk.example") == Server(
        "mx.desk.example", 465, "u", "p@", tls=True, start_tls=False
    )
    assert Server.parse("smtp://u:p@mx.desk.example").start_tls is True
    assert Server.parse("smtp://mx.desk.example?starttls=off&verify=off").verify is False


@pytest.mark.parametrize("url", ["http://mx", "smtp://", "smtp://mx?tls=1", "smtp://mx:99999", "smtp://u:secret@"])
def test_another_form_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(CannotStart) as error:
        Server.parse(url)
    assert "secret" not in str(error.value)


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
