"""In which language somebody probably writes, and by which words that is judged."""

from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

_SPANISH: Final = frozenset({
    "ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "GT", "CU", "BO", "DO", "HN", "PY", "SV", "NI", "CR", "PA", "UY",
    "GQ",
})  # fmt: skip


@lru_cache(maxsize=4_096)
def spoken_there(address: str) -> str | None:
    """`es` for a number of a country where nearly everybody speaks Spanish; None: it tells nothing, or is none."""
    if not address.startswith("+"):
        return None
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(address))
    except NumberParseException:
        return None
    return "es" if region in _SPANISH else None


def words_said(subject: str, text: str) -> str:
    """What somebody wrote, each word once: the subject of a text is its own beginning, which would count twice."""
    return text if text.startswith(subject.rstrip("…")) else f"{subject}\n{text}"
