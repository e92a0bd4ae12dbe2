"""The entries of INTAKE_EMAIL_IMAP: what works, and what is said of what does not."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from intake_email.domain.imap.mailbox import Then, Tls
from intake_email.settings import Settings
from ventanilla_runtime.settings import explain

ENTRY = {"mailbox": "Soporte@desk.example", "host": "imap.example.com", "user": "soporte", "password": "hush"}
OAUTH = {"client_id": "c", "refresh_token": "r"}


@pytest.fixture(autouse=True)
def a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_EMAIL_MAILBOXES", "soporte@desk.example, ventas@desk.example")
    monkeypatch.setenv("INTAKE_EMAIL_OUTBOX", "/tmp/outbox")


def settings(*entries: dict[str, Any]) -> Settings:
    return Settings(imap=json.dumps(entries))  # type: ignore[arg-type]  # as the variable gives it


def changed(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**ENTRY, **changes}.items() if value is not None}


def test_a_plain_entry_needs_five_words() -> None:
    (entry,) = settings(ENTRY).imap
    mailbox = entry.described(1)
    assert (mailbox.account, mailbox.port, mailbox.tls, mailbox.folder) == (
        "soporte@desk.example",
        993,
        Tls.IMPLICIT,
        "INBOX",
    )
    assert mailbox.then is Then.FLAG
    assert "@" not in mailbox.entry
    assert "hush" not in repr(entry)


def test_a_file_may_hold_yaml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "imap.yaml"
    path.write_text(
        "- mailbox: ventas@desk.example\n  host: outlook.office365.com\n  user: ventas@desk.example\n"
        "  since: 2026-01-01\n  then: move\n  move_to: Hecho\n"
        "  oauth: {provider: microsoft, tenant: t, client_id: c, client_secret_file: /run/secrets/s}\n"
    )
    monkeypatch.setenv("INTAKE_EMAIL_IMAP_FILE", str(path))
    (entry,) = Settings().imap
    assert entry.oauth is not None
    assert entry.oauth.url == "https://login.microsoftonline.com/t/oauth2/v2.0/token"
    assert entry.oauth.wanted_scope == "https://outlook.office365.com/.default"
    assert entry.described(1).since is not None


def test_without_entries_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_EMAIL_IMAP", " ")
    assert Settings().imap == ()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (changed(mailbox="nadie@desk.example"), "nadie@desk.example"),
        (changed(password=None), "exactly one of password"),
        (changed(password_file="/x"), "exactly one of password"),
        (changed(then="move"), "move_to"),
        (changed(move_to="x"), "move_to"),
        (changed(tls="off"), "allow_plain"),
        (changed(folder="A\r\nB"), "line end"),
        (changed(then="move", move_to="INBOX"), "fetched from"),
        (changed(tls="ssl"), "IMAP_0_TLS"),
        (changed(hots="x"), "IMAP_0_HOTS"),
        (changed(port=70_000), "IMAP_0_PORT"),
        (changed(poll_seconds=0), "IMAP_0_POLL_SECONDS"),
        (changed(password=None, oauth={**OAUTH}), "provider"),
        (changed(password=None, oauth={**OAUTH, "provider": "yahoo"}), "yahoo"),
        (changed(password=None, oauth={**OAUTH, "token_url": "http://x.example/"}), "https"),
        (changed(password=None, oauth={"client_id": "c", "provider": "google"}), "refresh_token"),
    ],
)
def test_what_cannot_work_is_named(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(entry)
    told = explain(caught.value, "INTAKE_EMAIL_")
    assert words in told
    assert "INTAKE_EMAIL_" in told
    assert "hush" not in told


@pytest.mark.parametrize("text", ["{", "3", "mailbox: x", '"x"', "- [", "&a [*a]"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(imap=text)  # type: ignore[arg-type]  # as the variable gives it


def test_the_same_folder_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        settings(ENTRY, changed(mailbox="ventas@desk.example"))
    assert len(settings(ENTRY, changed(folder="Otra")).imap) == 2


def test_plain_connections_are_for_this_machine_or_on_demand() -> None:
    assert settings(changed(tls="off", host="127.0.0.1")).imap[0].described(1).port == 143
    assert settings(changed(tls="off", allow_plain=True))
