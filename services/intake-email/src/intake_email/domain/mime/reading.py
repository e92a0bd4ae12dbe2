"""Reading a mail: the one way from bytes to a `Mail`, in time and memory that no mail can make grow beyond bounds."""

import re

from intake_email.domain.mail import Mail, Mailbox
from intake_email.domain.mime.bodies import Walk, html_of, text_of
from intake_email.domain.mime.charsets import guessed_label
from intake_email.domain.mime.dates import read_date
from intake_email.domain.mime.encoded_words import header_text
from intake_email.domain.mime.head import Head, read_head
from intake_email.domain.mime.mailboxes import read_mailboxes, salvage
from intake_email.domain.mime.protection import protection_of
from intake_email.domain.mime.structure import Part, read_structure

_BARE_CR = re.compile(rb"\r(?!\n)")
_NO_TEXT: list[str] = []
HEADER_REPEAT_LIMIT = 200


def read_mail(raw: bytes) -> Mail:
    """Read a mail, whatever its condition. Never raises because of it."""
    defects: list[str] = []
    raw = _with_line_feeds(_in_bytes(raw, defects), defects)
    head = read_head(raw)
    defects.extend(head.defects)
    root = read_structure(raw, head, defects)
    words = Walk(raw, defects).through(root)
    charset = None
    if not raw.isascii() and not raw[: head.end].isascii():
        charset = _charset_of(root) or guessed_label(raw)
        defects.append("header_not_ascii")
    headers = {
        name: [header_text(value, charset) for value in values[:HEADER_REPEAT_LIMIT]]
        for name, values in head.fields.items()
    }
    text, from_html = text_of(words.passages)
    return Mail(
        headers=headers,
        senders=_mailboxes(head, "from", charset),
        sender=_mailboxes(head, "sender", charset),
        return_path=_mailboxes(head, "return-path", charset),
        reply_to=_mailboxes(head, "reply-to", charset),
        to=_mailboxes(head, "to", charset),
        cc=_mailboxes(head, "cc", charset),
        date=next((date for value in headers.get("date", _NO_TEXT)[:5] if (date := read_date(value))), None),
        text=text,
        html=html_of(words.passages),
        from_html=from_html,
        texts=words.texts,
        htmls=words.htmls,
        files=words.files,
        protection=protection_of(root, text),
        defects=tuple(dict.fromkeys(defects)),
    )


def _in_bytes(raw: bytes, defects: list[str]) -> bytes:
    """The mail as bytes of ASCII, where somebody saved it as UTF-16."""
    if raw[1:2] != b"\0" and raw[:1] not in (b"\0", b"\xff", b"\xfe"):
        return raw
    for codec, mark in (("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"), ("utf-16-le", b""), ("utf-16-be", b"")):
        if not raw.startswith(mark):
            continue
        text = raw[: len(raw) & ~1].decode(codec, "replace")
        if text[:40].isascii() and "\0" not in text[:40]:
            defects.append("utf_16")
            return text.encode("utf-8", "replace")
    return raw


def _with_line_feeds(raw: bytes, defects: list[str]) -> bytes:
    """The mail with line ends that end lines: those of old Macs, and of gateways that double the carriage return."""
    if b"\r" not in raw or (bare := len(_BARE_CR.findall(raw[: 64 * 1024]))) == 0:
        return raw
    if b"\r\r\n" in raw:
        raw = raw.replace(b"\r\r\n", b"\r\n")
        defects.append("doubled_cr")
    if bare > raw.count(b"\n", 0, 64 * 1024):
        defects.append("bare_cr")
        return _BARE_CR.sub(b"\n", raw)
    return raw


def _charset_of(root: Part) -> str | None:
    """The charset that the first text of the mail names: raw bytes in its headers are most likely in it, too."""
    waiting = [root]
    for _ in range(50):
        if not waiting:
            return None
        part = waiting.pop(0)
        if label := part.type.get("charset"):
            return label
        waiting.extend(part.children)
    return None


def _mailboxes(head: Head, name: str, charset: str | None) -> list[Mailbox]:
    values = head.fields.get(name)
    if not values:
        return []
    found = read_mailboxes(values[:20], charset)
    if not any("@" in mailbox.address for mailbox in found):
        return salvage(values[:5], charset) or found
    return found
