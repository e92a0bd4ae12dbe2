"""Addresses that stand for nobody, in words: who calls or texts without showing a number is known by the call alone.

The intake of telephones names such a person by what stood in the number's place and the provider's id of the call or
text (`withheld/CA…`): unique, so that two of them are never held to be one, and nothing for people to read.
"""

import re
from collections.abc import Mapping
from typing import Final

_NUMBERLESS: Final = re.compile(r"(withheld|short_code|name|client|sip|malformed)/[A-Za-z0-9-]+")
_OTHERS: Final = ("sin número de teléfono", "no telephone number")
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "withheld": ("número oculto", "withheld number"),
    "short_code": ("un número corto", "a short number"),
    "malformed": ("número desconocido", "unknown number"),
}


def shows_nobody(address: str) -> bool:
    """Whether an address is one of ours for somebody who showed no number: nobody recognises or uses it."""
    return _NUMBERLESS.fullmatch(address) is not None


def readable_address(address: str, language: str) -> str:
    """An address for people: words where it is one of ours for somebody who showed no number, else as it is."""
    found = _NUMBERLESS.fullmatch(address)
    return _WORDS.get(found[1], _OTHERS)[0 if language == "es" else 1] if found else address
