"""Which language a page is in."""

import re
from collections.abc import Sequence
from typing import Final

LANGUAGES: Final = ("es", "en")
_RANGE = re.compile(r"\s*([a-zA-Z]{1,8})(?:-[a-zA-Z0-9]{1,8})*\s*(?:;\s*q=(\d(?:\.\d{1,3})?))?\s*\Z")
_MOST_RANGES = 20


def page_language(chosen: str | None, own: str | None, accepted: str, default: str) -> str:
    """The language of a page.

    Args:
        chosen: by the reader, with the switch.
        own: the ticket's.
        accepted: the browser's `Accept-Language`.
    """
    for language in (chosen, own, *_preferred(accepted)):
        if language in LANGUAGES:
            return str(language)
    return default


def _preferred(accepted: str) -> Sequence[str]:
    found = []
    for position, part in enumerate(accepted.split(",")[:_MOST_RANGES]):
        if match := _RANGE.match(part):
            weight = float(match[2] or 1)
            if weight:
                found.append((-weight, position, match[1].lower()))
    return [language for _, _, language in sorted(found)]
