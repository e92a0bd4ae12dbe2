"""`winmail.dat` opened: Outlook's own container (MS-OXTNEF), out of which nobody but Outlook takes what was attached.

A stream of attributes, each (level, id, length, data, checksum); those of kind "MAPI properties" hold a list of
properties (MS-OXTNEF section 2.1.3). Taken out are the attached files and the words, where the mail has none outside.
Checksums are not checked: half the writers count wrongly, and a damaged file is better than none.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from intake_email.domain.html_text import html_to_text
from intake_email.domain.mail import File, Mail
from intake_email.domain.mime.charsets import decode
from intake_email.domain.rich_text import decompress, words_of_rtf

_SIGNATURE = 0x223E9F78
_KINDS = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_EMBEDDED_LIMIT = 3
_PROPERTY_LIMIT = 2_000
_FILE_LIMIT = 200
_VALUE_LIMIT = 1_000

# Attributes (MS-OXTNEF section 2.1.3.1).
_RENDERING, _TITLE, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
_MESSAGE, _BODY, _CODE_PAGE = 0x9003, 0x800C, 0x9007
# Properties (MS-OXPROPS).
_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME = 0x3707, 0x3704, 0x3001
_CONTENT, _CONTENT_ID, _MIME_TAG = 0x3701, 0x3712, 0x370E
_PLAIN, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_OBJECT, _STRING8, _UNICODE, _BINARY, _MULTIPLE = 0x000D, 0x001E, 0x001F, 0x0102, 0x1000
_EMBEDDED_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
_FIXED_SIZES = {
    **dict.fromkeys((0x0002, 0x0003, 0x0004, 0x000A, 0x000B), 4),
    **dict.fromkeys((0x0005, 0x0006, 0x0007, 0x0014, 0x0040), 8),
    0x0048: 16,
}
"""Type of a property → bytes that its value takes; small ones are padded."""


@dataclass(slots=True)
class _Attached:
    title: str = ""
    content: bytes = b""
    properties: dict[int, bytes | str] = field(default_factory=dict)


@dataclass(slots=True)
class Opened:
    """What a container held."""

    files: list[File] = field(default_factory=list)
    text: str = ""
    html: str = ""


def unpacked(mail: Mail) -> Mail:
    """The mail with what its `winmail.dat` holds in its place; unchanged where it has none, or it cannot be opened."""
    if not any(_is_container(file) for file in mail.files):
        return mail
    files: list[File] = []
    text, html, defects = "", "", list(mail.defects)
    for file in mail.files:
        found = open_container(file.content) if _is_container(file) else None
        if found is None or not (found.files or found.text.strip() or found.html):
            files.append(file)
            if _is_container(file):
                defects.append("tnef_not_readable")
            continue
        files += found.files
        text, html = text or found.text, html or found.html
    changed = replace(mail, files=files, defects=tuple(defects))
    if mail.text.strip() or not (text.strip() or html.strip()):
        return changed
    if text.strip():
        return replace(changed, text=text, texts=[text], html=html or mail.html, htmls=[html] if html else mail.htmls)
    return replace(changed, text=html_to_text(html), from_html=True, html=html, htmls=[html])


def _is_container(file: File) -> bool:
    return file.content_type in _KINDS or file.filename.lower() == "winmail.dat"


def open_container(content: bytes, depth: int = 0) -> Opened | None:
    """What a container holds; None where it is none."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:
        return None
    opened = Opened()
    attached: list[_Attached] = []
    code_page = "cp1252"
    for attribute, data in _attributes(content):
        if attribute == _RENDERING:
            if len(attached) >= _FILE_LIMIT:
                break
            attached.append(_Attached())
        elif attribute == _CODE_PAGE and len(data) >= 4:
            code_page = f"cp{struct.unpack_from('<I', data)[0]}"
        elif attribute == _BODY:
            opened.text = decode(data.rstrip(b"\0"), code_page)[0]
        elif attribute == _MESSAGE:
            _read_message(opened, data, code_page)
        elif attribute in (_TITLE, _DATA, _ATTACHMENT):
            if not attached:
                attached.append(_Attached())
            _read_attached(attached[-1], attribute, data, code_page)
    for one in attached:
        opened.files += _files(one, depth)
    return opened


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    while position + 9 <= len(content):
        level, attribute, _, length = struct.unpack_from("<BHHI", content, position)
        if level not in (1, 2):
            return
        yield attribute, content[position + 9 : position + 9 + length]
        position += 9 + length + 2


