"""The header fields of a mail byte for byte, as signers saw them, and the canonical forms that they sign (RFC 6376).

`mime` reads headers for people and repairs what is broken; a signature covers the bytes, so nothing is repaired here.
"""

import re
from dataclasses import dataclass, field

HEADER_LIMIT_BYTES = 256 * 1024
FIELD_LIMIT = 2_000
"""Mails with more than this are not looked at: no mail program or relay writes them, and each field costs work."""
_CRLF = b"\r\n"
_FOLDS = re.compile(rb"\r\n(?![ \t])")
_HIDDEN_FROM = re.compile(rb"\r[ \t\n]?from[ \t]{0,9}:", re.IGNORECASE)
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class RawField:
    """A header field. `name` is in lower case; `content` is the whole field without its last CRLF."""

    name: bytes
    content: bytes

    @property
    def value(self) -> bytes:
        """What stands behind the colon, folded as it was."""
        return self.content.partition(b":")[2]


@dataclass(frozen=True, slots=True)
class RawMail:
    """Header fields, top first, and the body, all with CRLF line ends. `source` is the mail as it was received."""

    fields: tuple[RawField, ...]
    source: bytes = field(repr=False)
    body_at: int

    @property
    def body(self) -> bytes:
        """The body; a copy, made only for mails that somebody signed."""
        return _with_crlf(self.source[self.body_at :])

    def named(self, name: bytes) -> list[RawField]:
        """The fields of a name (in lower case), top first."""
        return [one for one in self.fields if one.name == name]

    def senders(self) -> int:
        """How many From fields a mail program may see, with those that hide behind a bare CR in another field."""
        return sum(
            (one.name == b"from") + (len(_HIDDEN_FROM.findall(one.content)) if b"\r" in one.content else 0)
            for one in self.fields
        )


def header_block(raw: bytes) -> bytes:
    """The header of a mail as it is, without the empty line; cut off behind the limit."""
    crlf = raw.find(b"\r\n\r\n", 0, HEADER_LIMIT_BYTES)
    plain = raw.find(b"\n\n", 0, HEADER_LIMIT_BYTES if crlf < 0 else crlf)
    if plain >= 0:
        return raw[:plain]
    return raw[: crlf if crlf >= 0 else HEADER_LIMIT_BYTES]


def read_raw(raw: bytes) -> RawMail | None:
    """The fields and the body of a mail; None where it has more header than the limits allow.

    A line end that is a bare LF counts as CRLF, as in mails out of files; lines without a colon are left out.
    """
    end = len(header_block(raw))
    if end >= HEADER_LIMIT_BYTES:
        return None
    header = _with_crlf(raw[:end])
    lines = _FOLDS.split(header, FIELD_LIMIT)
    if len(lines) > FIELD_LIMIT:
        return None
    fields = []
    for line in lines:
        name, colon, _ = line.partition(b":")
        if colon and (name := name.rstrip(b" \t").lower()):
            fields.append(RawField(name, line))
    # Behind the header stands the end of its last line and the empty line.
    skip = 4 if raw.startswith(b"\r\n\r\n", end) else 2
    return RawMail(tuple(fields), raw, end + skip)


def relaxed_field(field: RawField) -> bytes:
    """The relaxed form of a header field (RFC 6376 section 3.4.2), without a line end."""
    value = _BLANKS.sub(b" ", field.value.replace(_CRLF, b""))
    return field.name + b":" + value.strip(b" ")


def relaxed_body(body: bytes) -> bytes:
    """The relaxed form of a body (RFC 6376 section 3.4.4)."""
    body = body.replace(b"\t", b" ")
    # Not by a regular expression: a body of 25 MB that is all blanks would hold the interpreter for seconds. Each
    # round halves the longest run, so there are at most as many as its length has bits.
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", _CRLF)
    if body.endswith(b" "):
        body = body[:-1]
    return b"" if not body or (body := simple_body(body)) == _CRLF else body


def simple_body(body: bytes) -> bytes:
    """The simple form of a body (RFC 6376 section 3.4.3): empty lines at the end are left out, the last line ends."""
    kept = body.rstrip(_CRLF)
    end = body[len(kept) :]
    if end.endswith(b"\n"):
        # A CR that no LF follows belongs to the text.
        text_crs = end.rfind(b"\r\r") + 1
        return kept + end[:text_crs] + _CRLF
    return body + _CRLF


def _with_crlf(data: bytes) -> bytes:
    if data.count(b"\n") == data.count(_CRLF):
        return data
    return data.replace(_CRLF, b"\n").replace(b"\n", _CRLF)
