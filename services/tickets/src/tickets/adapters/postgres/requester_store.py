"""Who asks in a ticket: statements of one transaction."""

from datetime import datetime
from typing import Any

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.correspondence.requesters import Standing
from tickets.domain.settling.incoming import TicketRow

_SQL = load_queries("requesters")


class Requesters:
    """The statements; the ticket is locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def standing(self, number: int, kind: str, address: str) -> Standing:
        """How somebody stands in a ticket who is to ask in it."""
        row = await self._connection.fetchrow(_SQL["standing"], number, kind, address)
        return Standing(row["copied"], row["role"], row["known_as"])

    async def replace(
        self, number: int, kind: str, address: str, name: str, at: datetime, actor: str, *, drop: bool
    ) -> tuple[datetime, str]:
        """Let somebody ask, and whoever asked stay in copy or leave; gives since when they read, and their name."""
        await self._connection.execute(_SQL["step_back"], number, drop, at)
        row = await self._connection.fetchrow(_SQL["ask"], number, kind, address, at, name, actor)
        return row["added_at"], row["name"]

    async def save(self, ticket: TicketRow) -> None:
        """Write who asks in a locked ticket."""
        await self._connection.execute(
            _SQL["set"], ticket.number, ticket.requester_id, ticket.requester_address, ticket.requester_name,
            ticket.requester_grade, ticket.requester_since, ticket.page_epoch,
        )  # fmt: skip
