"""The parts of a mail as a tree (RFC 2046), bounded in number and depth, whatever the boundaries look like.

A tree of places in the bytes: nothing is copied or decoded here. Read are also: boundaries that nobody declared,
containers that were never closed, a container with the boundary of the one it is in, boundaries that begin alike.
"""

import re
from dataclasses import dataclass, field

from intake_email.domain.mime.charsets import codec_of, guessed_label
from intake_email.domain.mime.head import Head, read_head
from intake_email.domain.mime.parameters import Parametrised, content_type, disposition

PART_LIMIT = 500
NESTING_LIMIT = 40
DELIMITER_LIMIT = 2_000

_LIKELY_DELIMITER = re.compile(
    rb"^--([^\s\"<>]{1,70})[ \t]*\r?\n(?=content-|mime-|\r?\n)", re.MULTILINE | re.IGNORECASE
)
_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_SEARCH_BYTES = 64 * 1024
BOILERPLATE = re.compile(
    rb"\s{0,9}This is a (?:cryptographically signed |multi-?part )message in MIME format\.?\s*", re.IGNORECASE
)
"""What programs write in front of the first part, for readers who know no parts."""
_TEXT = frozenset({"text/plain", "text/html"})
_NOT_IN_BOUNDARY = re.compile(rb"[^A-Za-z0-9'()+_,./:=?-]")
_FIELD_BEHIND = re.compile(rb"[ \t]{0,9}content-[a-z-]{2,30}[ \t]{0,3}:", re.IGNORECASE)
"""A header on the very line of the delimiter: the line end between them got lost."""
_EMPTY_FIRST = re.compile(rb"\r?\n(?=content-type[ \t]{0,3}:)", re.IGNORECASE)
"""An empty line in front of a part's headers."""
_FIELD_BELOW = re.compile(rb"[ \t][^\n]{0,200}\n(?:content-|mime-)[a-z-]{2,30}[ \t]{0,3}:", re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """A part of a mail: its headers, where its content lies, and the parts inside it."""

    head: Head
    kind: str
    type: Parametrised
    disposition: Parametrised
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)

    @property
    def is_container(self) -> bool:
        """It holds parts and has no content of its own."""
        return bool(self.children)


@dataclass(slots=True)
class _Reading:
    """What is shared by all parts while a mail is read."""

    raw: bytes
    defects: list[str]
    parts: int = 0
    raw_charset: str | None = None
    """Found out when the first part has raw bytes in its headers: hardly any mail has."""

    def charset_of(self, value: bytes) -> str | None:
        """The charset to read a raw header value in; None where it needs none."""
        if value.isascii():
            return None
        if self.raw_charset is None:
            self.raw_charset = _raw_charset(self.raw)
        return self.raw_charset

    def note(self, defect: str) -> None:
        if defect not in self.defects:
            self.defects.append(defect)


def read_structure(raw: bytes, head: Head, defects: list[str]) -> Part:
    """The tree of a mail whose headers were read.

    Args:
        raw: the mail.
        head: its headers.
        defects: what is found wrong is added here.
    """
    reading = _Reading(raw, defects)
    return _part(reading, head, head.end, len(raw), "text/plain", (), top=True)


def _raw_charset(raw: bytes) -> str | None:
    """The charset that raw bytes in the parts' headers, file names above all, are most likely in."""
    for match in _CHARSET.finditer(raw, 0, _SEARCH_BYTES):
        label = match[1].decode("ascii")
        if codec_of(label) not in (None, "utf-8", "cp1252"):
            return label
    return guessed_label(raw)


def _part(
    reading: _Reading, head: Head, start: int, end: int, default: str, around: tuple[bytes, ...], *, top: bool = False
) -> Part:
    type_ = _type_of(reading, head, start, end)
    kind = type_.value or default
    part = Part(
        head,
        kind,
        type_,
        disposition(head.first("content-disposition"), reading.charset_of(head.first("content-disposition"))),
        start,
        end,
    )
    reading.parts += 1
    if kind.startswith("multipart/"):
        _divide(reading, part, around)
    elif (
        top
        and (not type_.value or type_.get("boundary"))
        and (found := _first_delimiter(reading.raw, start, end))
        and (not type_.value or found[1] == _boundary_of(reading, part))
    ):
        # The header that says how the body is built got lost, or names the type of a part.
        part.type = Parametrised("multipart/mixed", {"boundary": found[1].decode("latin-1")})
        part.kind = "multipart/mixed"
        reading.note("content_type_missing")
        _divide(reading, part, around)
    return part


def _first_delimiter(raw: bytes, start: int, end: int) -> re.Match[bytes] | None:
    """The delimiter that a body begins with, behind nothing but what mail programs write in front of it."""
    found = _LIKELY_DELIMITER.search(raw, start, min(end, start + 1024))
    if found is None:
        return None
    before = raw[start : found.start()].strip()
    return found if not before or (b"MIME" in before and before.count(b"\n") < 4) else None


def _type_of(reading: _Reading, head: Head, start: int, end: int) -> Parametrised:
    """The first `Content-Type` that can be read; of several the one whose boundary occurs."""
    values = head.fields.get("content-type")
    if not values:
        return content_type(b"")
    first = content_type(values[0], reading.charset_of(values[0]))
    if len(values) > 1:
        reading.note("content_type_repeated")
        for value in values[:5]:
            candidate = content_type(value)
            boundary = candidate.get("boundary").encode("latin-1", "replace")
            if boundary and reading.raw.find(b"--" + boundary, start, end) >= 0:
                return candidate
    return first


