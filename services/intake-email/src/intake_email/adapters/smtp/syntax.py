"""The syntax of MAIL and RCPT (RFC 5321 section 4.1.2, RFC 1870, 6152, 6531), plain cases quickly.

Whatever is no plain address is left to aiosmtpd's parser, which knows the whole grammar and takes a hundred
times longer.
"""

import re
from dataclasses import dataclass

ADDRESS_LIMIT_CHARS = 320
_PLAIN_ADDRESS = re.compile(r"[\w.!#$%&*+/=?^{|}~'`-]{1,64}@[A-Za-z0-9.-]{1,255}\Z", re.ASCII)
_PATH = re.compile(r"(FROM|TO):[ \t]*<([^<>]*)>(?:[ \t]+(.*))?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What a MAIL command announces. Size 0: nothing."""

    size_bytes: int = 0
    utf8: bool = False


def read_path(argument: str, keyword: str) -> tuple[str, str] | None:
    """Address and parameters of `FROM:<…> …` or `TO:<…> …`; None if the argument has another form."""
    found = _PATH.match(argument)
    if found is None or found[1].upper() != keyword:
        return None
    return found[2].strip(), found[3] or ""


def is_plain_address(text: str) -> bool:
    """Whether the text is an address of the kind that nearly all are: ASCII, dot-atom, with a domain name."""
    return _PLAIN_ADDRESS.match(text) is not None and ".." not in text


def is_possible_address(text: str) -> bool:
    """Whether it is worth parsing: not endless, valid UTF-8, no NUL."""
    if len(text) > ADDRESS_LIMIT_CHARS or "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def ehlo_reply(hostname: str, size_bytes: int, *, starttls: bool) -> bytes:
    """The answer to EHLO, without its last line end."""
    offers = ["PIPELINING", f"SIZE {size_bytes}", "8BITMIME", "SMTPUTF8", *(["STARTTLS"] if starttls else ())]
    lines = [f"250-{line}" for line in (hostname, *offers)]
    return "\r\n".join([*lines, "250 ENHANCEDSTATUSCODES"]).encode()


def read_mail_parameters(text: str) -> MailParameters | None:
    """The parameters of MAIL; None if there is one that is not known, or is malformed."""
    size_bytes, utf8 = 0, False
    for parameter in text.upper().split():
        name, _, value = parameter.partition("=")
        if name == "SIZE" and value.isascii() and value.isdigit() and len(value) <= 20:
            size_bytes = int(value)
        elif parameter == "SMTPUTF8":
            utf8 = True
        elif not (name == "BODY" and value in ("7BIT", "8BITMIME")):
            return None
    return MailParameters(size_bytes, utf8)
