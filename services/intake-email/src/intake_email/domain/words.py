"""Making text safe for an event: no NUL, no lone surrogates, no line ends where a line is wanted, no more than fits."""

import re

LINE_LIMIT_CHARS = 998
_UNSAFE_IN_LINE = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+")
_UNSAFE_IN_TEXT = re.compile("[\x00\ud800-\udfff]+")


def clean_line(text: str, limit: int = LINE_LIMIT_CHARS) -> str:
    """One line without control characters, cut to `limit` characters."""
    if not text.isprintable():
        text = _UNSAFE_IN_LINE.sub(" ", text)
    return text.strip()[:limit]


def clean_text(text: str) -> str:
    """Text with line feeds as line ends, without NUL and lone surrogates, and without blank lines at its ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or not _encodable(text):
        text = _UNSAFE_IN_TEXT.sub("", text)
    return text.strip("\n\t ")


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
