"""The page's words in Spanish and English, by what the browser asks for."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str
    table: Mapping[str, str]

    def __call__(self, key: str, **blanks: str | int) -> str:
        """A sentence with its blanks filled."""
        return self.table[key].format(**blanks) if blanks else self.table[key]

    def get(self, key: str) -> str:
        """A sentence, or "" if there is none."""
        return self.table.get(key, "")


@cache
def words_of(language: str) -> Words:
    """The words of a language that we have."""
    table = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
    return Words(language, table[language])


def choose(accept_language: str) -> Words:
    """The words for an `Accept-Language` header; English if it names neither of ours."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:20]:
        match = re.fullmatch(r"\s*([a-zA-Z-]{1,20})\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*", part)
        if match and match[1][:2].lower() in LANGUAGES:
            wanted.append((float(match[2] or 1), match[1][:2].lower()))
    best = max(wanted, key=lambda each: each[0], default=(0.0, "en"))
    return words_of(best[1] if best[0] > 0 else "en")
