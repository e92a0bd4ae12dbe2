"""What is old enough to be forgotten, as rows, and tickets that are held."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tickets.adapters.postgres.audit_log import add_line
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.person_store import PersonWrites
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.privacy.retention import Retention
from tickets.errors import Invalid, NotFound

_SQL = load_queries("retention")
_AUDIT = load_queries("audit_log")
_DAY_SECONDS: Final = 86_400.0


class RetentionStore:
    """Every method raises `DatabaseAway` when Postgres does not answer; each write is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_empty(self, retention: Retention, *, spam: bool, limit: int) -> list[int]:
        """Closed tickets whose words are to go, the longest closed first."""
        rows = await self._database.fetch(*_closed("closed", retention, spam=spam, limit=limit))
        return [row["number"] for row in rows]

    async def to_delete(self, retention: Retention, *, spam: bool, limit: int) -> list[int]:
        """Tickets that are empty already and are to go whole."""
        rows = await self._database.fetch(*_closed("emptied", retention, spam=spam, limit=limit))
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

    async def drop_files(self, retention: Retention, limit: int) -> int:
        """Let tickets have no files and originals any more; returns how many tickets. The copies go later."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(*_with_files(retention, limit))
            locked = await connection.fetch(_SQL["lock_with_files"], [row["number"] for row in rows])
            # Read under the lock, which `place_hold` takes too: what is held since stays whole.
            theirs = [number for row in locked for number in row.values() if number is not None]
            held = {row["ticket_number"] for row in await connection.fetch(_SQL["held_of"], theirs)}
            numbers = [row["number"] for row in locked if held.isdisjoint(row.values())]
            places = [place for row in await connection.fetch(_SQL["files"], numbers) for place in _places(row)]
            await PersonWrites(connection).note_unwanted(places)
            await connection.execute(_SQL["without_files"], numbers)
        return len(numbers)

    async def drop_rejected(self, days: float, limit: int) -> int:
        """Delete messages that were rejected; returns how many."""
        async with self._database.transaction() as connection:
            old = await connection.fetch(_SQL["rejected"], days * _DAY_SECONDS, limit)
            rows = await connection.fetch(_SQL["lock_rejected"], [row["id"] for row in old])
            await PersonWrites(connection).note_unwanted([json.loads(row["raw"]) for row in rows if row["raw"]])
            await connection.execute(_SQL["delete_rejected"], [row["id"] for row in rows])
        return len(rows)

    async def forget_audit(self, days: float, limit: int) -> int:
        """Delete old lines of the audit log; returns how many."""
        async with self._database.transaction() as connection:
            await connection.execute("set local ventanilla.forgetting = 'on'")
            return len(await connection.fetch(_AUDIT["forget"], int(days), limit))

    async def due(self, retention: Retention) -> dict[str, int]:
        """Kind → how much a round would forget now; `held`: tickets that are kept whatever their age."""
        found: dict[str, int] = {}
        for kind, days, spam in (("closed", retention.closed_days, False), ("spam", retention.spam_days, True)):
            if days:
                found[kind] = await self._count(*_closed("closed", retention, spam=spam))
                if spam or retention.deletes:
                    found[kind] += await self._count(*_closed("emptied", retention, spam=spam))
        if retention.files_days:
            found["files"] = await self._count(*_with_files(retention))
        if retention.quarantine_days:
            found["quarantine"] = await self._count(_SQL["rejected"], retention.quarantine_days * _DAY_SECONDS, None)
        if retention.audit_days:
            row = await self._database.fetchrow(_AUDIT["expired"], int(retention.audit_days))
            found["audit"] = int(row[0])
        held = await self._database.fetchrow(_SQL["held"])
        return {**found, "held": int(held[0])}

    async def _count(self, query: str, *arguments: Any) -> int:
        """How much the query would take up that does it: a condition of its own would be another one."""
        row = await self._database.fetchrow(f"select count(*) from ({query}) as due", *arguments)  # noqa: S608  # a named query
        return int(row[0])


def _seconds(days: float) -> float | None:
    """None: never."""
    return days * _DAY_SECONDS if days else None


def _closed(name: str, retention: Retention, *, spam: bool, limit: int | None = None) -> tuple[Any, ...]:
    """The query of that name with its arguments; without a limit: all."""
    days = retention.spam_days if spam else retention.closed_days
    return _SQL[name], _seconds(days), spam, limit, _seconds(retention.spam_days)


def _with_files(retention: Retention, limit: int | None = None) -> tuple[Any, ...]:
    words_go = _seconds(retention.closed_days), _seconds(retention.spam_days)
    return _SQL["with_files"], _seconds(retention.files_days), limit, *words_go


async def place_hold(connection: Any, number: int, actor: str, why: str) -> bool:
    """Keep a ticket as it is, whatever its age and whoever wants to be erased; False: it was held already.

    Of one that is held the reason is this from then on, and whoever gave it; the audit log keeps both of before.

    Raises:
        NotFound: there is no such ticket.
        Invalid: no reason is given.
    """
    if not why.strip():
        raise Invalid("/why", "say for which matter the ticket is held: whoever wants to erase it reads that")
    # Its lock: whoever is at emptying the ticket has done so before, and whoever comes later sees the hold.
    if not await connection.fetchval("select number from ticket where number = $1 for update", number):
        raise NotFound(f"there is no ticket {number}")
    before = await connection.fetchrow(_SQL["standing_hold"], number)
    if before is None:
        await connection.execute(_SQL["place_hold"], number, actor, why)
        await add_line(connection, actor, "legal_hold.placed", {"ticket": number}, why)
        return True
    if (before["placed_by"], before["why"]) != (actor, why):
        await connection.execute(_SQL["change_hold"], number, actor, why)
        after = {"placed_by": actor, "why": why}
        changes = [{"field": name, "old": before[name], "new": new} for name, new in after.items()]
        await add_line(connection, actor, "legal_hold.changed", {"ticket": number, "changes": changes}, why)
    return False


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
