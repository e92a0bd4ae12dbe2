"""The words that say how a check ended (RFC 8601 section 2.7), and the one that a mail with several checks gets."""

from collections.abc import Iterable
from dataclasses import dataclass

PASS, FAIL, SOFTFAIL, NEUTRAL, NONE = "pass", "fail", "softfail", "neutral", "none"
TEMPERROR, PERMERROR = "temperror", "permerror"
WORDS = frozenset({PASS, FAIL, SOFTFAIL, NEUTRAL, NONE, TEMPERROR, PERMERROR})
_STRENGTH = {PASS: 6, TEMPERROR: 5, FAIL: 4, SOFTFAIL: 3, NEUTRAL: 2, PERMERROR: 1, NONE: 0}
"""A pass is proof whatever else is there; a temporary error may still become one; the others prove nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended, with a short reason for people, and the domain that it is about."""

    word: str
    reason: str = ""
    domain: str = ""


def strongest(words: Iterable[str]) -> str | None:
    """The word that counts where a mail has several; None if there is none."""
    return max(words, key=lambda word: _STRENGTH.get(word, -1), default=None)
