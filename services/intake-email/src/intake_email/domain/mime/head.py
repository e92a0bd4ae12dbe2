"""Where the headers of a mail or of a part are, and what they say, whatever was done to them on the way.

RFC 5322 section 2.2, and what arrives instead: text before the headers, continuation lines that nobody indented, header
and body without the empty line between them, a line of an mbox file, a space before the colon. Values are bytes here,
as they came: `encoded_words` makes text of them.
"""

import re
from dataclasses import dataclass

HEAD_LIMIT_BYTES = 256 * 1024
HEAD_LIMIT_LINES = 3_000
VALUE_LIMIT_BYTES = 128 * 1024
_JUNK_LIMIT_LINES = 60
_LOOK_AHEAD_LINES = 40

_FIELD = re.compile(rb"([!-9;-~\x80-\xff]{1,100})[ \t]*:")
_WELL_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|reply-to|delivered-to|sender|x-[\w-]{1,60}"
    rb"|content-(?:type|transfer-encoding|disposition))[ \t]*:",
    re.IGNORECASE,
)
_RESUMED = re.compile(rb"(?:content-type|mime-version)[ \t]{0,9}:", re.IGNORECASE)
"""What says how the body is built, where nothing has said it yet: the empty line above it is one too many."""
_UNFINISHED = re.compile(rb"[;,=\\]\s*\Z")
_PARAMETER = re.compile(
    rb"(?:charset|boundary|name|filename|format|type|start|report-type|delsp)\*?\d{0,2}\*?=", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of a mail or of a part.

    Attributes:
        fields: lower-case name → raw values in order, still folded.
        end: where the body begins.
        defects: what was repaired or left out.
    """

    fields: dict[str, list[bytes]]
    end: int
    defects: tuple[str, ...] = ()

    def first(self, name: str) -> bytes:
        """First value of a field, or nothing."""
        values = self.fields.get(name)
        return values[0] if values else b""


def read_head(raw: bytes, start: int = 0, end: int | None = None, *, top: bool = True) -> Head:
    """The headers that begin at `start`.

    Args:
        raw: a mail with LF or CRLF line ends.
        start: where the mail or the part begins.
        end: where it ends; None: at the end of `raw`.
        top: these are the headers of a mail; those of a part have no text before them and may be missing altogether.
    """
    end = len(raw) if end is None else end
    defects: list[str] = []
    position = _skip_junk(raw, start, end, defects) if top else start
    limit = min(end, position + HEAD_LIMIT_BYTES)
    lines: list[bytes] = []
    body = end
    while position < limit:
        line_end = raw.find(b"\n", position, limit)
        if line_end < 0:
            line_end = limit
        line = raw[position:line_end]
        if not lines and top and line[:1] in b" \t" and _FIELD.match(line.lstrip()):
            line = line.lstrip()
        if line in (b"", b"\r"):
            if top and lines and _RESUMED.match(raw, line_end + 1) and not any(map(_RESUMED.match, lines)):
                defects.append("empty_line_in_headers")
                position = line_end + 1
                continue
            body = min(line_end + 1, end)
            break
        if len(lines) >= HEAD_LIMIT_LINES:
            break
        if line[:1] not in b" \t" and not _FIELD.match(line) and _ends_here(raw, position, end, line, lines):
            body = position
            if lines or not top:
                defects.append("no_line_after_headers")
            break
        lines.append(line)
        position = line_end + 1
    if (position >= limit and limit < end) or len(lines) >= HEAD_LIMIT_LINES:
        body = _after_empty_line(raw, position, end)
        defects.append("headers_cut")
    return Head(_fields(lines, defects), body, tuple(defects))


def _skip_junk(raw: bytes, start: int, end: int, defects: list[str]) -> int:
    """Where the first header is: behind empty lines, an mbox's line, and text that nobody asked for."""
    position = start
    if raw.startswith(b"\xef\xbb\xbf", position):
        position += 3
    for number in range(_JUNK_LIMIT_LINES):
        line_end = raw.find(b"\n", position, end)
        line = raw[position : end if line_end < 0 else line_end]
        field = _FIELD.match(line if number else line.lstrip(b" \t"))
        if field is not None and (number == 0 or _WELL_KNOWN.match(line) or not defects):
            return position
        if line.strip() and not line.startswith((b"From ", b">From ")):
            if not defects and not _header_follows(raw, position, end):
                return position
            if not defects:
                defects.append("text_before_headers")
        if line_end < 0:
            return start
        position = line_end + 1
    return start


def _header_follows(raw: bytes, position: int, end: int) -> bool:
    """Whether two well-known headers stand below a line that is none."""
    found = 0
    for _ in range(_LOOK_AHEAD_LINES):
        line_end = raw.find(b"\n", position, end)
        if line_end < 0:
            return False
        position = line_end + 1
        if _WELL_KNOWN.match(raw, position, min(position + 200, end)):
            found += 1
            if found == 2:
                return True
    return False


def _ends_here(raw: bytes, position: int, end: int, line: bytes, lines: list[bytes]) -> bool:
    """Whether a line that is no header begins the body; else it continues the header before it."""
    if line.startswith((b"From ", b">From ", b":")):
        return False
    if not lines or line.startswith(b"--"):
        return True
    previous = lines[-1]
    if _UNFINISHED.search(previous[-20:]) or _PARAMETER.match(line.lstrip()) or (line[:1] == b"<" and b">" in line):
        return False
    if b">" in line and previous.rfind(b"<") > previous.rfind(b">"):  # an address or an id, cut in two
        return False
    for _ in range(_LOOK_AHEAD_LINES):
        line_end = raw.find(b"\n", position, end)
        if line_end < 0:
            return True
        position = line_end + 1
        if raw.startswith((b"\n", b"\r\n"), position):
            return True
        if _WELL_KNOWN.match(raw, position, min(position + 200, end)):
            return False
    return True


def _fields(lines: list[bytes], defects: list[str]) -> dict[str, list[bytes]]:
    fields: dict[str, list[bytes]] = {}
    name, pieces = "", []  # type: str, list[bytes]
    for line in lines:
        if line[:1] in b" \t":
            pieces.append(line)
            continue
        match = _FIELD.match(line)
        if match is None:
            if not line.startswith((b"From ", b">From ", b":")):
                pieces.append(b" " + line)
                if "continuation_not_indented" not in defects:
                    defects.append("continuation_not_indented")
            continue
        if name:
            fields.setdefault(name, []).append(_joined(pieces))
        name, pieces = match[1].decode("latin-1").lower(), [line[match.end() :]]
    if name:
        fields.setdefault(name, []).append(_joined(pieces))
    return fields


def _joined(pieces: list[bytes]) -> bytes:
    value = pieces[0] if len(pieces) == 1 else b"\n".join(pieces)
    return value[:VALUE_LIMIT_BYTES].strip()


def _after_empty_line(raw: bytes, position: int, end: int) -> int:
    """Where the body begins when the headers were too many to read."""
    places = [
        place + len(mark) for mark in (b"\n\n", b"\n\r\n") if (place := raw.find(mark, max(0, position - 2), end)) >= 0
    ]
    return min(places, default=end)
