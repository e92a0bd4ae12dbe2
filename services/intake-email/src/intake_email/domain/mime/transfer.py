"""Content-Transfer-Encoding undone (RFC 2045 section 6), and files that are written into text (uuencode)."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp, a2b_uu

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_UU_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{0,255})\r?\n", re.MULTILINE)
_BASE64_END = re.compile(rb"^====[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_UU_LINE = re.compile(rb"[ -`]{1,86}\r?\n?\Z")
_MORE_BASE64 = re.compile(rb"=+\s*(?:[A-Za-z0-9+/]{4}\s*)+[A-Za-z0-9+/]{0,3}=*\s*\Z")
_ENDED = re.compile(rb"=[ \t]{0,20}\r?\n[ \t\r\n]{0,20}--")
"""Padding, and below it a line that looks like a delimiter, of whose letters some are letters of base64, too."""
_URL_BASE64 = re.compile(rb"[A-Za-z0-9_=\s-]+")
_URL_LETTERS = bytes.maketrans(b"-_", b"+/")
_PADDED_BREAK = re.compile(rb"=[ \t]{1,76}\r?\n")
_READABLE = re.compile(rb"\S [A-Za-z]{2,20}[ ,.]|[<>{}@] ?\w")
UU_LIMIT = 20


def encoding_of(raw: bytes) -> str:
    """The name of an encoding as RFC 2045 spells it; empty where it is the identity or nobody knows it."""
    if raw.startswith(b"("):
        raw = raw.partition(b")")[2]
    name = raw.partition(b";")[0].partition(b"(")[0].strip(b" \t\r\n\"'<>").lower().replace(b"_", b"-")
    if name.startswith((b"quoted-print", b"quotedprint")):
        return "quoted-printable"
    if name in (b"base64", b"base-64", b"b64"):
        return "base64"
    if name in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
        return "uuencode"
    return ""


def undo(content: bytes, encoding: str, *, text: bool = False) -> tuple[bytes, bool]:
    """The bytes behind an encoding, and whether they were damaged. Never fails: what cannot be decoded is left out.

    Args:
        content: encoded bytes.
        encoding: as `encoding_of` names it.
        text: words are expected; those that are readable as they stand were never encoded.
    """
    if encoding == "base64":
        if text and _READABLE.search(content[:200].strip().partition(b"\n")[0]):
            return content, True
        return _from_base64(content)
    if encoding == "quoted-printable":
        if b"= " in content or b"=\t" in content:
            content = _PADDED_BREAK.sub(b"=\n", content)  # white space behind a soft line break was added on the way
        return a2b_qp(content), False
    if encoding == "uuencode":
        found, _ = take_uuencoded(content)
        if not found and (bare := _uu_lines(content.strip(b"\r\n"), 0)) is not None:
            return bare[0], False
        return (found[0][1], False) if found else (content, True)
    return content, False


def _from_base64(content: bytes) -> tuple[bytes, bool]:
    if b"--" in content and (ended := _ENDED.search(content)):
        content = content[: ended.start() + 1]
    if (b"-" in content or b"_" in content) and _URL_BASE64.fullmatch(content):
        content = content.translate(_URL_LETTERS)
    padding = content.find(b"=")
    if padding < 0 or _MORE_BASE64.match(content, padding) is None:
        # What stands behind the padding is no base64: a mailing list's footer, for example.
        try:
            decoded = a2b_base64(content)
            return decoded, not decoded and bool(content.strip())
        except Base64Error:
            pass
    cleaned = _NOT_BASE64.sub(b"", content)
    end = cleaned.find(b"=")
    if 0 <= end < len(cleaned) - 2:  # several texts behind each other
        pieces = [piece for piece in re.split(rb"=+", cleaned) if piece]
        return b"".join(unpadded_base64(piece) for piece in pieces[:1000]), True
    return unpadded_base64(cleaned.rstrip(b"=")), True


def words_behind(content: bytes, encoding: str) -> bool:
    """Whether something readable stands behind the end of what is encoded, which `undo` leaves out."""
    if encoding == "base64":
        padding = content.find(b"=")
        if padding < 0 or _MORE_BASE64.match(content, padding):
            return False
        rest = content[padding:].lstrip(b"=").split(b"\n")
    elif encoding == "uuencode":
        found, left = take_uuencoded(content)
        rest = left.split(b"\n") if found else []
    else:
        return False
    return any(line.strip() and not line.startswith(b"--") for line in rest)


def unpadded_base64(letters: bytes) -> bytes:
    """The bytes behind letters of base64 without padding; a last letter that means nothing alone is left out."""
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return a2b_base64(letters + b"=" * (-len(letters) % 4))
    except Base64Error:
        return b""


def take_uuencoded(content: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Files that are written into a text, as (name, bytes), and the text without them."""
    files: list[tuple[str, bytes]] = []
    rest: list[bytes] = []
    position = 0
    for match in _UU_BEGIN.finditer(content):
        if match.start() < position or len(files) >= UU_LIMIT:
            continue
        found = _base64_lines(content, match.end()) if match[1] else _uu_lines(content, match.end())
        if found is None:
            continue
        data, end = found
        rest.append(content[position : match.start()])
        files.append((match[2].decode("utf-8", "replace").strip(), data))
        position = end
    return files, b"".join([*rest, content[position:]]) if files else content


def _base64_lines(content: bytes, position: int) -> tuple[bytes, int] | None:
    end = _BASE64_END.search(content, position)
    if end is None:
        return None
    data, damaged = _from_base64(content[position : end.start()])
    return None if damaged else (data, end.end())


def _uu_lines(content: bytes, position: int) -> tuple[bytes, int] | None:
    out: list[bytes] = []
    while position < len(content):
        line_end = content.find(b"\n", position)
        line_end = len(content) if line_end < 0 else line_end
        line = content[position:line_end].rstrip(b"\r")
        position = line_end + 1
        if line == b"end":
            return b"".join(out), position
        if line in (b"", b"`", b" "):
            continue
        if not _UU_LINE.match(line):
            return None
        try:
            out.append(a2b_uu(line))
        except Base64Error:
            # Some encoders count wrongly at the last line; the standard library's own way out.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(a2b_uu(line[:count]))
            except Base64Error:
                return None
    return (b"".join(out), len(content)) if out else None  # the end was cut off
