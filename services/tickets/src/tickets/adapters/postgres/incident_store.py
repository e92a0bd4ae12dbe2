"""Updates of problems to their incidents: what is still to be told, by whom at this moment, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.timers import remove_timers
from tickets.domain.joining.incidents import KIND, StoredUpdate, Update
from tickets.domain.joining.links import MOST_INCIDENTS

_SQL = load_queries("incidents")
_DUE = load_queries("due")
LEASE_SECONDS = 60.0
"""Longer than telling an incident takes; what a dead process held is told by another one after so long."""
_MOST_UPDATES = 20


class Incidents:
    """The statements of one transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def open(self, problem: int) -> list[int]:
        """Incidents of a problem on which somebody waits, in their order."""
        rows = await self._connection.fetch(_SQL["open_incidents"], problem, MOST_INCIDENTS)
        return [row["number"] for row in rows]

    async def add(self, wanted: StoredUpdate, incidents: Sequence[int], at: datetime) -> int:
        """Write an update down with whom it concerns; returns its number."""
        update, texts = wanted.update, orjson.dumps(dict(wanted.update.texts)).decode()
        id_: int = await self._connection.fetchval(
            _SQL["insert_update"], wanted.ticket_number, at, wanted.actor, wanted.agent, wanted.name, wanted.via,
            wanted.token_id, texts, update.internal, update.status, update.resolution, update.cause,
        )  # fmt: skip
        await self._connection.execute(_SQL["insert_incidents"], id_, list(incidents))
        return id_

    async def find(self, id_: int) -> StoredUpdate | None:
        """An update that was written down."""
        row = await self._connection.fetchrow(_SQL["update"], id_)
        if row is None:
            return None
        texts = orjson.loads(row["texts"])
        update = Update(texts, row["internal"], row["status"], row["resolution"], row["cause"])
        return StoredUpdate(
            row["id"],
            row["ticket_number"],
            update,
            row["token_id"],
            row["name"],
            row["actor"],
            row["agent"],
            row["via"],
        )

    async def lease(self, id_: int) -> int | None:
        """An incident that waits and that nobody else tells until the lease is over; None: there is none."""
        number: int | None = await self._connection.fetchval(_SQL["lease"], id_, LEASE_SECONDS)
        return number

    async def give_back(self, id_: int, number: int) -> None:
        """Let others tell an incident that was leased and could not be told."""
        await self._connection.execute(_SQL["give_back"], id_, number)

    async def look(self, number: int) -> Any:
        """`language`, `status` and `merged_into` of a ticket as it is by now, or None."""
        return await self._connection.fetchrow(_SQL["incident"], number)

    async def note(self, id_: int, number: int, state: str, why: str, message_id: UUID | None) -> None:
        """Write down what became of one incident."""
        await self._connection.execute(_SQL["note"], id_, number, state, why, message_id)

    async def waiting(self, id_: int) -> int:
        """How many incidents are still to be told."""
        count: int = await self._connection.fetchval(_SQL["waiting"], id_)
        return count

    async def go_on(self, problem: int, id_: int, due_at: datetime) -> None:
        """Let a worker go on with an update at a time; the problem is locked."""
        detail = orjson.dumps({"alone": KIND, "update": id_}).decode()
        await self._connection.execute(_DUE["insert"], [problem], [KIND], [str(id_)], [due_at], [detail])

    async def finish(self, problem: int, id_: int) -> None:
        """Nothing of an update is to be done any more; the problem is locked."""
        await remove_timers(self._connection, [(problem, KIND, str(id_))])


class IncidentReads:
    """What the API shows of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def updates(self, problem: int, id_: int | None = None) -> list[Any]:
        """Updates of a problem, or one of them, newest first, each with what became of every incident.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        return await self._database.fetch(_SQL["updates"], problem, id_, _MOST_UPDATES)
