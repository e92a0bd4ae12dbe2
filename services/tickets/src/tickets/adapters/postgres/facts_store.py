"""Where the facts come from that the router is told, and how far that has come."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries

_SQL = load_queries("facts")
MOST_COUNTED = 1000
"""A customer with more tickets has `1000`: no rule asks for more, and counting them all would cost."""
Customer = tuple[str, str]
"""(kind of identity, address)."""


class FactsStore:
    """Reads facts. Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customers(self, customers: Sequence[Customer]) -> list[Any]:
        """A row for each of these people, whether or not the desk knows them."""
        kinds, addresses = [kind for kind, _ in customers], [address for _, address in customers]
        return await self._database.fetch(_SQL["customers"], kinds, addresses, MOST_COUNTED)

    async def domains(self, domains: Sequence[str]) -> list[Any]:
        """A row for each domain; without a name where it belongs to no organisation."""
        return await self._database.fetch(_SQL["domains"], list(domains))

    async def all_domains(self, after: str, limit: int) -> list[str]:
        """Domains that belong to an organisation, in order."""
        return [row["domain"] for row in await self._database.fetch(_SQL["all_domains"], after, limit)]

    async def addresses(self, domains: Sequence[str], after: str, limit: int) -> list[str]:
        """Addresses at these domains, in order."""
        rows = await self._database.fetch(_SQL["addresses_of_domains"], list(domains), after, limit)
        return [row["address"] for row in rows]

    async def refresh(self, levels: Levels) -> None:
        """Let calendars and policies be those in force now: what has just changed is told at once."""
        async with self._database.connection() as connection:
            await levels.refresh(connection)

    async def desk(self) -> Any:
        """The words that rules may use."""
        return await self._database.fetchrow(_SQL["desk"])

    async def due(self, limit: int) -> list[Any]:
        """What transactions noted for telling, oldest first."""
        return await self._database.fetch(_SQL["due"], limit)

    async def note_told(self, ids: Sequence[int]) -> None:
        """The router knows these."""
        await self._database.execute(_SQL["told"], list(ids))

    async def newest(self) -> int:
        """The newest place in the history of tickets."""
        return int((await self._database.fetchrow(_SQL["newest"]))["mark"])

    async def beat(self, writer: UUID, mark: int) -> None:
        """A process is alive, and has told everything up to a place."""
        await self._database.execute(_SQL["beat"], writer, mark)

    async def leave(self, writer: UUID) -> None:
        """A process has told everything and ends; or another one has done it in its place."""
        await self._database.execute(_SQL["leave"], writer)

    async def dead_writers(self, silent_seconds: float) -> list[tuple[UUID, int]]:
        """Processes that were not heard of for so long, and up to where they had told everything."""
        rows = await self._database.fetch(_SQL["dead_writers"], silent_seconds)
        return [(row["writer"], row["history_mark"]) for row in rows]

    async def since(self, mark: int, limit: int) -> tuple[list[Customer], int | None]:
        """Customers of what happened after a place, and the last place looked at; None at the end."""
        row = await self._database.fetchrow(_SQL["since"], mark, limit)
        pairs = (entry.partition(" ") for entry in row["customers"] or ())
        return [(kind, address) for kind, _, address in pairs], row["last"]
