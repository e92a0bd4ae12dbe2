"""Bytes of a mail, an event or a key as text that can be searched: decoded as whoever reads them would."""

import base64
import binascii
import email
import email.policy
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

_MOST_CHARS: Final = 4_000_000
_ENCODED: Final = re.compile(rb"[A-Za-z0-9+/=_-]{16,}")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


def mail_text(raw: bytes) -> str:
    """Headers and text parts of a mail, decoded."""
    return "\n".join(_parts(email.message_from_bytes(raw, policy=email.policy.compat32)))[:_MOST_CHARS]


def event_text(body: bytes) -> str:
    """An event in JSON, or anything else, with letters that were escaped as they are."""
    text = body.decode("utf-8", "replace")[:_MOST_CHARS]
    if "\\u" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\\/", "/")


def unwrapped(text: str) -> bytes:
    """What base64 holds; nothing for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _parts(mail: Message) -> Iterator[str]:
    for name, value in mail.items():
        yield f"{name}: {_header(str(value))}"
    for part in mail.walk():
        if part is not mail:
            yield from (_header(str(value)) for value in part.values())
        if part.get_content_maintype() != "text":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            try:
                yield payload.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:
                yield payload.decode("utf-8", "replace")


def _header(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        return value
