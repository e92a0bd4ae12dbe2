"""The command `intake-email parse`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from intake_email.__main__ import cli

FIELDS = [
    "message_id", "in_reply_to", "references", "from", "reply_to", "to", "cc", "subject", "date", "text", "reply_text",
    "html", "language", "auto_submitted", "bounce", "attachments", "authentication", "defects",
]  # fmt: skip


def _write(folder: Path, mails: dict[str, bytes]) -> list[str]:
    for name, raw in mails.items():
        (folder / name).write_bytes(raw)
    return [str(folder / name) for name in mails]


def test_parse_prints_one_object_a_line_in_order(tmp_path: Path) -> None:
    paths = _write(tmp_path, {"a.eml": b"From: Ana <A@x.example>\r\nSubject: uno\r\n\r\nhola", "b.eml": b"\0"})
    result = CliRunner().invoke(cli, ["parse", *paths])
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert list(first) == list(second) == FIELDS
    assert (first["subject"], first["from"]) == ("uno", {"name": "Ana", "address": "A@x.example"})
    assert second["text"] == ""


def test_parse_answers_each_line_of_standard_input(tmp_path: Path) -> None:
    paths = _write(tmp_path, {"a.eml": b"From: a@x.example\r\n\r\nuno", "b.eml": b"From: a@x.example\r\n\r\ndos"})
    result = CliRunner().invoke(cli, ["parse"], input="\n".join([*paths, "/nowhere.eml", paths[0]]) + "\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("text") for answer in answers] == ["uno", "dos", None, "uno"]
    assert "/nowhere.eml" in answers[2]["error"]
    assert result.exit_code == 1


def test_parse_prints_for_people_too(tmp_path: Path) -> None:
    paths = _write(tmp_path, {"a.eml": b"From: a@x.example\r\n\r\nhola"})
    result = CliRunner().invoke(cli, ["parse", "--pretty", *paths])
    assert json.loads(result.stdout)["text"] == "hola"
    assert len(result.stdout.splitlines()) > 10


def test_the_help_shows_an_example() -> None:
    result = CliRunner().invoke(cli, ["parse", "--help"])
    assert "intake-email parse mail.eml" in result.stdout
