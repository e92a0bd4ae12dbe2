"""Writing mails by hand, byte by byte: no mail library may tidy up what a test wants untidy."""

import base64
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

FROM = "From: Ana Ruiz <ana@cliente.example>"
TO = "To: soporte@desk.example"
SUBJECT = "Subject: Pedido 4711"
DATE = "Date: Mon, 23 Nov 2026 10:00:00 +0100"
ID = "Message-ID: <1@cliente.example>"
START = (FROM, TO, SUBJECT, DATE, ID, "MIME-Version: 1.0")
ANA = ("Ana Ruiz", "ana@cliente.example")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
Mailbox = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the corpus: its name, its bytes, and the object beside it."""

    name: str
    raw: bytes
    expected: dict[str, Any]


def mail(name: str, why: str, raw: bytes, *, sender: Mailbox | None = None, **expected: Any) -> Mail:
    """A mail with what is expected of it; (name, address) pairs stand for mailboxes."""
    for field in ("to", "cc", "reply_to"):
        if field in expected:
            expected[field] = [_mailbox(one) for one in expected[field]]
    if sender is not None:
        expected["from"] = _mailbox(sender)
    return Mail(name, raw, {"why": why, **expected})


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"name": mailbox[0], "address": mailbox[1]}


def lines(*texts: str | bytes, end: bytes = b"\r\n") -> bytes:
    """Lines with their ends; text as UTF-8."""
    return b"".join((text.encode() if isinstance(text, str) else text) + end for text in texts)


def part(*texts: str | bytes, boundary: str = "b1") -> bytes:
    """A part after its delimiter."""
    return lines(f"--{boundary}", *texts)


def closed(boundary: str = "b1") -> bytes:
    """The delimiter after the last part."""
    return lines(f"--{boundary}--")


def multipart(kind: str, *parts: bytes, boundary: str = "b1", start: tuple[str, ...] = START) -> bytes:
    """A whole multipart mail; each part without its delimiter."""
    head = lines(*start, f'Content-Type: multipart/{kind}; boundary="{boundary}"', "")
    return head + b"".join(lines(f"--{boundary}") + one for one in parts) + closed(boundary)


def nested(kind: str, boundary: str, *parts: bytes) -> bytes:
    """A multipart as a part of another."""
    head = lines(f'Content-Type: multipart/{kind}; boundary="{boundary}"', "")
    return head + b"".join(lines(f"--{boundary}") + one for one in parts) + closed(boundary)


def plain(*texts: str | bytes) -> bytes:
    """A part of plain text in UTF-8."""
    return lines("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", *texts)


def html(*texts: str | bytes) -> bytes:
    """A part of HTML in UTF-8."""
    return lines("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", *texts)


def attached(content: bytes, *fields: str) -> bytes:
    """A part in base64."""
    return lines(*fields, "Content-Transfer-Encoding: base64", "", *base64_lines(content))


def base64_lines(content: bytes) -> list[bytes]:
    """Content in base64, 76 characters a line."""
    return base64.encodebytes(content).splitlines()


def of(content: bytes, **expected: Any) -> dict[str, Any]:
    """What is expected of an attachment with this content."""
    return {**expected, "size": len(content), "sha256": sha256(content).hexdigest()}


def write(folder: Path, mails: list[Mail]) -> None:
    """Write mails into a folder; each name once."""
    folder.mkdir(parents=True, exist_ok=True)
    assert len({one.name for one in mails}) == len(mails), f"a name twice in {folder.name}"
    for one in mails:
        (folder / f"{one.name}.eml").write_bytes(one.raw)
        text = json.dumps(one.expected, ensure_ascii=False, indent=2) + "\n"
        (folder / f"{one.name}.json").write_text(text, encoding="utf-8")
