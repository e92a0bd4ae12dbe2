"""Sequences that a stream has given out twice, as the ledger shows them."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.incoming import Incoming

_SQL = load_queries("collisions")


class CollisionStore:
    """Finds messages that the ledger has no place for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def among(self, messages: Sequence[Incoming]) -> set[int]:
        """Positions among these messages of those whose place in a stream another message has in the ledger."""
        columns = [(*astuple(m.accepted), *astuple(m.intake), m.event_id) for m in messages]
        rows = await self._database.fetch(_SQL["collided"], *map(list, zip(*columns, strict=True)))
        return {row["position"] for row in rows}

    async def given_before(self, stream: str, created_at: str, first: int, restored_at: datetime) -> list[int]:
        """Sequences of a stream from `first` on that the ledger had as settled before the stream was restored.

        Args:
            stream, created_at: the identity that the stream has kept.
            first: the first message that was stored after the restore.
        """
        rows = await self._database.fetch(_SQL["given_before"], stream, created_at, first, restored_at)
        return [row["sequence"] for row in rows]