def _read_message(opened: Opened, data: bytes, code_page: str) -> None:
    properties = dict(_properties(data, code_page))
    plain, rich = properties.get(_PLAIN), properties.get(_HTML)
    if isinstance(plain, str) and plain.strip():
        opened.text = plain
    if rich:
        opened.html = rich if isinstance(rich, str) else decode(rich, None)[0]
    packed = properties.get(_RTF)
    if isinstance(packed, bytes) and not (opened.text.strip() or opened.html):
        opened.text, opened.html = words_of_rtf(decompress(packed))


def _read_attached(one: _Attached, attribute: int, data: bytes, code_page: str) -> None:
    if attribute == _TITLE:
        one.title = decode(data.rstrip(b"\0"), code_page)[0]
    elif attribute == _DATA:
        one.content = data
    else:
        one.properties.update(_properties(data, code_page))


def _files(one: _Attached, depth: int) -> list[File]:
    content = one.properties.get(_CONTENT)
    # An OLE object has a picture of itself in the attribute, and itself among the properties.
    data = content if isinstance(content, bytes) and content else one.content
    if data.startswith(_EMBEDDED_MESSAGE):
        inner = open_container(data[16:], depth + 1) if depth < _EMBEDDED_LIMIT else None
        if inner is not None:
            words = [File("message.txt", "text/plain", inner.text.encode())] if inner.text.strip() else []
            return [*words, *inner.files]
        data = data[16:]
    name = next(
        (value for key in (_LONG_NAME, _SHORT_NAME) if isinstance(value := one.properties.get(key), str) and value), ""
    )
    if not name:
        display = one.properties.get(_DISPLAY_NAME)
        name = one.title or (display if isinstance(display, str) else "")
    content_id, kind = one.properties.get(_CONTENT_ID), one.properties.get(_MIME_TAG)
    if not data and not name:
        return []
    return [
        File(
            name,
            kind.lower() if isinstance(kind, str) and "/" in kind else "application/octet-stream",
            data,
            content_id=content_id.strip("<>") if isinstance(content_id, str) and content_id else None,
        )
    ]


def _properties(data: bytes, code_page: str) -> Iterator[tuple[int, bytes | str]]:
    """Text and binary properties of a list, as (id, value); others are passed over."""
    try:
        (count,) = struct.unpack_from("<I", data)
        position = 4
        for _ in range(min(count, _PROPERTY_LIMIT)):
            kind, identity = struct.unpack_from("<HH", data, position)
            position += 4
            if identity >= 0x8000:
                position = _after_name(data, position)
            values, position = _values(data, kind, position)
            if values:
                yield identity, _text(values[0], kind & 0x0FFF, code_page)
    except struct.error:
        return  # it ends in the middle: what was read so far counts


def _after_name(data: bytes, position: int) -> int:
    """Behind the name of a named property: a GUID, and a number or a text."""
    position += 16
    (kind,) = struct.unpack_from("<I", data, position)
    position += 4
    if kind == 0:
        return position + 4
    (length,) = struct.unpack_from("<I", data, position)
    return position + 4 + _padded(length)


def _values(data: bytes, kind: int, position: int) -> tuple[list[bytes], int]:
    single = kind & ~_MULTIPLE
    count = 1
    variable = single in (_OBJECT, _STRING8, _UNICODE, _BINARY)
    if variable or kind & _MULTIPLE:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    found: list[bytes] = []
    for _ in range(min(count, _VALUE_LIMIT)):
        if variable:
            (length,) = struct.unpack_from("<I", data, position)
            position += 4
            found.append(data[position : position + length])
            position += _padded(length)
        else:
            size = _FIXED_SIZES.get(single)
            if size is None:
                raise struct.error("a type of property that nobody knows")
            position += size
    return found, position


def _text(value: bytes, kind: int, code_page: str) -> bytes | str:
    if kind == _STRING8:
        return decode(value.rstrip(b"\0"), code_page)[0]
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return value


def _padded(length: int) -> int:
    return (length + 3) & ~3
