"""The mails of this repository: what they may be, and that they are what they say."""

import json
import re
from pathlib import Path

import pytest

from tests.data.email.build_mails import build
from tests.mail_score.corpus import ROOT, read_cases

TAKEN = re.compile(r"(?:imap-tools|enmime|mime4j|redmine)-")
FOLDERS = ("headers", "charsets", "structure", "attachments", "html", "hostile_small")


def test_the_constructed_mails_are_what_is_written(tmp_path: Path) -> None:
    build(tmp_path)

    for folder in FOLDERS:
        written = {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        kept = {
            path.name: path.read_bytes()
            for path in (ROOT / folder).iterdir()
            if path.suffix in (".eml", ".json") and not TAKEN.match(path.name)
        }
        assert {name for name in written | kept if written.get(name) != kept.get(name)} == set(), folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_taken_mail_has_a_licence(folder: str) -> None:
    taken = [path.stem for path in (ROOT / folder).glob("*.eml") if TAKEN.match(path.name)]
    licences = (ROOT / folder / "LICENCES.md").read_text(encoding="utf-8")

    assert [name for name in taken if f"`{name}`" not in licences] == []


def test_the_mails_are_small() -> None:
    sizes = {path: path.stat().st_size for folder in FOLDERS for path in (ROOT / folder).iterdir()}

    assert {str(path): size for path, size in sizes.items() if size > 60 * 1024} == {}
    assert sum(sizes.values()) < 1_500_000


def test_every_mail_of_the_folders_has_an_expectation_and_a_reason() -> None:
    for folder in FOLDERS:
        for path in (ROOT / folder).glob("*.eml"):
            expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            assert expected["why"], path
            assert len(expected) > 1, path


def test_an_expectation_that_nothing_checks_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "headers"
    folder.mkdir()
    (folder / "x.eml").write_bytes(b"Subject: x\r\n\r\n")
    (folder / "x.json").write_text('{"subjet": "x"}', encoding="utf-8")

    with pytest.raises(ValueError, match="subjet"):
        read_cases(tmp_path)


def test_a_reply_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "replies"
    folder.mkdir()
    (folder / "x.eml").write_bytes(b"Subject: x\r\n\r\nHola\r\n")
    (folder / "x.reply.txt").write_text("Hola\n", encoding="utf-8")
    (folder / "without.eml").write_bytes(b"Subject: x\r\n\r\n")

    cases = read_cases(tmp_path, only="replies")

    assert [(case.name, case.expected) for case in cases] == [("replies/x", {"reply_text": "Hola\n"})]
