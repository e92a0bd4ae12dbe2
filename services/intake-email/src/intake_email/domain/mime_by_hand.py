"""Reading a mail that the fast parser gave up on, part by part, with the standard library's oldest parser.

`email.policy.compat32` keeps headers as they are and never raises by itself; decoding them is done here, with a way out
at each step. `email.policy.default` is never used: it is slow, and it can be made to raise or to hang.
"""

import email
import email.message
import email.utils
import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header

from intake_email.domain.mime import PART_LIMIT, File, Mail, Mailbox, Unreadable

_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bqBQ]\?[^?]*\?=")
_FOLD = re.compile(r"\r?\n[ \t]*")
_VALUE_LIMIT_CHARS = 64 * 1024


def read_by_hand(raw: bytes, defects: tuple[str, ...] = ()) -> Mail:
    """Read a mail with the standard library.

    Args:
        raw: a mail within the bounds that `within_bounds` keeps.
        defects: what is known to be wrong already.

    Raises:
        Unreadable: there is no way to read it.
    """
    try:
        message = email.message_from_bytes(raw)
        headers: dict[str, list[str]] = {}
        for name, value in message.items():
            headers.setdefault(name.lower(), []).append(_decoded(value))
        texts: list[str] = []
        htmls: list[str] = []
        files: list[File] = []
        _collect(message, texts, htmls, files)
        return Mail(
            headers,
            read_mailboxes(headers.get("from")),
            read_mailboxes(headers.get("reply-to")),
            read_mailboxes(headers.get("to")),
            read_mailboxes(headers.get("cc")),
            _read_date(headers.get("date")),
            texts,
            htmls,
            files,
            (*defects, "parsed_by_hand"),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        # The standard library's parser fails in ways of its own on input that nobody foresaw.
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def read_mailboxes(values: list[str] | None) -> list[Mailbox]:
    """Addresses out of header values, as far as they can be made out; groups are flattened."""
    if not values:
        return []
    found = email.utils.getaddresses([value[:_VALUE_LIMIT_CHARS] for value in values[:5]])
    return [Mailbox(address, name) for name, address in found if "@" in address]


def _collect(root: email.message.Message, texts: list[str], htmls: list[str], files: list[File]) -> None:
    """Walk the parts in order, without recursion; what an attached message contains stays inside it."""
    waiting = [root]
    seen = 0
    while waiting and seen < PART_LIMIT:
        part = waiting.pop()
        seen += 1
        payload = part.get_payload()
        kind = part.get_content_type()
        if kind.startswith("multipart/") and isinstance(payload, list):
            waiting.extend(reversed([child for child in payload if isinstance(child, email.message.Message)]))
            continue
        disposition = part.get_content_disposition()
        if kind in ("text/plain", "text/html") and disposition != "attachment":
            (texts if kind == "text/plain" else htmls).append(_decode_text(part))
            continue
        content_id = str(part.get("content-id", "")).strip("<> \r\n") or None
        files.append(File(_filename(part), kind, _content(part), disposition == "inline", content_id))


def _content(part: email.message.Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):  # message/rfc822: one attachment
        return b"".join(child.as_bytes() for child in payload if isinstance(child, email.message.Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _decode_text(part: email.message.Message) -> str:
    content = _content(part)
    charset = part.get_param("charset", "utf-8")
    for name in (charset if isinstance(charset, str) else "utf-8", "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _filename(part: email.message.Message) -> str:
    name = part.get_filename()
    return _decoded(name) if name else ""


def _decoded(value: object) -> str:
    """A header value as text: unfolded, encoded words decoded, stray bytes read as UTF-8 or else as Windows-1252."""
    text = _FOLD.sub(" ", str(value)[:_VALUE_LIMIT_CHARS])
    if not text.isascii():
        raw = text.encode("utf-8", "surrogateescape")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if not _ENCODED_WORD.search(text):
        return text
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(_decode_piece(piece, charset) for piece, charset in pieces)


def _decode_piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    for name in (charset or "ascii", "utf-8"):
        try:
            return piece.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return piece.decode("cp1252", "replace")


def _read_date(values: list[str] | None) -> datetime | None:
    if not values:
        return None
    try:
        found = email.utils.parsedate_to_datetime(values[0])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
