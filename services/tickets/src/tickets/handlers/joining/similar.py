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
    weights, tickets = _weights(question, statistic, unknown, guesses)
    if not weights:
        return []
    numbers = await store.candidates(number, conditions_of(tickets, statistic.total), weights, _MOST_WEIGHED)
    rows = {row["number"]: row for row in await store.solved(numbers)}
    best = ranked(weights, _circumstances(row), map(_solved, rows.values()), statistic.usual_words, limit)
    return [Found(rows[one.number], one) for one in best]


def _weights(
    question: Question, statistic: Statistic, unknown: list[str], guesses: Statistic | None
) -> tuple[dict[str, float], dict[str, int]]:
    """Lexeme → how much it counts, and in how many solved tickets it stands."""
    total, tickets = statistic.total, dict(statistic.tickets)
    weights = {
        lexeme: weight * rarity(tickets[lexeme], total)
        for lexeme, weight in question.weights.items()
        if lexeme in tickets
    }
    for lexeme in question.also:
        if lexeme in tickets:
            weights.setdefault(lexeme, COUNTS * rarity(tickets[lexeme], total))
    for word in unknown if guesses else ():
        assert guesses is not None
        meant = meanings(word, guesses.tickets)
        for lexeme in meant:
            tickets[lexeme] = guesses.tickets[lexeme]
            guess = COUNTS * question.weights[word] * rarity(tickets[lexeme], total) / len(meant)
            weights.setdefault(lexeme, guess)
    return weights, tickets


def _circumstances(row: Mapping[str, Any]) -> Circumstances:
    return Circumstances(row["language"], row["category"], row["team"], row["organisation"])


def _solved(row: Mapping[str, Any]) -> Solved:
    places = (frozenset(row[name]) for name in ("in_subject", "in_text", "in_answer"))
    return Solved(row["number"], Document(*places), _circumstances(row))
