"""Puts solved tickets in order: by the words that they share with a question, the rarer the more, and their origin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Final

from tickets.domain.similar.words import Document

FEWEST_SHARED: Final = 0.12
"""Of what a question says: whoever shares less is not like it, and nobody is shown it."""
_FEWEST_AT_FIRST: Final = 0.30
"""The same on a desk that has solved next to nothing: it cannot tell yet which words every letter has."""
_ENOUGH_ALONE: Final = 0.5
"""Likewise, if one word is all that somebody shares with a question: then it hardly asks for more."""
_MANY: Final = 100
"""Solved tickets by which a desk can tell."""
_BESIDE_THE_BEST: Final = 0.15
"""Of the best one's score: whoever has less is not shown beside it."""
_IN_BOTH, _IN_SUBJECT, _IN_TEXT, _IN_ANSWER = 1.25, 1.15, 1.0, 0.6
_SAME_LANGUAGE, _SAME_CATEGORY, _SAME_TEAM, _SAME_ORGANISATION = 0.10, 0.10, 0.04, 0.05
_BY_LENGTH: Final = 0.3
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a ticket comes from and where it went; None: not known."""

    language: str
    category: str
    team: str
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Solved:
    """A solved ticket that may be like the question."""

    number: int
    document: Document
    circumstances: Circumstances


@dataclass(frozen=True, slots=True)
class Similar:
    """A solved ticket that is.

    Attributes:
        score: how much; comparable within one answer only.
        shared: how much of what the question says the ticket says too, 0 to 1.
        words: lexemes that they share, the most telling first.
    """

    number: int
    score: float
    shared: float
    words: tuple[str, ...]


def rarity(tickets: int, total: int) -> float:
    """How much a lexeme says that stands in so many of all solved tickets."""
    return log1p((max(total, tickets) - tickets + 0.5) / (tickets + 0.5))


def ranked(
    weights: Mapping[str, float],
    asked: Circumstances,
    candidates: Iterable[Solved],
    usual_words: float,
    limit: int,
    *,
    unmet: float = 0.0,
    total: int = _MANY,
) -> list[Similar]:
    """The solved tickets that are most like a question, best first; fewer than wanted where no others are.

    Args:
        weights: lexeme of the question → how much it counts, its rarity included.
        usual_words: how many lexemes the customers of solved tickets use.
        unmet: how much of the question stands in no solved ticket, in the same measure. The fewer a desk has solved
            the more it counts: later it is but other words for the same.
        total: how many tickets the desk has solved.
    """
    doubt = max(0.0, 1.0 - total / _MANY)
    everything = sum(weights.values()) + doubt * unmet
    if not everything:
        return []
    fewest = FEWEST_SHARED + doubt * (_FEWEST_AT_FIRST - FEWEST_SHARED)
    alone = FEWEST_SHARED + doubt * (_ENOUGH_ALONE - FEWEST_SHARED)
    found = []
    for one in candidates:
        document = one.document
        shared = weights.keys() & document.everything
        places = {lexeme: _place(lexeme, document) for lexeme in shared}
        points = sum(weights[lexeme] * place for lexeme, place in places.items())
        said = sum(weights[lexeme] * min(place, 1.0) for lexeme, place in places.items()) / everything
        if said < (alone if len(shared) == 1 else fewest):
            continue
        length = 1 - _BY_LENGTH + _BY_LENGTH * len(document.asked) / max(usual_words, 1.0)
        score = points / length * (1 + _kinship(asked, one.circumstances))
        words = sorted(shared, key=lambda lexeme: (-weights[lexeme], lexeme))[:_MOST_NAMED]
        found.append(Similar(one.number, score, said, tuple(words)))
    found.sort(key=lambda one: (-one.score, -one.number))
    return [one for one in found[:limit] if one.score >= _BESIDE_THE_BEST * found[0].score]


def _place(lexeme: str, document: Document) -> float:
    if lexeme in document.subject:
        return _IN_BOTH if lexeme in document.text else _IN_SUBJECT
    return _IN_TEXT if lexeme in document.text else _IN_ANSWER


def _kinship(asked: Circumstances, other: Circumstances) -> float:
    pairs: Sequence[tuple[bool, float]] = (
        (asked.language == other.language, _SAME_LANGUAGE),
        (asked.category == other.category, _SAME_CATEGORY),
        (asked.team == other.team, _SAME_TEAM),
        (asked.organisation is not None and asked.organisation == other.organisation, _SAME_ORGANISATION),
    )
    return sum(worth for same, worth in pairs if same)
