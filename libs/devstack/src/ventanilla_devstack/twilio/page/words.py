"""The page's words in Spanish and English."""

import json
from functools import cache
from pathlib import Path

from ventanilla_devstack.slack.page.words import Words
from ventanilla_devstack.slack.page.words import choose as choose_language


@cache
def words_of(language: str) -> Words:
    """The words of a language that we have."""
    table = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
    return Words(language, table[language])


def choose(accept_language: str) -> Words:
    """The words for an `Accept-Language` header; English if it names neither of ours."""
    return words_of(choose_language(accept_language).language)
