"""The strings that the API takes: without characters that no mail, page or database can carry."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from tickets.domain.staffing.people import zone_problem

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_BREAK = re.compile(r"[\t\r\n]")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}\Z")
_DOMAIN = re.compile(r"[^\s@<>,;:\"()\[\]\\.]{1,63}(?:\.[^\s@<>,;:\"()\[\]\\.]{1,63}){1,20}\Z")
_IN_CHAT = re.compile(r"[A-Z0-9]{2,30}/[A-Z0-9]{2,30}\Z")
_LONGEST_ADDRESS = 254


def unstorable_in(value: str) -> str | None:
    """Why a text can be kept nowhere, whatever it is for; None: it can be."""
    found = _UNSTORABLE.search(value)
    return _named(found[0]) if found else None


def _named(character: str) -> str:
    return f"holds the character U+{ord(character):04X}, which cannot be stored or sent"


def _text(value: str) -> str:
    if found := _CONTROL.search(value):
        raise ValueError(_named(found[0]))
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _line(value: str) -> str:
    if _BREAK.search(value):
        raise ValueError("must be one line")
    return _text(value)


def _zone(value: str) -> str:
    if reason := zone_problem(value):
        raise ValueError(reason)
    return value


def _word(value: str) -> str:
    if any(letter.isspace() for letter in value):
        raise ValueError("must be one word without white space")
    return _text(value)


def _address(value: str) -> str:
    if len(value) > _LONGEST_ADDRESS or not _ADDRESS.match(value) or not value.isprintable():
        raise ValueError("must be a mail address, for example ana@example.com")
    return value.lower()


def _sender(value: str) -> str:
    if "@" in value:
        return _address(value)
    if _IN_CHAT.match(value):
        return value
    value = value.lower().rstrip(".")
    if len(value) > _LONGEST_ADDRESS or not _DOMAIN.match(value):
        raise ValueError(
            "must be a mail address, a domain or somebody in a chat, for example ana@example.com or example.com"
        )
    return value


def _address_or_chat(value: str) -> str:
    return value if _IN_CHAT.match(value) else _address(value)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_line)]
"""One line, not empty."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_line)]
Slug = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(_line)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_word)]
Text = Annotated[str, StringConstraints(max_length=30_000), AfterValidator(_text)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_text)]
"""Why something is done, for the audit log; not blank."""
Address = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_address)]
AddressOrChat = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_address_or_chat)]
"""A mail address, or somebody as a chat names them."""
Sender = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_sender)]
"""A mail address, a domain, or somebody as a chat names them."""
Zone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)]
"""A time zone by its name, such as Europe/Madrid."""
