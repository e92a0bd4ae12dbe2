"""Reads what an agent did since a time, and what they hold: two statements, out of history and clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.planned import planned
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.queue_reads import filled
from tickets.domain.service_levels.state import State
from tickets.domain.service_levels.stored_state import read_state
from tickets.domain.staffing.agent_day import FirstReply

_SQL = {name: filled(text) for name, text in load_queries("days").items()}


@dataclass(frozen=True, slots=True)
class Did:
    """What an agent did."""

    solved: int
    replied: int
    taken: int
    handed_on: int
    first_replies: tuple[FirstReply, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """What an agent has at this moment.

    Attributes:
        oldest: number of the ticket whose customer has waited longest, and since when.
        unanswered: clocks of tickets that are late and that nobody has answered.
    """

    open: int
    oldest: tuple[int, datetime] | None
    unanswered: tuple[State, ...]


class DayReads:
    """Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def did(self, handle: str, since: datetime) -> Did:
        """What an agent did since a time."""
        async with planned(self._database) as connection:
            row = await connection.fetchrow(_SQL["did"], handle, since)
        return Did(
            row["solved"], row["replied"], row["taken"], row["handed_on"],
            tuple(_first_reply(orjson.loads(entry)) for entry in row["answered"]),
        )  # fmt: skip

    async def holds(self, handle: str) -> Holds:
        """What an agent has."""
        async with planned(self._database) as connection:
            row: Mapping[str, Any] = await connection.fetchrow(_SQL["holds"], handle)
        oldest = (row["oldest"], row["since"]) if row["oldest"] is not None else None
        return Holds(row["open"], oldest, tuple(read_state(orjson.loads(state)) for state in row["unanswered"]))


def _first_reply(entry: list[Any]) -> FirstReply:
    asked_at, given_at, state = entry
    stored = read_state(orjson.loads(state)) if state else None
    return FirstReply(datetime.fromisoformat(asked_at), datetime.fromisoformat(given_at), stored)
