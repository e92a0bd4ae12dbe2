"""The mails below tests/data/email, each with what a person would want to read of it.

A case is `<name>.eml`, the bytes as they were received, with `<name>.json` or `<name>.reply.txt` or both:

- `.json` holds any subset of the object that `intake-email parse` prints, and `text_contains`, `text_lacks`,
  `html_contains`, `html_lacks` (lists of strings); `why` says what is special about the mail.
- `.reply.txt` holds the expected `reply_text`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1] / "data" / "email"
HEADERS = ("subject", "date", "message_id", "in_reply_to", "references", "to", "cc", "reply_to")
KNOWN = {
    *HEADERS, "why", "from", "text", "text_contains", "text_lacks", "reply_text", "html", "html_contains", "html_lacks",
    "language", "auto_submitted", "bounce", "attachments",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A mail and what is expected of it; `name` is folder/name."""

    name: str
    path: Path
    expected: dict[str, Any]

    @property
    def by_person(self) -> bool:
        """Whether a person wrote it, so that it must not be taken for a bounce."""
        return self.expected.get("auto_submitted") == "no" or self.name.startswith("replies/")


def read_cases(root: Path = ROOT, only: str | None = None) -> list[Case]:
    """All cases in order of their names; with `only`, those of one folder.

    Raises:
        ValueError: an expectation cannot be read or names a field that nothing checks; the text names the file.
    """
    return list(_cases(root, only))


def _cases(root: Path, only: str | None) -> Iterator[Case]:
    for mail in sorted(root.rglob("*.eml")):
        folder = mail.relative_to(root).parts[0]
        if only is not None and folder != only:
            continue
        expected = _expected(mail)
        if expected is not None:
            yield Case(mail.relative_to(root).with_suffix("").as_posix(), mail, expected)


def _expected(mail: Path) -> dict[str, Any] | None:
    """What is expected of a mail; None where nothing says it, for mails that other tests use."""
    expected: dict[str, Any] = {}
    described, reply = mail.with_suffix(".json"), mail.with_suffix(".reply.txt")
    if not described.exists() and not reply.exists():
        return None
    if described.exists():
        try:
            expected = json.loads(described.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{described}: {error}") from error
        if unknown := sorted(set(expected) - KNOWN):
            raise ValueError(f"{described}: nothing checks {unknown}")
    if reply.exists():
        expected["reply_text"] = reply.read_bytes().decode("utf-8")
    return expected
