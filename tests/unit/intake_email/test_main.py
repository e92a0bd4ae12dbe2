"""The command `intake-email parse`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from intake_email.__main__ import cli
from ventanilla_contracts.events import MessageReceived


def test_parse_prints_one_event_a_line_in_order(tmp_path: Path) -> None:
    mails = {"a.eml": b"From: a@x.example\r\nSubject: uno\r\n\r\nhola", "b.eml": b"\0"}
    for name, raw in mails.items():
        (tmp_path / name).write_bytes(raw)
    result = CliRunner().invoke(cli, ["parse", *(str(tmp_path / name) for name in mails)])
    assert result.exit_code == 0
    first, second = (MessageReceived.model_validate(json.loads(line)) for line in result.stdout.splitlines())
    assert (first.subject, first.sender.address) == ("uno", "a@x.example")
    assert second.disposition == "unparseable"


def test_parse_prints_for_people_too(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: a@x.example\r\n\r\nhola")
    result = CliRunner().invoke(cli, ["parse", "--pretty", str(tmp_path / "a.eml")])
    assert json.loads(result.stdout)["text"] == "hola"
    assert len(result.stdout.splitlines()) > 10


def test_a_file_that_is_not_there_is_named() -> None:
    result = CliRunner().invoke(cli, ["parse", "/nowhere.eml"])
    assert result.exit_code == 1
    assert "/nowhere.eml" in result.stderr


def test_the_help_shows_an_example() -> None:
    result = CliRunner().invoke(cli, ["parse", "--help"])
    assert "intake-email parse --pretty mail.eml" in result.stdout
