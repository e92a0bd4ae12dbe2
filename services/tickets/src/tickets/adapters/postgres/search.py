"""Finds tickets, newest first, by words and filters: in milliseconds whatever their number.

Ways, from the cheapest: the newest few hundred, weighed one by one; then slice by slice of 1024 numbers through the
index; then block by block of 65,536. Each way ends when enough are found. Frequent words end in the first, rare ones
cost next to nothing in the last, because the index skips from match to match of the rarest condition.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.domain.search_terms import conditions_of


class TicketSearch:
    """Answers lists of tickets."""

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
        where = " and ".join(f"terms @@ ${place}::tsquery" for place in range(3, 3 + len(conditions)))
        query = f"select number from ticket_search where number < $1 and {where} order by number desc limit $2"  # noqa: S608  # only numbers of parameters vary
        rows = await self._database.fetch(query, before, limit, *conditions)
        return await self._reads.tickets([row["number"] for row in rows])
