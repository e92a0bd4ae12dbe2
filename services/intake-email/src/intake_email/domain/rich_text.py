"""Words out of RTF, as Outlook packs them into `winmail.dat`: compressed (MS-OXRTFCP), and often HTML in RTF's clothes.

RTF is read only as far as words need it (MS-OXRTFEX for the HTML inside): groups, control words, escaped characters.
"""

import re
import struct

from intake_email.domain.html_text import html_to_text
from intake_email.domain.mime.charsets import decode

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
assert len(_DICTIONARY) == 207
SIZE_LIMIT_BYTES = 2 * 1024 * 1024
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.IGNORECASE
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer generator themedata listtable listoverridetable"
    b" rsidtbl mmathpr xmlnstbl datastore latentstyles fldinst".split()
)
_BREAKS = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"page": "\n",
    b"tab": "\t",
    b"cell": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"bullet": "•",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
}


def decompress(data: bytes) -> bytes:
    """RTF as it was before Outlook compressed it; nothing where it is something else. Bounded."""
    if len(data) < 16:
        return b""
    _, raw_size, kind, _ = struct.unpack_from("<IIII", data)
    if kind == _PLAIN:
        return data[16 : 16 + min(raw_size, SIZE_LIMIT_BYTES)]
    if kind != _COMPRESSED:
        return b""
    out = bytearray(_DICTIONARY)
    limit = min(raw_size, SIZE_LIMIT_BYTES) + len(_DICTIONARY)
    position, offset = 16, 0
    while position < len(data) and len(out) < limit:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= len(data):
                break
            if not flags & (1 << bit):
                out.append(data[position])
                position += 1
                continue
            if position + 1 >= len(data):
                return bytes(out[len(_DICTIONARY) :])
            token = data[position] << 8 | data[position + 1]
            position += 2
            place, length = token >> 4, (token & 15) + 2
            # The dictionary is a ring of 4,096 bytes; `out` holds all that ever went through it.
            end = len(out) % 4096
            if place == end:
                return bytes(out[len(_DICTIONARY) :])
            offset = len(out) - ((end - place) % 4096)
            for index in range(length):
                out.append(out[offset + index] if 0 <= offset + index < len(out) else 0x20)
    return bytes(out[len(_DICTIONARY) : limit])


def words_of_rtf(rtf: bytes) -> tuple[str, str]:
    """The words of an RTF text as (plain text, HTML); the HTML is empty where none was packed into it."""
    if not rtf.startswith(b"{\\rtf"):
        return "", ""
    from_html = b"\\fromhtml1" in rtf[:2_000]
    pieces = _read(rtf[:SIZE_LIMIT_BYTES], from_html)
    text = "".join(pieces)
    return (html_to_text(text), text) if from_html else (text.strip(), "")


def _read(rtf: bytes, from_html: bool) -> list[str]:
    out: list[str] = []
    page = re.search(rb"\\ansicpg(\d{3,5})", rtf[:2_000])
    charset = f"cp{page[1].decode()}" if page else "cp1252"
    pending = bytearray()  # bytes of one character may come one by one
    stack: list[tuple[bool, bool]] = []
    skipped = hidden = False
    fallback = 0  # characters to pass over behind a \u

    def flush() -> None:
        if pending:
            out.append(decode(bytes(pending), charset)[0])
            pending.clear()

    for match in _TOKEN.finditer(rtf):
        word, number, escaped, symbol, brace, text = match.groups()
        if brace == b"{":
            stack.append((skipped, hidden))
            continue
        if brace == b"}":
            if stack:
                skipped, hidden = stack.pop()
            continue
        if word is not None:
            word = word.lower()
            if word in _SKIPPED:
                skipped = True
            elif word == b"htmltag" and from_html:
                skipped = False
            elif word == b"htmlrtf":
                hidden = number != b"0"
            elif skipped or hidden:
                pass
            elif word == b"u" and number:
                flush()
                out.append(chr(int(number) % 65536))
                fallback = 1
            elif word in _BREAKS:
                flush()
                out.append(_BREAKS[word])
            continue
        if symbol == b"*":
            # An unknown destination is passed over; those that hold HTML say so in the next word.
            skipped = not rtf.startswith(b"\\htmltag", match.end())
            continue
        if skipped or hidden:
            continue
        if escaped is not None:
            if fallback:
                fallback -= 1
            else:
                pending += bytes.fromhex(escaped.decode())
        elif symbol is not None:
            if symbol in b"\\{}":
                pending += symbol
            elif symbol == b"~":
                pending += b" "
        elif text is not None:
            pending += text[fallback:]
            fallback = 0
    flush()
    return ["".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")]
