"""What a mistyped word may have meant: known words that are one slip of the finger away."""

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Final

MOST_GUESSED: Final = 8
"""Unknown words of a question for which known ones are looked for."""
_SHORTEST: Final = 4
_LONGEST: Final = 16
_MOST_MEANINGS: Final = 2
COUNTS: Final = 0.7
"""How much a guess counts of what the word itself would."""


def guessable(words: Iterable[str]) -> list[str]:
    """Words for which it makes sense to guess: neither short, nor very long, nor numbers."""
    return [word for word in words if _SHORTEST <= len(word) <= _LONGEST and word.isascii() and word.isalpha()][
        :MOST_GUESSED
    ]


def slips_of(word: str) -> set[str]:
    """Every word from which this one comes by a letter that is missing, too many, wrong, or in the wrong order."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in parts if right}
    turned = {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in parts if right for letter in ascii_lowercase}
    more = {left + letter + right for left, right in parts for letter in ascii_lowercase}
    return (fewer | turned | other | more) - {word}


def meanings(word: str, known: Mapping[str, int]) -> Sequence[str]:
    """The known words that it may be, the most usual first.

    Args:
        known: lexeme → in how many tickets it stands.
    """
    # People slip inside a word rather than at its beginning.
    found = sorted(slips_of(word) & known.keys(), key=lambda one: (one[0] != word[0], -known[one], one))
    return found[:_MOST_MEANINGS]
