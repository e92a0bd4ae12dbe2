"""What will happen to tickets by itself, as rows: written under a ticket's lock, fired by whichever worker is free."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.rows import ticket_row
from tickets.adapters.postgres.settling import Settling
from tickets.adapters.postgres.talking_store import talked_in
from tickets.adapters.postgres.timers import remove_timers
from tickets.domain.correspondence.ways import TalkedIn
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due, again_in_seconds
from tickets.domain.tokens import Signer
from tickets.errors import Overtaken

_SQL = load_queries("due")


class DueStore:
    """Opens the transactions in which rows are fired."""

    def __init__(self, database: Database, signer: Signer, levels: Levels | None = None) -> None:
        self._database = database
        self._signer = signer
        self._levels = levels

    async def seconds_until_next(self) -> float | None:
        """Until the next row is due, negative if one is; None if there is none."""
        row = await self._database.fetchrow(_SQL["next_at"])
        return (row["next_at"] - row["now"]).total_seconds() if row["next_at"] else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Firing"]:
        """What is due now, all or nothing.

        Raises:
            Overtaken: another replica wrote the same thing meanwhile; nothing was written, look again.
            DatabaseAway: nothing was written, or it cannot be known; what was not is due again.
        """
        try:
            async with self._database.transaction() as connection:
                yield Firing(connection, Settling(connection, self._signer, self._levels))
        except asyncpg.UniqueViolationError as error:
            raise Overtaken(str(error)) from error


class Firing:
    """The statements of one such transaction."""

    def __init__(self, connection: Any, settling: Settling) -> None:
        self._connection = connection
        self.settling = settling

    async def take(self, limit: int) -> tuple[dict[int, TicketRow], list[Due], datetime]:
        """Tickets by number, locked, with their rows that are due, and the time by the database's clock."""
        waiting = await self._connection.fetch(_SQL["tickets_due"], limit)
        numbers = [row["ticket_number"] for row in waiting]
        now = await self.settling.now()
        if not numbers:
            return {}, [], now
        tickets = {row["number"]: ticket_row(row) for row in await self._connection.fetch(_SQL["lock"], numbers)}
        # Read under the locks: whoever held them before may have taken rows back.
        rows = await self._connection.fetch(_SQL["rows_due"], list(tickets), now)
        return tickets, [_due(row) for row in rows], now

    async def stopped(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of these addresses to which no mail is sent."""
        rows = await self._connection.fetch(_SQL["stopped"], sorted(set(addresses)))
        return frozenset(row["address"] for row in rows)

    async def talked_in(self, tickets: Iterable[TicketRow]) -> dict[int, TalkedIn]:
        """As `talking_store.talked_in`."""
        return await talked_in(self._connection, list(tickets))

    async def remove(self, fired: Sequence[Due]) -> None:
        """Rows that were fired."""
        await remove_timers(self._connection, [(due.ticket_number, due.kind, due.key) for due in fired])

    async def postpone(self, failed: Sequence[Due]) -> None:
        """Rows that could not be fired: later, and ever later."""
        if failed:
            columns = zip(
                *((due.ticket_number, due.kind, due.key, again_in_seconds(due.failures)) for due in failed), strict=True
            )
            await self._connection.execute(_SQL["postpone"], *map(list, columns))

    async def save_tickets(self, tickets: Mapping[int, TicketRow]) -> None:
        """Write locked tickets as they are now."""
        if not tickets:
            return
        columns = zip(
            *(
                (
                    t.number, t.version, t.status, t.priority, t.tier, t.team, t.assignee, " ".join(t.tags), t.cause,
                    t.resolution, t.updated_at, t.solved_at, t.closed_at,
                )
                for t in tickets.values()
            ),
            strict=True,
        )  # fmt: skip
        await self._connection.execute(_SQL["update_tickets"], *map(list, columns))


def _due(row: Any) -> Due:
    return Due(
        row["ticket_number"], row["kind"], row["key"], row["due_at"], orjson.loads(row["detail"]), row["failures"]
    )
