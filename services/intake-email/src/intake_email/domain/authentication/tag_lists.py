"""Lists of `tag=value;` pairs, the syntax that DKIM, ARC and DMARC share (RFC 6376 section 3.2)."""

import re

TAG_LIMIT = 100
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
_WITHOUT_BLANKS = str.maketrans("", "", " \t\r\n")


def read_tags(text: str) -> dict[str, str] | None:
    """The tags of a list; None where it breaks the syntax, repeats a tag, or has too many."""
    found: dict[str, str] = {}
    pieces = text.split(";", TAG_LIMIT)
    if len(pieces) > TAG_LIMIT:
        return None
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip()
        if not name and not equals and not value:
            # A semicolon at the end, or one too many: senders write both.
            continue
        if not equals or not _TAG_NAME.match(name) or name in found:
            return None
        found[name] = value.strip()
    return found


def compact(value: str) -> str:
    """A value without the blanks and line ends that folding brought in."""
    return value.translate(_WITHOUT_BLANKS)


def without_signature(content: bytes) -> bytes:
    """A signature field with the value of its `b=` tag taken out, as its own signature covers it."""
    name, colon, value = content.partition(b":")
    pieces = value.split(b";")
    for index, piece in enumerate(pieces):
        tag, equals, _ = piece.partition(b"=")
        if equals and tag.strip() == b"b":
            pieces[index] = tag + equals
            break
    return name + colon + b";".join(pieces)
