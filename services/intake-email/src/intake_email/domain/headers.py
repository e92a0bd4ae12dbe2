"""Header fields of an outgoing mail: encoded, folded, and impossible to break out of (RFC 5322, 2047, 2231)."""

import re
from unicodedata import normalize
from urllib.parse import quote

from intake_email.domain.words import clean_line

LINE_CHARS = 76
_WORD_CHARS = 75 - len("=?utf-8?q??=")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")
_Q_TABLE = [
    chr(byte) if (chr(byte).isalnum() and byte < 128) or byte in b"!*+-/" else "_" if byte == 0x20 else f"={byte:02X}"
    for byte in range(256)
]
_ID_CHARS = 900
_LABEL_CHARS = 63
# The standard library knows IDNA of 2003 only, which makes "ss" of "ß": `straße.example` is somebody else's by now.
_DEVIATING = re.compile("[ßςẞ\u200c\u200d]")
_NOT_IN_ID = re.compile(r"[^!-;=?-~]+")


def text_header(name: str, value: str) -> str:
    """A field with free text, such as Subject."""
    value = clean_line(value)
    if value.isascii() and "=?" not in value:
        return _fold(f"{name}: {value}")
    return f"{name}: {encoded_words(value, len(name) + 2)}\r\n"


def address_header(name: str, mailboxes: list[tuple[str, str]]) -> str:
    """A field with addresses, given as (name, address). One a line, so that no line grows with their number."""
    return f"{name}: " + ",\r\n ".join(_mailbox(*mailbox) for mailbox in mailboxes) + "\r\n"


def id_header(name: str, ids: tuple[str, ...]) -> str:
    """A field with message ids, given without angle brackets.

    Ids that no line can hold are left out; where none is left, so is the field.
    """
    cleaned = (_NOT_IN_ID.sub("", one) for one in ids)
    value = "\r\n ".join([f"<{one}>" for one in cleaned if 0 < len(one) <= _ID_CHARS])
    return f"{name}: {value}\r\n" if value else ""


def filename_parameter(filename: str) -> str:
    """The `filename` of a Content-Disposition: as it is where it can be, else in the form of RFC 2231.

    Never both: the standard library, and others, would take the plainer one.
    """
    filename = clean_line(filename, 200)
    plain = re.sub(r'[^ -~]|["\\%]', "_", filename)
    if plain == filename:
        return f'filename="{plain}"'
    # A percent-encoded name of 200 characters may have 2,400: still one line below 998 only if it is cut.
    encoded = quote(filename, safe="")
    while len(encoded) > 700:
        filename = filename[: len(filename) * 3 // 4]
        encoded = quote(filename, safe="")
    return f"filename*=utf-8''{encoded}"


def encoded_words(value: str, used: int = 0) -> str:
    """Text as encoded words (RFC 2047), each at most 75 characters, folded.

    Args:
        value: any text without line ends.
        used: characters that the first line has already.
    """
    words: list[str] = []
    current = ""
    room = _WORD_CHARS - used
    for character in value:
        piece = "".join([_Q_TABLE[byte] for byte in character.encode("utf-8", "replace")])
        if len(current) + len(piece) > room:
            words.append(f"=?utf-8?q?{current}?=")
            current, room = "", _WORD_CHARS
        current += piece
    words.append(f"=?utf-8?q?{current}?=")
    return "\r\n ".join(words)


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII form (IDNA), where it has one."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        if _DEVIATING.search(domain):
            return f"{local}@{'.'.join(map(_ascii_label, domain.split('.')))}"
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def _ascii_label(label: str) -> str:
    if not _DEVIATING.search(label):
        return label.encode("idna").decode("ascii")
    encoded = f"xn--{normalize('NFC', label.lower()).encode('punycode').decode('ascii')}"
    if len(encoded) > _LABEL_CHARS:
        raise UnicodeError("a label is too long")
    return encoded


def _mailbox(name: str, address: str) -> str:
    name = clean_line(name, 200)
    address = clean_line(address).replace(" ", "").replace("<", "").replace(">", "")
    if not name:
        return f"<{address}>" if address.startswith('"') else address
    if not name.isascii() or "=?" in name:
        return f"{encoded_words(name, 10)}\r\n <{address}>"
    if not _ATOMS.match(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    return f"{name} <{address}>"


def _fold(line: str) -> str:
    """Break a line of ASCII at spaces, and where there are none within reach of the limit of 998, by force."""
    if len(line) <= LINE_CHARS:
        return line + "\r\n"
    lines: list[str] = []
    while len(line) > LINE_CHARS:
        place = line.rfind(" ", 1, LINE_CHARS)
        if place <= 0 or not line[:place].strip():
            place = line.find(" ", LINE_CHARS)
        if place <= 0 or place > 900:
            place = min(900, len(line))
        lines.append(line[:place])
        line = " " + line[place:].lstrip(" ")
    if line.strip():
        lines.append(line)
    return "\r\n".join(lines) + "\r\n"
