"""What the database knows about originals and files: who still needs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries

_SQL = load_queries("archive")


@dataclass(frozen=True, slots=True)
class End:
    """How an acceptance ended; `needed`: a message, or one in quarantine, that came of it is still there."""

    outcome: str
    event_id: str
    needed: bool


class ArchiveStore:
    """Answers the archiver and the collector."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ends(self, epoch: int, sequences: Sequence[int]) -> dict[int, End]:
        """Sequence in ACCEPTED → how that acceptance ended; without those that have not, or whose message vanished."""
        rows = await self._database.fetch(_SQL["ends"], epoch, list(sequences))
        return {row["sequence"]: End(row["outcome"], row["event_id"], row["needed"]) for row in rows}

    async def settled_until(self, created_at: str) -> datetime | None:
        """The moment before which all mail that was accepted has come to an end; None if there is none now.

        Args:
            created_at: when ACCEPTED, as it is now, was made.
        """
        row = await self._database.fetchrow(_SQL["settled_until"], created_at)
        until: datetime | None = row and row["accepted_at"]
        return until

    async def messages_there(self, ids: Sequence[UUID]) -> set[UUID]:
        """Which of these are messages, or wait in quarantine."""
        return {row["id"] for row in await self._database.fetch(_SQL["owners_there"], list(ids))}

    async def dead_letters(self, event_ids: Sequence[str]) -> set[str]:
        """Which of these events ended as dead letters."""
        return {row["event_id"] for row in await self._database.fetch(_SQL["owners_dead"], list(event_ids))}

    async def uploads_there(self, ids: Sequence[UUID], unused_seconds: float) -> set[UUID]:
        """Which of these uploads are still needed; one that no reply sent is, for so long."""
        return {row["id"] for row in await self._database.fetch(_SQL["uploads_there"], list(ids), unused_seconds)}

    async def forget_uploads(self, ids: Sequence[UUID]) -> None:
        """Their bytes are gone."""
        await self._database.execute(_SQL["forget_uploads"], list(ids))
