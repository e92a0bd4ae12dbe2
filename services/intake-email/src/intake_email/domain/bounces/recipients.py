"""Addresses in the shapes that bounces write them in."""

import re
from typing import Final

from intake_email.domain.words import clean_line

ADDRESS: Final = (
    r"""(?:"[^"\r\n\\]{1,64}"|[A-Za-z0-9!#$%&*+/=?^_{}~.\-'`\u00c0-\u1fff]{1,128})"""
    r"@(?:[A-Za-z0-9\u00c0-\u1fff][A-Za-z0-9_.\-\u00c0-\u1fff]{0,253}|\[[0-9A-Fa-f:.]{3,45}\])"
)
"""An address as it stands in prose. Chinese and Japanese write without spaces: their letters end it."""
_ADDRESS = re.compile(r"(?<![A-Za-z0-9.+=_\-])" + ADDRESS)
_QUOTED: Final = re.compile(r'"[^"\r\n\\]{1,64}"@')
_INTERNATIONAL = re.compile(r"[^\s<>()\[\]:;,\"@]{1,128}@[^\s<>()\[\]:;,\"@]{1,253}")
_AROUND: Final = "-'`=*."
_NAME_LIMIT_CHARS: Final = 254
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ENCAPSULATED = re.compile(r"IMCEA(?:SMTP|EX)-", re.IGNORECASE)
_DAEMONS: Final = (
    "mailer-daemon", "postmaster", "mailer_daemon", "abuse", "hostmaster", "mail-daemon", "mailerdaemon",
)  # fmt: skip


def address_in(value: str) -> str | None:
    """The first address in a value, bare: without type, brackets, quotes, source route and trailing punctuation."""
    if "@" not in value:
        return None
    value = value[:1_000]
    if "IMCEA" in value.upper():
        value = _decapsulated(value)
    for found in _ADDRESS.finditer(value):
        address = _trimmed(found[0])
        # A source route names relays first, each ending in a comma or a colon: <@relay:user@host>.
        if "@" in address and not address.startswith("@") and _plausible(address):
            return address
    return None


def addresses_in(text: str) -> list[str]:
    """All addresses in a text, in order, each once."""
    if "@" not in text:
        return []
    found = dict.fromkeys(_trimmed(match[0]) for match in _ADDRESS.finditer(text))
    return [address for address in found if _plausible(address)]


def field_address(value: str) -> str | None:
    """The address in the value of a recipient field (`rfc822; <x@y>`), or None where it names a local thing."""
    _, semicolon, rest = value.partition(";")
    value = rest if semicolon and "@" in rest else value
    address = address_in(value)
    if (address is None or not value.isascii()) and not _QUOTED.search(value[:1_000]):
        whole = _INTERNATIONAL.search(value[:1_000])
        address = whole[0] if whole else address
    if address is not None and "+" in address and "@" in (decoded := _XTEXT.sub(_character, address))[1:]:
        # Only `+` and `=` have to be written in hexadecimal (RFC 3461 section 4); a plus of a mailbox stays.
        return decoded if "+2B" in address or "+3D" in address else address
    return address


def bare_name(value: str) -> str:
    """What a recipient field names where that is no address: a login, an alias."""
    _, semicolon, rest = value.partition(";")
    return clean_line((rest if semicolon else value).strip().strip("<>\"'"), _NAME_LIMIT_CHARS)


def is_daemon(address: str) -> bool:
    """Whether this is an address that reports, and not one that fails."""
    return address.partition("@")[0].lower() in _DAEMONS


def _trimmed(address: str) -> str:
    """Without what prose puts around an address. Dots before the @ are some Japanese mailboxes' own."""
    trimmed = address.rstrip(_AROUND).lstrip(_AROUND + "!/")
    return trimmed if not trimmed.startswith("@") else address  # a mailbox masked with asterisks is named as such


def _plausible(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    # File names and Message-IDs of lists are no addresses; neither is a domain of digits only.
    return bool(local) and len(address) <= 254 and not domain.replace(".", "").isdigit()


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))


def _decapsulated(value: str) -> str:
    """An address that Exchange wrapped for another system: IMCEASMTP-user+40example+2Ecom@gateway."""
    begin = _ENCAPSULATED.search(value)
    if begin is None:
        return value
    wrapped = value[begin.end() :].partition("@")[0]
    inner = _XTEXT.sub(_character, wrapped)
    return inner if "@" in inner else value
