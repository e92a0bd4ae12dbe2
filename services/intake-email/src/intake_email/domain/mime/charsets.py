"""Bytes as text, whatever charset they claim: labels lie, and the bytes are the better witness.

Labels are read as browsers read them (WHATWG Encoding Standard): `iso-8859-1` is Windows-1252, `gb2312` is GB 18030,
`ks_c_5601` is code page 949. Where the bytes contradict the label, UTF-8 is tried, then what the bytes look like.
"""

import codecs
import re
from functools import lru_cache

from resiliparse.parse.encoding import detect_encoding

from intake_email.domain.mime.neighbours import neighbour_of

_ALIASES = {
    # What the label stands for in the wild → Python's codec that reads the larger set.
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "usascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "8bit": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb-2312": "gb18030",
    "chinesegb": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso-2022-jp",
    "iso-2022-jp-1": "iso-2022-jp",
    "iso-2022-jp-2": "iso-2022-jp",
    "iso-2022-jp-3": "iso-2022-jp",
    "iso-2022-jp-ms": "iso-2022-jp",
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "csiso2022jp": "iso-2022-jp",
    "x-euc-jp": "euc_jp",
    "eucjp": "euc_jp",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "utf7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "unicode": "utf-16",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-centraleurroman": "mac_latin2",
    "koi8": "koi8_r",
    "koi8-ru": "koi8_u",
    "ansi": "cp1252",
    "win1251": "cp1251",
}
_UNTRUSTED = frozenset({"cp1252", "utf-8"})
"""Labels that programs write without looking: the bytes are asked first."""
_BYTES_FIRST = frozenset({None, *_UNTRUSTED})
_MARKS = (b"\xff", b"\xfe", b"\xef")
"""Of UTF-16 and UTF-8; a text that begins with one is looked at more closely."""
_MULTIBYTE = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp", "hz", "iso2022_kr", "iso-2022-jp", "utf-7"})
_NOT_TEXT = frozenset(
    {
        "base64_codec",
        "hex_codec",
        "bz2_codec",
        "zlib_codec",
        "quopri_codec",
        "uu_codec",
        "rot_13",
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "mbcs",
        "oem",
    }
)
_WINDOWS = re.compile(r"(?:windows|win|cp|x-cp|ibm|dos)[-_ ]?(\d{3,4})\Z")
_ISO = re.compile(r"iso[-_ ]?8859[-_ ]?(\d{1,2})(?:[-_:]\w{0,10})?\Z")
_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL_BYTES = bytes(range(0x80, 0xA0))
_SHOWN = {code: shown for code in range(0x80, 0xA0) if (shown := bytes([code]).decode("cp1252", "ignore"))}
"""Nobody writes the control characters of ISO 8859: they are Windows-1252 that was taken for it on the way."""
_LARGER = {
    # ISO 8859 has control characters where Microsoft's tables have letters, and programs name the one for the other.
    "iso8859-2": "cp1250",
    "iso8859-4": "cp1257",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
_ESCAPE = re.compile(rb"\x1b(\([BJI]|\$[@B]|\$\([DO PQ]|&@\x1b\$B)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAMPLE_BYTES = 16 * 1024
_GUESS_FROM_BYTES = 16
_HIGH = bytes(range(128, 256))
_KOI8_SMALL, _KOI8_CAPITAL = bytes(range(0xC0, 0xE0)), bytes(range(0xE0, 0x100))
_GREEK = frozenset({"iso8859-7", "cp1253"})
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _western(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 as Windows-1252, one by one."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("ventanilla_western", _western)


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """Python's name of the codec that a charset label means; None if it means nothing."""
    name = label.strip(" \t\"'<>").lower().partition(";")[0].strip()
    if name in _ALIASES:
        return _ALIASES[name]
    if match := _ISO.match(name):
        name = f"iso8859-{int(match[1])}"
        if name == "iso8859-1":
            return "cp1252"
    elif match := _WINDOWS.match(name):
        name = f"cp{match[1]}"
        name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name[:60]).name
        b"".decode(found)  # not all codecs are between bytes and text
    except (LookupError, ValueError):
        return None
    if found in _NOT_TEXT:
        return None
    return "cp1252" if found in ("ascii", "iso8859-1") else found


def decode(content: bytes, label: str | None = None) -> tuple[str, bool]:
    """Text out of bytes, and whether the label was wrong.

    Args:
        content: of any length; bytes that mean nothing become U+FFFD.
        label: what the mail says; None if it says nothing.
    """
    codec = codec_of(label) if label else None
    if codec in _BYTES_FIRST and not content.isascii() and content[:1] not in _MARKS:
        # By far the most mail that is not ASCII.
        text = _strict(content, "utf-8")
        if text is not None:
            return _without_controls(text, content), codec is None
    text, wrong = _decode(content, codec)
    # Halves of surrogate pairs come out of UTF-7 and UTF-16; nothing that is written to can take them.
    return (text, wrong) if text.isascii() else (_SURROGATE.sub("\ufffd", text), wrong)


def _decode(content: bytes, codec: str | None) -> tuple[str, bool]:
    if content.isascii() and b"\x1b" not in content:
        if codec in ("utf-7", "hz"):
            return content.decode(codec, "replace"), False
        if codec is None or not codec.startswith(("utf-16", "utf-32")):
            return content.decode("ascii"), False
    if codec in _BYTES_FIRST and _ESCAPE.search(content) and (text := _iso_2022_jp(content)) is not None:
        return text, True
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content[: len(content) & ~1].decode("utf-16", "replace"), codec != "utf-16"
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    if codec is None or codec in _UNTRUSTED or codec not in _MULTIBYTE:
        # Text of another charset that is valid UTF-8 by chance hardly exists.
        text = _strict(content, "utf-8")
        if text is not None:
            return _without_controls(text, content), codec not in _UNTRUSTED
    if codec in _LARGER and len(content.translate(None, _CONTROL_BYTES)) != len(content):
        codec = _LARGER[codec]
    if codec is not None and codec != "utf-8":
        text = _iso_2022_jp(content) if codec == "iso-2022-jp" else _strict(content, codec)
        if text is not None and not (codec == "cp1252" and (_looks_foreign(content) or neighbour_of(content))):
            return text, False
    return _guessed(content, codec), True


def guessed_label(content: bytes) -> str | None:
    """The label of the charset that bytes look like; None where there is no telling."""
    sample = content[:_SAMPLE_BYTES]
    if (neighbour := neighbour_of(content)) is not None:
        return neighbour
    high = len(sample) - len(sample.translate(None, _HIGH))
    if high < _GUESS_FROM_BYTES and not _looks_foreign(sample):
        return "cp1252"  # a few accents in Latin letters: too few for statistics
    label = detect_encoding(sample, html5_compatible=False)
    if label in _GREEK and len(sample.translate(None, _KOI8_SMALL)) < len(sample.translate(None, _KOI8_CAPITAL)):
        return "koi8_r"  # Greek that is all capitals is Russian
    return label


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _without_controls(text: str, content: bytes) -> str:
    """Text out of UTF-8 with the characters that its control characters stood for before somebody recoded them."""
    if _CONTROLS.search(content) is not None:
        return text.translate(_SHOWN)
    return text


def _looks_foreign(content: bytes) -> bool:
    """Whether bytes labelled as Western are mostly beyond ASCII, which no text in Latin letters is."""
    high = len(content) - len(content.translate(None, _HIGH))
    letters = len(content) - len(content.translate(None, _LETTERS))
    return high >= 4 and high > letters


def _guessed(content: bytes, codec: str | None) -> str:
    """The best that can be made of bytes that contradict their label."""
    if _ESCAPE.search(content) is not None:
        text = _iso_2022_jp(content)
        if text is not None:
            return text
    candidates: list[str] = []
    if codec in ("iso-2022-jp", "euc_jp", "cp932"):
        candidates = ["cp932", "euc_jp"] if codec != "cp932" else ["euc_jp"]
    elif codec in _MULTIBYTE:
        # A truncated last character, or a few private ones, do not make it another language.
        text = content.decode(codec or "utf-8", "replace")
        if text.count("\ufffd") * 20 <= len(text):
            return text
    elif codec in ("utf-8", "cp1252", None):
        # Both in one text: somebody's template, somebody else's words.
        sample = content[:_SAMPLE_BYTES].decode("utf-8", "replace")
        if sample.count("\ufffd") * 2 <= sum(map("\x7f".__lt__, sample)):
            return content.decode("utf-8", "ventanilla_western")
    if codec in ("utf-8", None) and b"\xed" in content and (text := _surrogate_pairs(content)) is not None:
        return text
    for candidate in candidates:
        text = _strict(content, candidate)
        if text is not None:
            return text
    guess = codec_of(guessed_label(content) or "") or "cp1252"
    for candidate in (guess, "cp1252"):
        text = _strict(content, candidate)
        if text is not None:
            return text
    return content.decode(codec or guess, "replace")


def _surrogate_pairs(content: bytes) -> str | None:
    """UTF-8 in which characters beyond the first plane are written as two surrogates each (CESU-8)."""
    try:
        text = content.decode("utf-8", "surrogatepass")
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None


def _iso_2022_jp(content: bytes) -> str | None:
    """ISO-2022-JP as mail programs write it: with half-width kana and the vendors' characters; None if it is not that.

    The two-byte characters are read through Shift_JIS, whose table has what RFC 1468's lacks.
    """
    if not content.isascii():
        return None
    pieces: list[str] = []
    mode, position = b"(B", 0
    for escape in [*_ESCAPE.finditer(content), None]:
        end = escape.start() if escape else len(content)
        segment = content[position:end]
        if segment:
            pieces.append(_segment(segment, mode))
        if escape:
            mode, position = escape[1], escape.end()
    return "".join(pieces)


def _segment(segment: bytes, mode: bytes) -> str:
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in segment).decode("cp932", "replace")
    if mode in (b"$@", b"$B") or mode.endswith(b"$B"):
        out = bytearray()
        for index in range(0, len(segment) - 1, 2):
            row, cell = segment[index], segment[index + 1]
            if row < 0x21 or cell < 0x21:
                out += bytes(b for b in (row, cell) if b in b"\r\n\t ")
                continue
            lead = (row - 0x21) // 2 + 0x81
            lead = lead + 0x40 if lead > 0x9F else lead
            trail = cell + 0x1F + (cell >= 0x60) if row % 2 else cell + 0x7E
            out += bytes((lead, trail))
        return bytes(out).decode("cp932", "replace")
    if mode.startswith(b"$("):
        return (b"\x1b" + mode + segment + b"\x1b(B").decode("iso2022_jp_ext", "replace")
    return segment.decode("ascii", "replace")
