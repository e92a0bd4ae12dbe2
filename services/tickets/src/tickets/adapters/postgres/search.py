"""Finds tickets, newest first, by words and filters: in milliseconds whatever their number.

No single plan does that. Sorting all matches of a frequent word takes long, and so does reading tickets one by one
until fifty match a rare filter. So the search goes down from the newest and stops when it has enough: a few hundred
tickets one by one; then slices of numbers through the index, ever more of them at a time; then block by block.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.locks import TIDYING
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.search_terms import BLOCK_TICKETS, SLICE_TICKETS, conditions_of, lexeme_query
from tickets.errors import DatabaseAway

log = structlog.get_logger()

_SQL = load_queries("search")
_WINDOW_TICKETS = 300
_BEYOND_ALL = 2**63 - 1
_TIDY_SECONDS = 5.0
_SLICES_A_BLOCK = BLOCK_TICKETS // SLICE_TICKETS

SESSION = {
    # The plans here are chosen by hand, and looking for another each time costs more than running them.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    # A bitmap of rows is read ahead and in pieces of many pages; row by row, a cold disk is waited for each time.
    "enable_indexscan": "off",
    "statement_timeout": "10000",
    "default_transaction_read_only": "on",
}
"""Settings of the sessions in which this search runs."""


class TicketSearch:
    """Answers lists of tickets, over connections of its own that have the settings `SESSION`."""

    def __init__(self, database: Database, reads: DeskReads) -> None:
        self._database = database
        self._reads = reads

    async def find(self, text: str, filters: Mapping[str, Sequence[str]], before: int, limit: int) -> list[Any]:
        """Rows of the newest tickets below a number that match all words and all filters.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        conditions = conditions_of(text, filters)
        if not conditions:
            return await self._reads.newest(before, limit)
        top = await self._reads.newest_number(before)
        async with self._database.connection() as connection:
            numbers = await _Descent(connection, conditions, top + 1, limit).run()
            rows: list[Any] = await connection.fetch(_SQL["tickets"], numbers) if numbers else []
        return rows

    async def numbers(self, text: str, filters: Mapping[str, Sequence[str]], limit: int) -> list[int]:
        """Numbers of the newest tickets that match all words and all filters, newest first; some are asked for.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        top = await self._reads.newest_number(_BEYOND_ALL)
        async with self._database.connection() as connection:
            return await _Descent(connection, conditions_of(text, filters), top + 1, limit).run()


async def tidy_search(database: Database) -> None:
    """Keep the search fast while mail comes in, for ever; one replica at a time does it."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        try:
            await database.execute(_SQL["tidy"], TIDYING)
        except DatabaseAway as error:
            log.warning("search.untidied", error=error)


class _Descent:
    """One search on its way down. `found` holds every match from where the search began to where it is."""

    def __init__(self, connection: Any, conditions: Sequence[str], before: int, limit: int) -> None:
        self._connection = connection
        self._conditions = conditions
        self._before = before
        self._floor = before
        self._limit = limit
        self._found: set[int] = set()

    async def run(self) -> list[int]:
        """The newest matches, newest first, as many as wanted."""
        query = _query("window", len(self._conditions))
        self._floor = max(self._floor - _WINDOW_TICKETS, 1)
        row = await self._connection.fetchrow(query, self._floor, self._before, 0, *self._conditions)
        self._found.update(row["found"] or ())
        # The index works from the first condition to the last: the rarest first saves reading the others.
        rarest = sorted(zip(row["hits"], range(len(self._conditions)), self._conditions, strict=True))
        self._conditions = [condition for _, _, condition in rarest]
        if self._floor > 1 and len(self._found) < self._limit:
            await self._go_down(list(_steps(self._floor)))
        return sorted(self._found, reverse=True)[: self._limit]

    async def _go_down(self, steps: Sequence[range]) -> None:
        """Add the matches of some ranges of slices, from the first on, until there are enough."""
        while steps:
            wanted = self._limit - len(self._found)
            rows = await self._matches(steps, wanted)
            if len(rows) < wanted:
                self._add(rows)
                return
            last = rows[-1]["ordinal"]
            self._add([row for row in rows if row["ordinal"] < last])
            if len(self._found) >= self._limit:
                return
            broken_off, steps = steps[last - 1], steps[last:]
            if len(broken_off) == 1:
                self._add(await self._matches([broken_off], SLICE_TICKETS))
            else:
                await self._go_down(list(_growing(broken_off)))
            if len(self._found) >= self._limit:
                return

    async def _matches(self, steps: Sequence[range], most: int) -> list[Any]:
        places = [_place(slices) for slices in steps]
        rows: list[Any] = await self._connection.fetch(
            _query("places", len(self._conditions)), places, self._floor, most, *self._conditions
        )
        return rows

    def _add(self, rows: Sequence[Any]) -> None:
        self._found.update(row["number"] for row in rows)


def _steps(floor: int) -> Iterator[range]:
    """Ranges of slices from the one below `floor` down to the oldest: to the end of a block, then block by block."""
    top = (floor - 1) // SLICE_TICKETS
    block = top // _SLICES_A_BLOCK
    yield from _growing(range(block * _SLICES_A_BLOCK, top + 1))
    for first in range((block - 1) * _SLICES_A_BLOCK, -1, -_SLICES_A_BLOCK):
        yield range(first, first + _SLICES_A_BLOCK)


def _growing(slices: range) -> Iterator[range]:
    """The parts of a range from the top down, each twice as long as the one before."""
    top, size = slices.stop, 1
    while top > slices.start:
        bottom = max(top - size, slices.start)
        yield range(bottom, top)
        top, size = bottom, size * 2


def _place(slices: range) -> str:
    """A condition that holds for the tickets of some slices."""
    if len(slices) == _SLICES_A_BLOCK:
        return lexeme_query([f"block={slices.start // _SLICES_A_BLOCK}"])
    return lexeme_query(f"slice={index}" for index in slices)


@cache
def _query(name: str, conditions: int) -> str:
    numbered = " and ".join(f"terms @@ ${place}::tsquery" for place in range(4, 4 + conditions))
    hits = ", ".join(f"count(*) filter (where terms @@ ${place}::tsquery)" for place in range(4, 4 + conditions))
    return _SQL[name].replace("{conditions}", numbered).replace("{hits}", hits)
