"""A file out of the original mail: the part whose bytes have the SHA-256 that was noted when the mail was read.

Files are stored by themselves when a mail is read; this is for those of which only the original is left. The service
that reads mails works on the mail's own bytes; a parser that builds messages anew (the standard library's, for attached
mails and reports) does not get the same ones. So parts are cut out at delimiter lines here, and the digest decides.
What was never a part by itself (inside winmail.dat, or written into the text) is not found.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator
from hashlib import sha256

_DELIMITER = re.compile(rb"^--([^\r\n]{1,280})\r?$", re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ENCODING = re.compile(
    rb"^content-transfer-encoding[ \t]{0,20}:\s{0,20}[\"']?([A-Za-z0-9_-]{1,30})", re.IGNORECASE | re.MULTILINE
)
_BARE_CR = re.compile(rb"\r(?!\n)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PADDED_BREAK = re.compile(rb"=[ \t]{1,76}\r?\n")
_MOST_PARTS = 5_000
_MOST_TIMES_READ = 30
"""A part inside others is read once with each of them; deeper ones only as long as the sum stays bounded."""


def part_of(raw: bytes, digest: str, size_bytes: int | None = None) -> bytes | None:
    """The decoded part of a mail whose SHA-256 is `digest`, or None.

    Args:
        size_bytes: of the part; others are not even hashed.
    """
    for readable in _spellings(raw):
        for data in _candidates(readable):
            if (size_bytes is None or len(data) == size_bytes) and sha256(data).hexdigest() == digest:
                return data
    return None


def _spellings(raw: bytes) -> Iterator[bytes]:
    """The mail, and the mail with its line ends as the reader repairs them."""
    yield raw
    if b"\r\r\n" in raw:
        raw = raw.replace(b"\r\r\n", b"\r\n")
        yield raw
    if _BARE_CR.search(raw):
        yield _BARE_CR.sub(b"\n", raw)


def _candidates(raw: bytes) -> Iterator[bytes]:
    """What the parts of a mail may be: each as it stands, and decoded as it says."""
    yield from _readings(raw, 0, len(raw))
    lines = [(match.start(), match.end(), match[1].rstrip()) for match in _bounded(_DELIMITER, raw)]
    left = _MOST_TIMES_READ * (len(raw) + 1)
    following: dict[bytes, int] = {}
    spans = []
    for start, end, name in reversed(lines):
        opening = name.removesuffix(b"--")
        stop = following.get(opening, len(raw))
        spans.append((min(end + 1, len(raw)), stop))
        following[opening] = following[name] = _line_end_before(raw, start)
    for begin, stop in reversed(spans):
        if begin < stop and left > 0:
            left -= stop - begin
            yield from _readings(raw, begin, stop)


def _readings(raw: bytes, begin: int, stop: int) -> Iterator[bytes]:
    """A part's content, decoded and as it stands; without headers, all of it is content."""
    if raw[begin : begin + 2] == b"\r\n" or raw[begin : begin + 1] == b"\n":
        place = begin + (2 if raw[begin : begin + 1] == b"\r" else 1)
        yield raw[place:stop]
        return
    found = _HEAD_END.search(raw, begin, stop)
    if found is None:
        return
    content = raw[found.end() : stop]
    encoding = _ENCODING.search(raw, begin, found.end())
    if encoding is not None:
        yield _decoded(content, encoding[1].lower().replace(b"_", b"-"))
    yield content


def _decoded(content: bytes, encoding: bytes) -> bytes:
    if encoding in (b"quoted-printable", b"quotedprintable"):
        return a2b_qp(_PADDED_BREAK.sub(b"=\n", content))
    if encoding in (b"base64", b"base-64", b"b64"):
        try:
            return a2b_base64(content)
        except Error:
            cleaned = _NOT_BASE64.sub(b"", content)
            cleaned = cleaned[:-1] if len(cleaned) % 4 == 1 else cleaned
            return a2b_base64(cleaned + b"=" * (-len(cleaned) % 4))
    return content


def _bounded(pattern: re.Pattern[bytes], raw: bytes) -> Iterator[re.Match[bytes]]:
    for count, match in enumerate(pattern.finditer(raw)):
        if count >= _MOST_PARTS:
            return
        yield match


def _line_end_before(raw: bytes, place: int) -> int:
    """Where the content before a delimiter line ends: the line end belongs to the delimiter."""
    if place and raw[place - 1 : place] == b"\n":
        place -= 1
        if place and raw[place - 1 : place] == b"\r":
            place -= 1
    return place
