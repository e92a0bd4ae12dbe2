"""What somebody said, matched with what was offered: accents, capitals and punctuation do not count.

Twilio writes what it heard as people do: `Facturación, por favor.` A synonym matches where its words stand in that
order, whole. The digits' own names count as their keys.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

HEARD_CHARS: Final = 500
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=4_096)
def folded(text: str) -> str:
    """Words in lower case without accents, one space between them."""
    bare = "".join(
        char for char in unicodedata.normalize("NFD", text[:HEARD_CHARS].casefold()) if not unicodedata.combining(char)
    )
    return " ".join(_BETWEEN_WORDS.sub(" ", bare).split())


def best_match(said: str, offered: Mapping[str, Iterable[str]]) -> str | None:
    """The key of `offered` one of whose phrases was said; None if none was, or phrases of two.

    A phrase inside a longer one that was said too does not count: `no funciona` is not `funciona`.

    Args:
        offered: what a phrase stands for → phrases.
    """
    heard = f" {folded(said)} "
    spans: list[tuple[int, int, str]] = []
    for key, phrases in offered.items():
        for phrase in map(folded, phrases):
            begin = heard.find(f" {phrase} ") if phrase else -1
            while begin >= 0:
                spans.append((begin, begin + len(phrase), key))
                begin = heard.find(f" {phrase} ", begin + 1)
    keys = {key for begin, end, key in spans if not any(_inside(begin, end, other) for other in spans)}
    return keys.pop() if len(keys) == 1 else None


def key_names(words: Mapping[str, str], key: str) -> tuple[str, ...]:
    """What may be said for a key in a language: its digit, and the digit's name."""
    name = words.get(f"digit.{key}", "")
    return (key, folded(name)) if name else ()


def _inside(begin: int, end: int, other: tuple[int, int, str]) -> bool:
    return other[0] <= begin and end <= other[1] and other[1] - other[0] > end - begin
