"""Which solved tickets are worth looking at: by the rarest words of a question, so few that each can be weighed.

A desk with a million tickets has thousands for every usual word. Whoever shares a rare word with the question is looked
at; of the usual ones, whoever shares two or three of them.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

MOST_CANDIDATES: Final = 1_500
_BY_ONE_WORD: Final = 700
_MOST_TOGETHER: Final = 6
"""Usual words that are put together in twos and threes."""
_MOST_POSTINGS: Final = 60_000
"""A word that stands in more tickets than that is not looked up: reading where it stands would take longer."""
_BELONG_TOGETHER: Final = 5.0
"""Words of one question are so much likelier to stand together than by chance."""
_MOST_CONDITIONS: Final = 16


def conditions_of(tickets: Mapping[str, int], total: int) -> list[tuple[str, ...]]:
    """Lexemes that must stand in a solved ticket together, most telling first; any of these conditions is enough.

    Args:
        tickets: lexeme of the question → in how many solved tickets it stands; at least in one.
        total: how many solved tickets there are.
    """
    ordered = sorted(tickets, key=lambda lexeme: (tickets[lexeme], lexeme))
    alone: list[str] = []
    expected = 0.0
    for lexeme in ordered:
        if expected + tickets[lexeme] > _BY_ONE_WORD:
            break
        alone.append(lexeme)
        expected += tickets[lexeme]
    usual = [lexeme for lexeme in ordered[len(alone) :] if tickets[lexeme] <= _MOST_POSTINGS][:_MOST_TOGETHER]
    together: list[tuple[str, ...]] = []
    for size in (2, 3, 4):
        sets = sorted((_expected(group, tickets, total), group) for group in combinations(usual, size))
        for together_expected, group in sets:
            if len(together) >= _MOST_CONDITIONS or expected + together_expected > MOST_CANDIDATES:
                break
            if any(set(one) <= set(group) for one in together):
                continue
            together.append(group)
            expected += together_expected
    if not alone and not together and ordered:
        together = [tuple(usual or ordered[:1])]
    return [(lexeme,) for lexeme in alone] + together


def _expected(group: Sequence[str], tickets: Mapping[str, int], total: int) -> float:
    """So many tickets probably have all of these."""
    least, *others = sorted(tickets[lexeme] for lexeme in group)
    expected = float(least)
    for count in others:
        expected *= min(1.0, _BELONG_TOGETHER * count / max(total, 1))
    return expected
