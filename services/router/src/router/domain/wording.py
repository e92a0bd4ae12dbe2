"""Finding words and phrases in what people write, whatever their accents, capitals and punctuation.

A text is folded (lower case, no accents) and taken apart into words once; a list of phrases is prepared once. Only
whole words match, so that "outage" is not found in "routages". Linear in the length of the text, whatever the list.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

FOUND_LIMIT = 5
"""So many phrases are reported at most."""
SHORTEST_STEM = 3
_LEARNT_LIMIT = 20_000

_TYPOGRAPHY = str.maketrans("¿¡«»“”‘’–—…µ", '?!""""\'\'--.u')


def _fold_character(character: str) -> str:
    """One character folded: a space for symbols that are no part of words, nothing for what is not seen."""
    lowered = character.translate(_TYPOGRAPHY).lower()
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", lowered).lower())
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    folded = plain if len(plain) == 1 or unicodedata.combining(character) else lowered
    if folded.isascii() or folded.isalnum():
        return folded
    return "" if unicodedata.category(character) in ("Cf", "Mn", "Me") else " "


class _FoldTable(dict[int, str]):
    """Translation table that learns characters as they come, and forgets when somebody sends all of Unicode."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _LEARNT_LIMIT:
            self.clear()
        folded = self[code] = _fold_character(chr(code))
        return folded


def _byte_table(codec: str) -> tuple[str, bytes, bytes]:
    """What folding does to the bytes of an 8-bit code: the arguments of `bytes.translate` after the codec's name."""
    table = bytearray(range(256))
    unseen = bytearray()
    for code in range(256):
        character = bytes((code,)).decode(codec, "ignore")
        folded = _fold_character(character) if character else "?"
        if folded:
            table[code] = folded.encode(codec)[0]
        else:
            unseen.append(code)
    return codec, bytes(table), bytes(unseen)


_FOLDED = _FoldTable()
_CODES = tuple(map(_byte_table, ("latin-1", "cp1252")))
_WORD_BYTES = bytes(code if code >= 0x80 or chr(code).isalnum() or code == 0x5F else 0x20 for code in range(256))


def fold(text: str) -> str:
    """The text in lower case and without accents; quotes and dashes become plain ones, other symbols spaces.

    Western European text, nearly all there is, goes through an 8-bit table (measured: 4 µs for 3,000 characters
    against 60 µs by Unicode decomposition, which the rest takes, with the same result).
    """
    if text.isascii():
        return text.lower()
    for codec, table, unseen in _CODES:
        try:
            return text.encode(codec).translate(table, unseen).decode(codec)
        except UnicodeError:
            continue
    return text.translate(_FOLDED)


class Words:
    """The words of a text.

    Attributes:
        spaced: the text with nothing but spaces between words, at least one before and behind each.
        distinct: the words without their order.
    """

    __slots__ = ("_found", "_padded", "distinct", "spaced")

    def __init__(self, spaced: bytes) -> None:
        self.spaced = spaced
        self._found = spaced.split()
        self._padded = b""
        self.distinct = frozenset(self._found)

    @property
    def padded(self) -> bytes:
        """All words in their order, with one space around each; put together only where a phrase is looked for."""
        if not self._padded:
            self._padded = b" %b " % b" ".join(self._found)
        return self._padded


def words_of(folded: str) -> Words:
    """Take a folded text apart. Everything but letters, digits and underscores separates words."""
    return Words(f" {folded} ".encode("utf-8", "surrogatepass").translate(_WORD_BYTES))


class Phrase(NamedTuple):
    """What one entry of a list looks for: words side by side, the last of which may be only how a word begins."""

    words: tuple[bytes, ...]
    stem: bool

    def found_too(self) -> Iterator["Phrase"]:
        """All phrases that are found in every text in which this one is: itself, and what it has in it."""
        for start in range(len(self.words)):
            for end in range(start, len(self.words)):
                beginning, last = self.words[start:end], self.words[end]
                if end < len(self.words) - 1 or not self.stem:
                    yield Phrase((*beginning, last), False)
                for chars in range(1, len(last) + 1):
                    yield Phrase((*beginning, last[:chars]), True)


@lru_cache(maxsize=_LEARNT_LIMIT)
def phrase_of(entry: str) -> Phrase:
    """An entry of a list taken apart. A trailing ``*`` stands for any ending of the last word."""
    stem = entry.endswith("*")
    return Phrase(tuple(words_of(fold(entry.removesuffix("*"))).padded.split()), stem)


class Phrases:
    """A list of words and phrases to look for. A trailing ``*`` stands for any ending of the last word."""

    def __init__(self, written: Iterable[str]) -> None:
        """Prepare a list.

        Raises:
            ValueError: an entry has no letter or digit, or an asterisk at the wrong place; the text says which.
        """
        self.written = tuple(written)
        self._singles: dict[bytes, str] = {}
        self._by_first: dict[bytes, list[tuple[frozenset[bytes], bytes, str]]] = {}
        self._stems: list[tuple[bytes, str]] = []
        for entry in self.written:
            self._add(entry)
        self._beginnings = frozenset(self._singles) | frozenset(self._by_first)

    def _add(self, entry: str) -> None:
        parts, stem = phrase_of(entry)
        if not parts:
            raise ValueError(f"{entry!r} holds no letter and no digit")
        if "*" in entry.removesuffix("*"):
            raise ValueError(f"{entry!r} has an asterisk that is not at its end")
        if stem and len(parts[-1]) < SHORTEST_STEM:
            raise ValueError(f"{entry!r} would match nearly everything: give at least {SHORTEST_STEM} letters")
        needle = b" " + b" ".join(parts) + (b"" if stem else b" ")
        if len(parts) > 1:
            others = frozenset(parts[1:-1] if stem else parts[1:])
            self._by_first.setdefault(parts[0], []).append((others, needle, entry))
        elif stem:
            self._stems.append((needle, entry))
        else:
            self._singles.setdefault(parts[0], entry)

    def find(self, words: Words) -> list[str]:
        """The entries that occur, as they are written in the list, sorted; at most `FOUND_LIMIT`."""
        distinct = words.distinct
        found: list[str] = []
        for word in distinct & self._beginnings:  # once for both kinds: most texts and lists have nothing in common
            if word in self._singles:
                found.append(self._singles[word])
            for others, needle, entry in self._by_first.get(word, ()):
                # Whether all its words are there costs a tenth of looking for them side by side.
                if others <= distinct and needle in words.padded:
                    found.append(entry)
        if self._stems:
            found += [entry for needle, entry in self._stems if needle in words.spaced]
        return sorted(set(found))[:FOUND_LIMIT] if len(found) > 1 else found
