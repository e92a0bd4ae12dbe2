"""Solved tickets and the words in which they were asked for: learned by one worker at a time, read by everybody."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.locks import LEARNING
from tickets.adapters.postgres.planned import planned
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.search_terms import quoted
from tickets.domain.similar.choosing import MOST_CANDIDATES
from tickets.domain.similar.words import Document

_SQL = load_queries("solutions")
_MOST_WEIGHED: Final = 20
"""Lexemes by which candidates are weighed at first, the heaviest."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """In how many solved tickets lexemes stand.

    Attributes:
        tickets: lexeme → in how many; those that stand in none are not in it.
        total: how many solved tickets there are.
        usual_words: how many lexemes their customers use.
    """

    tickets: Mapping[str, int]
    total: int
    usual_words: float


class SolutionStore:
    """Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def learning(self) -> AsyncIterator["Learning | None"]:
        """A transaction in which nobody else learns; None: somebody else does."""
        async with self._database.transaction() as connection:
            leads = await connection.fetchval(_SQL["lead"], LEARNING)
            yield Learning(connection) if leads else None

    async def question(self, number: int) -> Any:
        """What a ticket asks, or None."""
        return await self._database.fetchrow(_SQL["question"], number)

    async def statistic(self, lexemes: Sequence[str]) -> Statistic:
        """What is known of these lexemes."""
        rows = await self._database.fetch(_SQL["words"], list(lexemes))
        total, words = rows[0]["total"], rows[0]["total_words"]
        tickets = {row["lexeme"]: row["tickets"] for row in rows if row["lexeme"] is not None}
        return Statistic(tickets, total, words / total if total else 0.0)

    async def candidates(
        self, number: int, conditions: Sequence[Sequence[str]], weights: Mapping[str, float], limit: int
    ) -> list[int]:
        """Numbers of solved tickets that may be like a question, the likeliest first.

        Args:
            number: of the ticket that asks, which is not like itself.
            conditions: lexemes that stand in a ticket together; any of these is enough.
        """
        queries = [" & ".join(map(quoted, condition)) for condition in conditions]
        heaviest = sorted(weights, key=lambda lexeme: (-weights[lexeme], lexeme))[:_MOST_WEIGHED]
        weighed = [value for lexeme in heaviest for value in (quoted(lexeme), weights[lexeme])]
        query = _weighing(len(heaviest))
        async with planned(self._database) as connection:
            rows = await connection.fetch(query, queries, MOST_CANDIDATES, number, limit, *weighed)
        return [row["number"] for row in rows]

    async def solved(self, numbers: Sequence[int]) -> list[Any]:
        """What is shown of these, and their lexemes."""
        return await self._database.fetch(_SQL["solved"], list(numbers)) if numbers else []


class Learning:
    """The statements of such a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def take(self, limit: int) -> list[Any]:
        """Tickets to be read; without a resolution they are no solutions any more."""
        taken = await self._connection.fetch(_SQL["take"], limit)
        rows: list[Any] = await self._connection.fetch(_SQL["read"], [row["ticket_number"] for row in taken])
        return rows

    async def known(self, numbers: Sequence[int]) -> dict[int, tuple[frozenset[str], int]]:
        """Ticket → its lexemes and how many its customer used, as they were learned before."""
        rows = await self._connection.fetch(_SQL["known"], list(numbers))
        return {row["ticket_number"]: (frozenset(row["lexemes"]), row["words"]) for row in rows}

    async def learn(
        self, read: Mapping[int, Document | None], tickets: int, words: int, changes: Mapping[str, int]
    ) -> None:
        """Keep what was read.

        Args:
            read: ticket → its lexemes; None: it is no solution any more.
            tickets, words: how many more solutions, and lexemes of customers, there are.
            changes: lexeme → in how many more (or less) solutions it stands.
        """
        gone = [number for number, document in read.items() if document is None]
        kept = {number: document for number, document in read.items() if document is not None}
        terms = [as_tsvector(document) for document in kept.values()]
        sizes = [len(document.asked) for document in kept.values()]
        ordered = sorted((lexeme, change) for lexeme, change in changes.items() if change)
        await self._connection.execute(
            _SQL["learn"], gone, list(kept), terms, sizes, tickets, words,
            [lexeme for lexeme, _ in ordered], [change for _, change in ordered],
        )  # fmt: skip


def as_tsvector(document: Document) -> str:
    """A document as Postgres reads it; where a lexeme stands is its weight."""
    places: dict[str, list[str]] = {}
    for position, (weight, lexemes) in enumerate(
        (("A", document.subject), ("B", document.text), ("C", document.answer)), 1
    ):
        for lexeme in lexemes:
            places.setdefault(lexeme, []).append(f"{position}{weight}")
    return " ".join(f"{quoted(lexeme)}:{','.join(listed)}" for lexeme, listed in places.items())


@cache
def _weighing(lexemes: int) -> str:
    places = range(5, 5 + 2 * lexemes, 2)
    points = " + ".join(
        f"case when terms @@ ${place}::tsquery then ${place + 1}::float8 else 0 end" for place in places
    )
    return _SQL["candidates"].replace("{points}", points or "0.0")
