"""Links between tickets: statements of one transaction, and reads."""

from datetime import datetime
from typing import Any

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.joining.links import MOST_LINKS, Link

_SQL = load_queries("links")


class Links:
    """The statements; both tickets are locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def between(self, number: int, other: int) -> Link | None:
        """The link of two tickets, whichever end it was made from."""
        row = await self._connection.fetchrow(_SQL["between"], number, other)
        return Link(row["ticket_number"], row["to_number"], row["kind"]) if row else None

    async def of(self, number: int) -> list[int]:
        """Tickets with which one has to do."""
        return [row["number"] for row in await self._connection.fetch(_SQL["numbers"], number)]

    async def caused(self, number: int) -> int:
        """How many tickets say that this one is their cause."""
        count: int = await self._connection.fetchval(_SQL["caused"], number)
        return count

    async def add(self, link: Link, at: datetime, actor: str) -> None:
        """Write a link down."""
        await self._connection.execute(_SQL["insert"], link.ticket_number, link.to_number, link.kind, at, actor)

    async def remove(self, link: Link) -> None:
        """Forget the link of two tickets."""
        await self._connection.execute(_SQL["delete"], link.ticket_number, link.to_number)


class LinkReads:
    """What the API shows of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def links(self, number: int) -> list[Any]:
        """Links of a ticket with what the others are like, newest first.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        return await self._database.fetch(_SQL["links"], number, MOST_LINKS)
