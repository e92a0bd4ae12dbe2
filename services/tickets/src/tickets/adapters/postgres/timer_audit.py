"""What the auditor of timers reads, and what it remembers of having raised."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.service_levels.firing import KIND
from tickets.domain.service_levels.stored_state import read_state
from tickets.domain.timers.audit import FAILING, LATE, Trouble, clock_trouble
from tickets.domain.timers.due import Due
from tickets.errors import Refused

log = structlog.get_logger()

_SQL = load_queries("timer_audit")
_MOST_LOOKED_AFTER = 1000


@dataclass(frozen=True, slots=True)
class Late:
    """Rows whose time has passed.

    Attributes:
        rows: how many there are; counted up to 100,000.
        oldest_seconds: how late the latest of them is.
        some: of them, the latest first.
    """

    rows: int
    oldest_seconds: float
    some: list[Trouble]
    now: datetime


@dataclass(frozen=True, slots=True)
class Slice:
    """Tickets whose clocks were looked at.

    Attributes:
        last: number of the last of them; None: there were none.
    """

    last: int | None
    troubles: list[Trouble]


class TimerAudit:
    """Reads on connections of its own, and calendars and policies for itself: it shares nothing with the workers."""

    def __init__(self, database: Database, late_seconds: float) -> None:
        """`late_seconds` after its time a row counts as late."""
        self._database = database
        self._late_seconds = late_seconds
        self._levels = Levels()

    async def late(self, limit: int, *, told_too: bool) -> Late:
        """Rows that are due and were not fired.

        Args:
            told_too: name also those of which an event has told within the hour.
        """
        counted = await self._database.fetchrow(_SQL["late_count"], self._late_seconds)
        some = await self._database.fetch(_SQL["late"], self._late_seconds, limit, told_too) if counted["rows"] else []
        oldest = (counted["now"] - counted["oldest"]).total_seconds() if counted["rows"] else 0.0
        return Late(counted["rows"], oldest, [_trouble(LATE, row) for row in some], counted["now"])

    async def failing(self, limit: int, *, told_too: bool) -> tuple[int, list[Trouble]]:
        """How many rows could not be fired and are tried again, and some of them."""
        rows: int = (await self._database.fetchrow(_SQL["failing_count"]))["rows"]
        some = await self._database.fetch(_SQL["failing"], self._late_seconds, limit, told_too) if rows else []
        return rows, [_trouble(FAILING, row) for row in some]

    async def clocks_after(self, number: int, limit: int) -> Slice:
        """Clocks of the next tickets beyond a number whose rows are not what they ask for."""
        rows = await self._compare("clocks_after", number, limit, KIND)
        suspects = [trouble.ticket_number for trouble in rows.troubles]
        return Slice(rows.last, await self.clocks_of(suspects) if suspects else [])

    async def clocks_of(self, numbers: Collection[int]) -> list[Trouble]:
        """Those of these tickets whose rows are not what their clocks ask for."""
        if not numbers:
            return []
        return (await self._compare("clocks_of", list(numbers), KIND)).troubles

    async def alarms(self) -> list[tuple[tuple[int, str, str], int, bool]]:
        """What was raised: the row, how often, and whether within the hour; the longest ago first."""
        rows = await self._database.fetch(_SQL["alarms"], _MOST_LOOKED_AFTER)
        return [((row["ticket_number"], row["kind"], row["key"]), row["raised"], row["fresh"]) for row in rows]

    async def fresh_alarms(self) -> int:
        """Of how many rows an event has told within the hour."""
        row = await self._database.fetchrow(_SQL["fresh_alarms"])
        alarms: int = row["alarms"]
        return alarms

    async def mark(self, raised: Sequence[Trouble]) -> None:
        """Remember that an event has told of these."""
        columns = zip(*((*trouble.row, trouble.raised) for trouble in raised), strict=True)
        await self._database.execute(_SQL["mark"], *map(list, columns))

    async def over(self, rows: Sequence[tuple[int, str, str]]) -> int:
        """Forget alarms whose rows are neither late nor failing; returns how many those were."""
        if not rows:
            return 0
        columns = map(list, zip(*rows, strict=True))
        return len(await self._database.fetch(_SQL["over"], *columns, self._late_seconds))

    async def _compare(self, query: str, *arguments: Any) -> Slice:
        async with self._database.connection() as connection:
            await self._levels.refresh(connection)
            rows = await connection.fetch(_SQL[query], *arguments)
        troubles = []
        for row in rows:
            number = row["ticket_number"]
            try:
                found = clock_trouble(number, read_state(orjson.loads(row["state"])), _due(row), self._levels.desk)
            except (Refused, AttributeError, KeyError, TypeError, ValueError) as error:
                # A document that came this moment, or what a newer release wrote: the other tickets are looked at.
                log.warning("timers.unreadable", ticket=number, error=repr(error))
                continue
            if found:
                troubles.append(found)
        return Slice(rows[-1]["ticket_number"] if rows else None, troubles)


def _due(row: Any) -> Due | None:
    if row["due_at"] is None:
        return None
    detail = orjson.loads(row["detail"])
    return Due(row["ticket_number"], KIND, row["key"], row["due_at"], detail, row["failures"])


def _trouble(problem: str, row: Any) -> Trouble:
    return Trouble(
        problem,
        row["ticket_number"],
        row["kind"],
        row["key"],
        row["due_at"],
        row["failures"],
        row["raised"],
        row["told"],
    )
