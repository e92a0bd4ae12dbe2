"""Reads the clocks of tickets and the logs behind them, and puts right what differs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.timers import set_timers
from tickets.domain.service_levels.firing import KIND, next_timer
from tickets.domain.service_levels.from_history import SEEN, events_of
from tickets.domain.service_levels.log import Event, Opened
from tickets.domain.service_levels.next_due import next_due_at
from tickets.domain.service_levels.state import State
from tickets.domain.service_levels.stored_state import read_state, stored_state

_SQL = load_queries("clocks")


class ClockReads:
    """What is stored of clocks, and what their logs say."""

    def __init__(self, database: Database, levels: Levels) -> None:
        self._database = database
        self.levels = levels

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def states(self, numbers: Sequence[int]) -> dict[int, State]:
        """Ticket → state after its last event, for those that have clocks."""
        rows = await self._database.fetch(_SQL["states"], list(numbers))
        return {row["ticket_number"]: read_state(orjson.loads(row["state"])) for row in rows}

    async def places(self, numbers: Sequence[int]) -> dict[int, datetime | None]:
        """Ticket → when queues take it to fall due next, for those that have clocks."""
        rows = await self._database.fetch(_SQL["places"], list(numbers))
        return {row["ticket_number"]: row["next_due_at"] for row in rows}

    async def logs(self, numbers: Iterable[int]) -> Mapping[int, Sequence[Event]]:
        """Ticket → its log, for those that have one."""
        async with self._database.connection() as connection:
            await self.levels.refresh(connection)
            rows = await connection.fetch(_SQL["log"], list(numbers), list(SEEN))
        logs: dict[int, list[Event]] = {}
        for row in rows:
            log = logs.setdefault(row["ticket_number"], [])
            detail = orjson.loads(row["detail"])
            for event in events_of(row["at"], row["actor"], row["action"], detail, log[-1].order if log else 0):
                if log or isinstance(event, Opened):  # before that there were no clocks
                    log.append(event)
        return {number: log for number, log in logs.items() if log}

    async def numbers(self, after: int, limit: int) -> list[int]:
        """Tickets with clocks beyond a number, in order."""
        rows = await self._database.fetch(_SQL["numbers"], after, limit)
        return [row["ticket_number"] for row in rows]

    async def put_right(self, number: int, stored: State, right: State) -> None:
        """Replace a state that is still the stored one, and the row of what is fired next."""
        async with self._database.transaction() as connection:
            locked = await connection.fetchrow(_SQL["lock_ticket"], number)
            rows = await connection.fetch(_SQL["states"], [number]) if locked else []
            if not rows or read_state(orjson.loads(rows[0]["state"])) != stored:
                return
            text = orjson.dumps(stored_state(right)).decode()
            await connection.execute(_SQL["save"], [number], [text], [next_due_at(right)])
            await set_timers(connection, {(number, KIND): next_timer(right, self.levels.desk)})