def _divide(reading: _Reading, part: Part, around: tuple[bytes, ...]) -> None:
    """Find the parts inside a container."""
    if len(around) >= NESTING_LIMIT:
        reading.note("nesting_cut")
        return
    boundary = _boundary_of(reading, part)
    places = _places(reading, boundary, part.start, part.end) if boundary else []
    if not places and not (boundary and boundary in around):
        found = _LIKELY_DELIMITER.search(reading.raw, part.start, min(part.end, part.start + _SEARCH_BYTES))
        if found and found[1] not in around:
            reading.note("boundary_wrong")
            boundary = found[1]
            places = _places(reading, boundary, part.start, part.end)
    if not places:
        if not (boundary and boundary in around):
            reading.note("multipart_without_parts")
        return
    if places[0][2]:
        # It ends and never began: what there is stands before the end.
        reading.note("multipart_without_parts")
        part.end = max(part.start, places[0][0])
        return
    if not places[-1][2]:
        reading.note("multipart_not_closed")
    _keep_words_before(reading, part, places[0][0], (*around, boundary))
    default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
    inside: list[Part] = [part]  # containers with this very boundary: what follows their headers belongs to them
    for index, (_, begin, closing) in enumerate(places):
        if closing:
            if len(inside) > 1:
                inside.pop()
                continue
            break
        if reading.parts >= PART_LIMIT:
            reading.note("parts_cut")
            break
        stop = places[index + 1][0] if index + 1 < len(places) else part.end
        child = _child(reading, begin, max(begin, stop), default, (*around, boundary))
        inside[-1].children.append(child)
        if (
            child.kind.startswith("multipart/")
            and not child.children
            and len(inside) < NESTING_LIMIT
            and _boundary_of(reading, child) == boundary
        ):
            reading.note("boundary_repeated")
            inside.append(child)


def _boundary_of(reading: _Reading, part: Part) -> bytes:
    """The boundary of a container, with the spaces at its ends if the delimiters have them, too."""
    declared = part.type.get("boundary").encode("latin-1", "replace")
    stripped = declared.strip()
    if declared != stripped and reading.raw.find(b"--" + declared, part.start, part.end) >= 0:
        return declared
    return stripped


def _keep_words_before(reading: _Reading, part: Part, end: int, around: tuple[bytes, ...]) -> None:
    """Make a part of what stands before the first delimiter, where the headers of both run into each other.

    The container's own headers are followed by those of its first part: the line between them got lost.
    """
    kinds = part.head.fields.get("content-type", [])
    if len(kinds) < 2 or part.children or content_type(kinds[-1]).value not in _TEXT:
        return
    words = reading.raw[part.start : end]
    if words.strip() and not BOILERPLATE.fullmatch(words):
        head = Head({**part.head.fields, "content-type": kinds[-1:]}, part.start)
        part.children.append(_part(reading, head, part.start, end, "text/plain", around))


def _child(reading: _Reading, begin: int, stop: int, default: str, around: tuple[bytes, ...]) -> Part:
    if default == "text/plain" and (empty := _EMPTY_FIRST.match(reading.raw, begin, stop)):
        begin = empty.end()
    head = read_head(reading.raw, begin, stop, top=False)
    for defect in head.defects:
        reading.note(defect)
    return _part(reading, head, head.end, stop, default, around)


def _places(reading: _Reading, boundary: bytes, start: int, end: int) -> list[tuple[int, int, bool]]:
    """Delimiter lines of a container, as (end of the content before, beginning of what follows, closing).

    A line counts only if the boundary is all of it: another boundary may begin with the same characters.
    """
    raw, mark = reading.raw, b"--" + boundary
    places: list[tuple[int, int, bool]] = []
    found = start if raw.startswith(mark, start, end) else _next(raw, mark, start, end)
    while found >= 0:
        position = found + len(mark)
        line_end = raw.find(b"\n", position, min(end, position + 200))
        line_end = min(end, position + 200) if line_end < 0 else line_end
        rest = raw[position:line_end].rstrip(b" \t\r")
        closing = _closes(rest) if rest else False
        if closing is None and (_FIELD_BEHIND.match(rest) or _FIELD_BELOW.match(raw, position, end)):
            closing = False
        if closing is not None:
            before = found
            if before > start:
                before -= 1
                if before > start and raw[before - 1] == 0x0D:
                    before -= 1
            begin = position if rest and _FIELD_BEHIND.match(rest) else min(line_end + 1, end)
            places.append((before, begin, closing))
            if len(places) >= DELIMITER_LIMIT:
                reading.note("parts_cut")
                break
        found = _next(raw, mark, position, end)
    return places


def _closes(rest: bytes) -> bool | None:
    """True for the last delimiter, by what follows the boundary on its line; None where it may be another boundary.

    RFC 2046 section 5.1.1: that the line begins with the boundary is enough; but lines of text may do so, too.
    """
    if rest == b"--" or (rest.startswith(b"--") and _NOT_IN_BOUNDARY.match(rest, 2)):
        return True
    return None


def _next(raw: bytes, mark: bytes, position: int, end: int) -> int:
    """Where the mark next stands at the beginning of a line; -1 if it does not."""
    found = raw.find(b"\n" + mark, max(position - 1, 0), end)
    return found + 1 if found >= 0 else -1
