"""Reading a mail's MIME structure: by a fast parser, and where that gives up by hand. Nothing is judged here.

fast-mail-parser reads a 3 KB mail in 28 µs, but raises on some broken mails; the standard library's parser (policy
`compat32`, walked in `domain/mime_by_hand.py`) reads those. Both are only given what has been cut to bounds, since time
must not depend on what a stranger sends.
"""

from dataclasses import dataclass, field
from datetime import datetime

from fast_mail_parser import ParseError, PyAddress, PyAttachment, parse_email

HEAD_LIMIT_BYTES = 256 * 1024
HEAD_LIMIT_LINES = 3_000
PART_LIMIT = 500
NESTING_LIMIT = 60
"""More boundaries, containers than these belong to no mail that anybody wrote; what follows is not read."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address as a header names it, not yet cleaned."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A part that is not the words of the mail."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail consists of, decoded.

    Attributes:
        headers: lower-case name → values in order, unfolded and decoded.
        senders, reply_to, to, cc: the address headers; empty where they cannot be read.
        texts, htmls: bodies in the order of their parts.
        defects: short names of what had to be repaired or left out.
    """

    headers: dict[str, list[str]]
    senders: list[Mailbox] = field(default_factory=list)
    reply_to: list[Mailbox] = field(default_factory=list)
    to: list[Mailbox] = field(default_factory=list)
    cc: list[Mailbox] = field(default_factory=list)
    date: datetime | None = None
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """First value of a header, or nothing."""
        values = self.headers.get(name)
        return values[0] if values else ""


class Unreadable(ValueError):  # as the other errors here: named for what is the matter
    """These bytes are no mail that the fast parser can read."""


def read_fast(raw: bytes, defects: tuple[str, ...] = ()) -> Mail:
    """Read a mail with the fast parser.

    Args:
        raw: a mail within the bounds that `within_bounds` keeps.
        defects: what is known to be wrong already.

    Raises:
        Unreadable: it gave up; another way may work.
    """
    try:
        mail = parse_email(raw)
        headers: dict[str, list[str]] = {}
        for name, values in mail.headers.items():
            lower = name.lower()
            if lower in headers:
                headers[lower] = headers[lower] + values
            else:
                headers[lower] = values
        return Mail(
            headers,
            [Mailbox(mail.from_.address, mail.from_.display_name or "")] if mail.from_ else [],
            _mailboxes(mail.reply_to),
            _mailboxes(mail.to),
            _mailboxes(mail.cc),
            mail.date_parsed,
            mail.text_plain,
            mail.text_html,
            [_file(part) for part in mail.attachments],
            defects + tuple(dict.fromkeys(warning.kind for warning in mail.warnings)),
        )
    except (ParseError, ValueError, OverflowError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise Unreadable("the fast parser panicked") from error


def is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust met a bug of its own: a BaseException, which must not end the service."""
    return type(error).__name__ == "PanicException"


def within_bounds(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The mail cut to what can be read in bounded time, and the names of the cuts."""
    defects: list[str] = []
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
        defects.append("bare_cr")
    head_end = head_length(raw)
    if head_end > HEAD_LIMIT_BYTES or raw.count(b"\n", 0, head_end) > HEAD_LIMIT_LINES:
        raw = _cut_head(raw, head_end)
        defects.append("headers_cut")
    lower = raw.lower()
    boundaries = raw.count(b"\n--")
    if boundaries > PART_LIMIT and b"multipart/" in lower:
        raw = raw[: _place_of(raw, b"\n--", PART_LIMIT)]
        lower = lower[: len(raw)]
        defects.append("parts_cut")
    # A container inside another stands behind a boundary; an attached mail needs none.
    for word in (b"multipart/", b"message/rfc822") if boundaries > NESTING_LIMIT else (b"message/rfc822",):
        if lower.count(word) > NESTING_LIMIT:
            raw = raw[: _place_of(lower, word, NESTING_LIMIT)]
            lower = lower[: len(raw)]
            defects.append("nesting_cut")
    return raw, tuple(defects)


def head_length(raw: bytes) -> int:
    """Where the headers end: at the first empty line, whatever the line ends are."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        end = len(raw)
    sooner = raw.find(b"\n\n", 0, end)
    return sooner if sooner >= 0 else end


def _cut_head(raw: bytes, head_end: int) -> bytes:
    """Keep the first lines of the headers, and the body."""
    end = min(head_end, HEAD_LIMIT_BYTES)
    if raw.count(b"\n", 0, end) > HEAD_LIMIT_LINES:
        end = _place_of(raw, b"\n", HEAD_LIMIT_LINES)
    # Half a line would be read as a whole one: go back to its beginning. A single endless line is cut where it is.
    line_start = raw.rfind(b"\n", 0, end)
    return raw[: line_start if line_start > 0 else end].rstrip(b"\r\n") + raw[head_end:]


def _place_of(raw: bytes, word: bytes, number: int) -> int:
    """Position of the occurrence with this number, from 1."""
    place = -1
    for _ in range(number):
        place = raw.index(word, place + 1)
    return place


def _mailboxes(addresses: list[PyAddress]) -> list[Mailbox]:
    return [Mailbox(address.address, address.display_name or "") for address in addresses]


def _file(part: PyAttachment) -> File:
    content_id = part.content_id.strip("<> ") if part.content_id else None
    inline = part.disposition == "inline" or (content_id is not None and part.disposition != "attachment")
    return File(part.filename, part.mimetype, part.content, inline, content_id)
