"""What is old enough to be forgotten, as rows, and tickets that are held."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tickets.adapters.postgres.audit_log import add_line
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.person_store import PersonWrites
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.privacy.retention import Retention
from tickets.errors import NotFound

_SQL = load_queries("retention")
_AUDIT = load_queries("audit_log")
_DAY_SECONDS: Final = 86_400.0


class RetentionStore:
    """Every method raises `DatabaseAway` when Postgres does not answer; each write is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_empty(self, days: float, *, spam: bool, limit: int) -> list[int]:
        """Closed tickets whose words are to go, the longest closed first."""
        rows = await self._database.fetch(_SQL["closed"], days * _DAY_SECONDS, spam, limit)
        return [row["number"] for row in rows]

    async def to_delete(self, days: float, *, spam: bool, limit: int) -> list[int]:
        """Tickets that are empty already and are to go whole."""
        rows = await self._database.fetch(_SQL["emptied"], days * _DAY_SECONDS, spam, limit)
        return [row["number"] for row in rows]

    async def delete(self, number: int) -> bool:
        """Delete a ticket and leave a row to count by; what was accepted stays settled. False: it is held, or gone."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(_SQL["lock"], number) is None or await PersonWrites(connection).is_held(
                number
            ):
                return False
            await connection.execute(_SQL["remember"], number)
            await connection.execute("set local ventanilla.forgetting = 'on'")
            await connection.execute(_SQL["delete"], number)
        return True

    async def drop_files(self, days: float, limit: int) -> int:
        """Let tickets have no files and originals any more; returns how many tickets. The copies go later."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_SQL["with_files"], days * _DAY_SECONDS, limit)
            numbers = [row["number"] for row in rows]
            places = [place for row in await connection.fetch(_SQL["files"], numbers) for place in _places(row)]
            await PersonWrites(connection).note_unwanted(places)
            await connection.execute(_SQL["without_files"], numbers)
        return len(numbers)

    async def drop_rejected(self, days: float, limit: int) -> int:
        """Delete messages that were rejected; returns how many."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_SQL["rejected"], days * _DAY_SECONDS, limit)
            await PersonWrites(connection).note_unwanted([json.loads(row["raw"]) for row in rows if row["raw"]])
            await connection.execute(_SQL["delete_rejected"], [row["id"] for row in rows])
        return len(rows)

    async def forget_audit(self, days: float, limit: int) -> int:
        """Delete old lines of the audit log; returns how many."""
        async with self._database.transaction() as connection:
            await connection.execute("set local ventanilla.forgetting = 'on'")
            return len(await connection.fetch(_AUDIT["forget"], int(days), limit))

    async def due(self, retention: Retention) -> dict[str, int]:
        """Kind → how much is old enough now; `held`: tickets that are kept whatever their age."""
        found: dict[str, int] = {}
        if retention.closed_days:
            name = "count_emptied" if retention.deletes else None
            found["closed"] = await self._count("count_closed", retention.closed_days, False)
            if name:
                found["closed"] += await self._count(name, retention.closed_days, False)
        if retention.spam_days:
            found["spam"] = await self._count("count_closed", retention.spam_days, True)
            found["spam"] += await self._count("count_emptied", retention.spam_days, True)
        if retention.files_days:
            found["files"] = await self._count("count_with_files", retention.files_days)
        if retention.quarantine_days:
            found["quarantine"] = await self._count("count_rejected", retention.quarantine_days)
        if retention.audit_days:
            row = await self._database.fetchrow(_AUDIT["expired"], int(retention.audit_days))
            found["audit"] = int(row[0])
        held = await self._database.fetchrow(_SQL["held"])
        return {**found, "held": int(held[0])}

    async def _count(self, name: str, days: float, *more: bool) -> int:
        row = await self._database.fetchrow(_SQL[name], days * _DAY_SECONDS, *more)
        return int(row[0])


async def place_hold(connection: Any, number: int, actor: str, why: str) -> bool:
    """Keep a ticket as it is, whatever its age and whoever wants to be erased; False: it was held already.

    Raises:
        NotFound: there is no such ticket.
    """
    # Its lock: whoever is at emptying the ticket has done so before, and whoever comes later sees the hold.
    if not await connection.fetchval("select number from ticket where number = $1 for update", number):
        raise NotFound(f"there is no ticket {number}")
    row = await connection.fetchrow(_SQL["place_hold"], number, actor, why)
    if row["placed"]:
        await add_line(connection, actor, "legal_hold.placed", {"ticket": number}, why)
    return bool(row["placed"])


async def lift_hold(connection: Any, number: int, actor: str, why: str) -> None:
    """Let a ticket be forgotten again.

    Raises:
        NotFound: it is not held.
    """
    row = await connection.fetchrow(_SQL["lift_hold"], number)
    if row is None:
        raise NotFound(f"ticket {number} is not held")
    await add_line(connection, actor, "legal_hold.lifted", {"ticket": number, "placed_by": row["placed_by"]}, why)


async def holds(connection: Any) -> list[Any]:
    """Tickets that are held, the longest held first."""
    rows: list[Any] = await connection.fetch(_SQL["holds"])
    return rows


def _places(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    files = [one.get("blob") for one in json.loads(row["attachments"])]
    return [place for place in (*files, json.loads(row["raw"]) if row["raw"] else None) if place]
