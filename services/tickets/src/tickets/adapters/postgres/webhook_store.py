"""Webhooks on their way, as rows: written with what causes them, taken under a lease, gone once they are delivered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.webhooks import WebhookCall

_SQL = load_queries("webhooks")


@dataclass(frozen=True, slots=True)
class TakenCall:
    """A call that this process has for as long as its lease.

    Attributes:
        body: as it is sent.
        tries: with the one that begins now.
        taken_at: by the database's clock, as `began_at`.
    """

    id: UUID
    name: str
    ticket_number: int | None
    body: bytes
    began_at: datetime
    tries: int
    taken_at: datetime


async def save_webhooks(connection: Any, calls: Sequence[WebhookCall]) -> None:
    """Write calls inside the caller's transaction; they leave when it has committed. A known id changes nothing."""
    if not calls:
        return
    columns = zip(
        *((call.id, call.name, call.ticket_number, orjson.dumps(call.body).decode()) for call in calls), strict=True
    )
    await connection.execute(_SQL["insert"], *map(list, columns))


class WebhookStore:
    """Takes calls and notes what became of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, free: Mapping[str, int], lease_seconds: float) -> list[TakenCall]:
        """Calls whose turn it is, up to so many of each name.

        Args:
            lease_seconds: longer than a try can last; after that somebody else tries.
        """
        rows = await self._database.fetch(_SQL["take"], list(free), list(free.values()), lease_seconds)
        return [_taken(row) for row in rows]

    async def take_unknown(self, known: Collection[str], limit: int, lease_seconds: float) -> list[TakenCall]:
        """Calls whose names are none of these."""
        rows = await self._database.fetch(_SQL["take_unknown"], list(known), limit, lease_seconds)
        return [_taken(row) for row in rows]

    async def done(self, call: TakenCall, words: str) -> None:
        """The receiver has it: the row goes, and the ticket's history says so once."""
        await self._database.execute(_SQL["done"], call.id, call.tries, words)

    async def again(self, call: TakenCall, at: datetime, words: str) -> None:
        """It failed; unless somebody else has taken it meanwhile, it is tried at that time."""
        await self._database.execute(_SQL["again"], call.id, call.tries, at, words)

    async def give_up(self, call: TakenCall, words: str) -> None:
        """It is not tried any more; the ticket's history says why."""
        await self._database.execute(_SQL["give_up"], call.id, call.tries, words)

    async def note_unknown(self, call: TakenCall, words: str) -> None:
        """Say in the ticket's history that nobody knows where this leads."""
        if call.ticket_number is not None:
            await self._database.execute(_SQL["note_unknown"], call.ticket_number, call.name, call.id, words)

    async def waiting(self) -> int:
        """How many calls are on their way; counted up to 100,000."""
        row = await self._database.fetchrow(_SQL["waiting"])
        calls: int = row["calls"]
        return calls

    async def forget(self) -> None:
        """Remove what was given up long ago."""
        await self._database.execute(_SQL["forget"])


def _taken(row: Any) -> TakenCall:
    return TakenCall(
        row["id"], row["name"], row["ticket_number"], row["body"].encode(), row["began_at"], row["tries"], row["now"]
    )
