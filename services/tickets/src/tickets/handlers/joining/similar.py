"""Solved tickets that are like a ticket: looked up by the rarest words, put in order by all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tickets.adapters.postgres.solution_store import SolutionStore, Statistic
from tickets.domain.similar.choosing import conditions_of
from tickets.domain.similar.near import COUNTS, guessable, meanings, slips_of
from tickets.domain.similar.ranking import Circumstances, Similar, Solved, ranked, rarity
from tickets.domain.similar.words import Document, Question, question_of
from tickets.errors import NotFound

_MOST_WEIGHED: Final = 60
_MOST_UNMET: Final = 6
"""Words that no solved ticket has, of those that count against one that has the others: long letters have many."""


@dataclass(frozen=True, slots=True)
class Found:
    """A solved ticket, and why it is shown."""

    row: Mapping[str, Any]
    similar: Similar


async def similar_to(number: int, limit: int, store: SolutionStore) -> list[Found]:
    """The solved tickets that are most like one, best first; none where nothing is like it.

    Raises:
        NotFound: there is no such ticket.
        DatabaseAway: Postgres does not answer.
    """
    row = await store.question(number)
    if row is None:
        raise NotFound(f"there is no ticket {number}")
    question = question_of(row["subject"], row["text"] or "", row["language"])
    statistic = await store.statistic([*question.weights, *question.also])
    unknown = guessable(lexeme for lexeme in question.weights if lexeme not in statistic.tickets)
    guesses = await store.statistic(sorted({slip for word in unknown for slip in slips_of(word)})) if unknown else None
    weights, tickets, guessed = _weights(question, statistic, unknown, guesses)
    if not weights:
        return []
    numbers = await store.candidates(number, conditions_of(tickets, statistic.total), weights, _MOST_WEIGHED)
    rows = {row["number"]: row for row in await store.solved(numbers)}
    solved = map(_solved, rows.values())
    unmet = _unmet(question, statistic, guessed)
    best = ranked(
        weights, _circumstances(row), solved, statistic.usual_words, limit, unmet=unmet, total=statistic.total
    )
    return [Found(rows[one.number], one) for one in best]


def _weights(
    question: Question, statistic: Statistic, unknown: list[str], guesses: Statistic | None
) -> tuple[dict[str, float], dict[str, int], set[str]]:
    """Lexeme → how much it counts, and in how many solved tickets it stands; and whose meaning was guessed."""
    total, tickets = statistic.total, dict(statistic.tickets)
    weights = {
        lexeme: weight * rarity(tickets[lexeme], total)
        for lexeme, weight in question.weights.items()
        if lexeme in tickets
    }
    for lexeme in question.also:
        if lexeme in tickets:
            weights.setdefault(lexeme, COUNTS * rarity(tickets[lexeme], total))
    guessed = set()
    for word in unknown if guesses else ():
        assert guesses is not None
        meant = meanings(word, guesses.tickets)
        if meant:
            guessed.add(word)
        for lexeme in meant:
            tickets[lexeme] = guesses.tickets[lexeme]
            guess = COUNTS * question.weights[word] * rarity(tickets[lexeme], total) / len(meant)
            weights.setdefault(lexeme, guess)
    return weights, tickets, guessed


def _unmet(question: Question, statistic: Statistic, guessed: set[str]) -> float:
    """How much of a question stands in no solved ticket."""
    met = statistic.tickets.keys() | guessed
    # "one drive" met "onedrive"; whose ending may be another, as each language has its own.
    joined = [lexeme for lexeme in question.also if lexeme in statistic.tickets]
    missing = sorted(
        (
            weight
            for lexeme, weight in question.weights.items()
            if lexeme not in met and not any(_without_ending(lexeme) in other for other in joined)
        ),
        reverse=True,
    )
    return sum(missing[:_MOST_UNMET]) * rarity(1, statistic.total)


def _without_ending(lexeme: str) -> str:
    return lexeme[: max(4, len(lexeme) - 2)]


def _circumstances(row: Mapping[str, Any]) -> Circumstances:
    return Circumstances(row["language"], row["category"], row["team"], row["organisation"])


def _solved(row: Mapping[str, Any]) -> Solved:
    places = (frozenset(row[name]) for name in ("in_subject", "in_text", "in_answer"))
    return Solved(row["number"], Document(*places), _circumstances(row))
