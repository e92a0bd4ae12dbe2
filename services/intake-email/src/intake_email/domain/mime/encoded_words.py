"""Header values as text: unfolded, encoded words decoded (RFC 2047), stray bytes read as best they can be.

Programs break the rules of encoded words in every way there is: spaces inside, a character cut in two by the end of a
word, no space between words, no end, quotes around. All of it is read. The scan goes from `=?` to `=?`, so that its
time is linear in the value.
"""

import re
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

from intake_email.domain.mime.charsets import codec_of, decode
from intake_email.domain.mime.transfer import unpadded_base64

_FOLD = re.compile(r"\r*\n[ \t]*|\r+")
_SOFT_BREAK = re.compile(rb"= {1,20}")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_HEX = re.compile(r"[0-9A-F]{2}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_URL_LETTERS = bytes.maketrans(b"-_", b"+/")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_VALUES = {letter: value for value, letter in enumerate(ascii_uppercase + ascii_lowercase + digits + "+/")}
WORD_LIMIT = 3_000


def header_text(raw: bytes, charset: str | None = None) -> str:
    """A header value as one line of text.

    Args:
        raw: the value as it came, folded.
        charset: that the mail's body names, for bytes that no encoded word explains.
    """
    text = raw.decode("ascii") if raw.isascii() and b"\x1b" not in raw else decode(raw, charset)[0]
    if "\n" in text or "\r" in text:
        text = _FOLD.sub(" ", text)
    if "=?" in text:
        text = decode_words(text)
        if "\n" in text or "\r" in text:  # an encoded line end would begin a header of the sender's own
            text = _FOLD.sub(" ", text)
    return _UNSAFE.sub("", text).strip() if not text.isprintable() else text.strip()


def decode_words(text: str) -> str:
    """Text with its encoded words decoded; what only looks like one stays."""
    out: list[str] = []
    pending: list[_Word] = []  # adjacent words in one charset: a character may be cut in two between them
    position = 0
    for _ in range(WORD_LIMIT):
        begin = text.find("=?", position)
        if begin < 0:
            break
        between = text[position:begin]
        word = _read_word(text, begin + 2)
        if word is None:
            end = begin + 2
            between += "=?"
        else:
            end = word.end
        if pending and (word is None or between.strip() or word.charset.lower() != pending[0].charset.lower()):
            out.append(_decoded(pending))
            pending = []
            if word is not None and not between.strip():
                between = ""  # white space between two words only separates them
        elif pending:
            between = ""
        out.append(between)
        if word is not None:
            if pending and pending[-1].encoding == word.encoding and _cut_off(pending[-1]):
                word = word._replace(content=pending.pop().content + word.content)
            pending.append(word)
        position = end
    if pending:
        out.append(_decoded(pending))
    out.append(text[position:])
    return "".join(out)


class _Word(NamedTuple):
    """An encoded word as it stands there, and where it ends."""

    charset: str
    encoding: str
    content: str
    end: int


def _read_word(text: str, begin: int) -> _Word | None:
    """The word that begins behind its `=?`."""
    mark = text.find("?", begin, begin + 62)
    if mark < 0 or text[mark + 2 : mark + 3] != "?":
        return None
    charset, encoding = text[begin:mark], text[mark + 1].lower()
    if encoding not in "bq" or " " in charset.strip():
        return None
    start = mark + 3
    end = text.find("?=", start)
    if encoding == "q":
        # `?=3D` in a word that forgot to encode its question mark is not its end.
        while end >= 0 and _HEX.match(text, end + 2) and (later := text.find("?=", end + 2)) >= 0:
            if " " in text[end + 4 : later]:
                break
            end = later
    if end < 0:
        end = len(text)
        content = text[start:end].rstrip("?= ")
        if encoding == "b" and " " in content:
            return None
    else:
        content = text[start:end]
    return _Word(charset.partition("*")[0].strip(" \"'"), encoding, content, min(end + 2, len(text)))


def _cut_off(word: _Word) -> bool:
    """Whether a word ends in the middle of what its encoding makes of a byte: the next one has the rest."""
    if word.encoding == "q":
        return "=" in word.content[-2:]
    left = len(word.content) % 4
    if left == 0 or "=" in word.content:
        return False
    # Where only the padding was left out, the last letter has no bits left over.
    return left == 1 or _VALUES.get(word.content[-1], 0) & (15 if left == 2 else 3) != 0


def _decoded(words: list[_Word]) -> str:
    """Adjacent words as text: together where that works, else each alone."""
    charset = words[0].charset
    parts = [_unquoted(word.content) if word.encoding == "q" else _unbased(word.content) for word in words]
    if len(parts) > 1:
        codec = codec_of(charset)
        # Each word begins anew in these, unless it was cut in the middle of a shifted text.
        if codec in ("utf-7", "hz") or (codec == "iso-2022-jp" and all(part[:1] == b"\x1b" for part in parts[1:])):
            return "".join(decode(part, charset)[0] for part in parts)
    return decode(b"".join(parts), charset)[0]


def _unquoted(content: str) -> bytes:
    raw = content.encode("utf-8", "surrogateescape")
    if b"= " in raw:
        raw = _SOFT_BREAK.sub(b"", raw)
    raw = raw.replace(b"_", b" ")
    if b"=" not in raw:
        return raw
    return _Q_ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), raw)


def _unbased(content: str) -> bytes:
    raw = content.encode("ascii", "ignore").translate(_URL_LETTERS)
    if b"=" in raw.rstrip(b"= "):
        # Two base64 texts behind each other in one word.
        return b"".join(unpadded_base64(_NOT_BASE64.sub(b"", piece)) for piece in raw.split(b"="))
    return unpadded_base64(_NOT_BASE64.sub(b"", raw))
