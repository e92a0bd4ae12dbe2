"""Enhanced status codes (RFC 3463) and SMTP replies in what a server said."""

import re
from typing import Final

_CODE: Final = r"([245]\.[0-7]\.\d{1,3})(?![\d.]*\d)"
# In this order: a code behind a reply is the server's own; one in brackets or behind a # is qmail's or Exchange's.
_CODES: Final = (
    re.compile(r"(?<![\d.])[245]\d\d[ \-]{1,2}[(#<\[]{0,2}" + _CODE),
    re.compile(r"[(#\[]\s?#?" + _CODE),
)
_BARE_CODE: Final = re.compile(r"(?<![\w.\-/\[])" + _CODE)
_VERSIONED: Final = re.compile(
    r"(?:version|ver\.?|v|release|build|exim|postfix|sendmail|server|exchange|mdaemon|imail|program|agent|qmail|courier|perl)"
    r"[ (/]{1,2}v?\Z",
    re.IGNORECASE,
)
_BARE_CODES_LIMIT: Final = 20
_REPLY: Final = re.compile(
    r"(?:^|[\s:;,'\"(<>#\]\-])([45][0-5]\d)(?=[ \-]{1,2}[(#<\[]{0,2}[245]\.[0-7]\.\d)"
    r"|^[\s.<>*\-=|]{0,12}(?:smtp|error|response)?[\s:;]{0,3}([45][0-5]\d)(?=[ \-:(]\s?\S)"
    r"|(?:said|says|was|is|returned|error|code|response|responded|reply|replied|smtp|reason|status|answer(?:ed)?|with|message|dijo"
    r"|sagte|\]|\)|data|\bto|<<<|>>>|x-\w{1,20})\s?[:;,]?\s{0,3}['\"<(\[]{0,2}([45][0-5]\d)(?=[ \-:]\s?\S)",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"[45][0-5]\d")


def status_in(text: str) -> str | None:
    """The enhanced status that a text names, or None."""
    if "." not in text:
        return None
    for pattern in _CODES:
        found = pattern.search(text)
        if found:
            return found[1]
    for number, bare in enumerate(_BARE_CODE.finditer(text)):
        if number >= _BARE_CODES_LIMIT:
            break
        if not _VERSIONED.search(text[max(0, bare.start() - 12) : bare.start()]):
            return bare[1]
    return None


def better_status(field: str | None, text: str) -> str | None:
    """The status of a field, or the one in the server's words where the field has none or says less.

    `5.0.0` says no more than "failed"; `5.3.0` no more than where. A code of another class is another event's.
    """
    if field is None or field[0] == "2":  # the part that failed is not the part that went well
        return status_in(text) or field
    if not field.endswith(".0"):
        return field
    said = status_in(text)
    if said is None or said.endswith(".0.0"):
        return field
    if field in ("5.0.0", "4.0.0"):
        return _precise(said, text)
    return said if said[0] == field[0] and not said.endswith(".0") else field


def _precise(said: str, text: str) -> str:
    """The status that another server said where the one quoting it says less (IronPort: `5.1.0 - … 550-'5.1.1 …`)."""
    if not said.endswith(".0"):
        return said
    for number, found in enumerate(_BARE_CODE.finditer(text)):
        if number >= _BARE_CODES_LIMIT:
            break
        if found[1].startswith(said[:-1]) and not found[1].endswith(".0"):
            return found[1]
    return said


def reply_at(line: str) -> int:
    """Where an SMTP reply begins in a line; -1: there is none."""
    if not _DIGITS.search(line):
        return -1
    found = _REPLY.search(line)
    return found.start(found.lastindex or 0) if found else -1


def reply_code(text: str) -> str | None:
    """The three digits of the first SMTP reply in a text."""
    place = reply_at(text)
    return text[place : place + 3] if place >= 0 else None
