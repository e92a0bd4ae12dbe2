"""What is read and moved when messages become a ticket of their own: statements of one transaction."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.joining.splitting import Leaver

_SQL = load_queries("splitting")
_MERGING = load_queries("merging")
_FIELDS = tuple(field.name for field in fields(Leaver))


class Splitting:
    """The statements; the ticket is locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def messages(self, number: int, ids: Sequence[UUID]) -> list[Leaver]:
        """Those of these messages that are the ticket's, in their order."""
        rows = await self._connection.fetch(_SQL["messages"], number, list(ids))
        return [Leaver(**{name: row[name] for name in _FIELDS}) for row in rows]

    async def left_behind(self, number: int, ids: Sequence[UUID]) -> int:
        """How many messages of customers a ticket has besides these."""
        count: int = await self._connection.fetchval(_SQL["left_behind"], number, list(ids))
        return count

    async def move(self, number: int, to: int, ids: Sequence[UUID]) -> None:
        """Let messages be another ticket's, with what leads to them; the ledger follows."""
        await self._connection.execute(_SQL["move"], number, to, list(ids))
        await self._connection.execute(_SQL["lead"], number, to, list(ids))
        await self._connection.execute(_MERGING["settled_there"], to, list(ids))
