"""Whom a note names: `@handle`, as people write it in a sentence."""

import re
from typing import Final

MOST_NAMED: Final = 20
"""Of one note; whom it names beyond that is not told."""
_LONGEST_LOOKED_AT: Final = 30_000
# Behind a letter, a digit or a dot an @ belongs to a mail address; a handle ends with a letter or a digit.
_NAMED: Final = re.compile(r"(?<![\w.+@/-])@([^\W_](?:[\w.-]{0,58}[^\W_])?)(?![\w@])")


def named_in(text: str) -> list[str]:
    """Handles that a text names, in lower case, each once, in their order."""
    if "@" not in text:
        return []
    found = (match[1].lower() for match in _NAMED.finditer(text[:_LONGEST_LOOKED_AT]))
    return list(dict.fromkeys(found))[:MOST_NAMED]
