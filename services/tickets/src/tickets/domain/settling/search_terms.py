"""The lexemes under which a ticket is found, and the query that finds them.

Words are stemmed for Spanish or English (the document by its language, the query for both) and stripped of accents;
a word with accents is kept under both its stems, so that "facturación", "facturacion" and "facturaciones" all meet.
There are no stop words: whoever searches for "the" gets what contains it. Facets such as `status=open` are lexemes
too, so that one index answers any combination of filters and words; words cannot collide with them, because `=` is
no letter.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import Stemmer

_WORD = re.compile(r"\w+")
_WORD_BYTES = bytes(code if code >= 0x80 or chr(code).isalnum() or code == 0x5F else 0x20 for code in range(256))
_LONGEST_WORD = 40
_MOST_WORDS = 600
_MOST_QUERY_WORDS = 12
_CACHE_LIMIT = 50_000
SLICE_TICKETS = 1024
BLOCK_TICKETS = 32_768
"""Tickets are found newest first: by slices of numbers near the end, and by blocks of slices further down."""

_BY_RARITY = "requester assignee team category tier priority type channel status"

_STEMMERS = {language: Stemmer.Stemmer(name, 0) for language, name in (("es", "spanish"), ("en", "english"))}
_cache: dict[str, dict[bytes, tuple[str, ...]]] = {"es": {}, "en": {}}


def fold(word: str) -> str:
    """Lower case without accents: "Ñandú" → "nandu"."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def stem_of(word: str, language: str) -> str:
    """The one stem of a word without its accents, for comparing texts of people who leave accents out."""
    return str(_STEMMERS["es" if language == "es" else "en"].stemWord(fold(word[:_LONGEST_WORD])))


def words_of(text: str, language: str) -> set[str]:
    """The lexemes of a text in a language; an unknown one counts as English.

    Taken apart as bytes, at what separates words in ASCII: a third of the time that a regular expression takes. What is
    left together around other punctuation is taken apart once for each spelling. Of too many words the first count.
    """
    language = "es" if language == "es" else "en"
    known = _cache[language]
    found: set[str] = set()
    for piece in dict.fromkeys(text.lower().encode("utf-8", "surrogatepass").translate(_WORD_BYTES).split()):
        lexemes = known.get(piece)
        if lexemes is None:
            words = _WORD.findall(piece.decode("utf-8", "surrogatepass"))
            lexemes = tuple({lexeme for word in words for lexeme in _stems(word, language)})
            if len(known) < _CACHE_LIMIT and len(piece) <= _LONGEST_WORD:
                known[piece] = lexemes
        found.update(lexemes)
        if len(found) >= _MOST_WORDS:
            break
    return found


def facets(fields: Mapping[str, str | None]) -> set[str]:
    """Lexemes for exact filters: `{"status": "open"}` → `status=open`. White space in a value becomes `_`."""
    return {f"{name}={'_'.join(value.lower().split())}" for name, value in fields.items() if value}


def place_facets(number: int) -> tuple[str, str]:
    """The lexemes of the slice and of the block that a ticket number lies in."""
    return f"slice={number // SLICE_TICKETS}", f"block={number // BLOCK_TICKETS}"


def conditions_of(text: str, fields: Mapping[str, Sequence[str]]) -> list[str]:
    """`tsquery` texts that must all hold for a ticket to be found; empty if nothing is asked for.

    One for each word and each filter, and not one long text: the index then skips from match to match of the rarest
    instead of weighing every ticket. What is usually rare comes first.

    Args:
        fields: filter → values, any of which may hold.
    """
    words = list(dict.fromkeys(_WORD.findall(text.lower())))[:_MOST_QUERY_WORDS]
    if text.strip() and not words:
        # Without a single letter or digit it asks for nothing that any ticket holds.
        return ["'no=words'"]
    found = []
    for word in words:
        alternatives = sorted(set(_stems(word, "es")) | set(_stems(word, "en")))
        found.append(" | ".join(map(quoted, alternatives)))
    for name in sorted(fields, key=_BY_RARITY.find):
        if values := fields[name]:
            alternatives = sorted(facet for value in values for facet in facets({name: value}))
            found.append(" | ".join(map(quoted, alternatives)))
    return found


def lexeme_query(lexemes: Iterable[str]) -> str:
    """A `tsquery` text that holds where any of these lexemes is."""
    return " | ".join(map(quoted, lexemes))


def quoted(lexeme: str) -> str:
    """A lexeme as `tsquery` and `tsvector` take it, whatever it holds."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def joined(lexemes: Iterable[str]) -> str:
    """Lexemes as one string for the database, which splits it at spaces."""
    return " ".join(lexemes)


def _stems(word: str, language: str) -> tuple[str, ...]:
    word = word[:_LONGEST_WORD]
    stem = _STEMMERS[language].stemWord
    if word.isascii():
        return (stem(word),)
    return tuple({fold(stem(word)), stem(fold(word))} - {""})
