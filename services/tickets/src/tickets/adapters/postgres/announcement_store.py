"""Announcements and who wants to be told of their end: statements of one transaction, and reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.announcing.announcements import MOST_OPEN, Announcement, Open
from tickets.domain.announcing.wishes import FORGOTTEN_AFTER_SECONDS, GRACE_SECONDS, OVER, WISH, Told, Wishes

_SQL = load_queries("announcements")
_MOST_AT_ONCE = 200


class Announcements:
    """The statements. Tickets are locked before announcements, by whoever locks both."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def open(self, key: str) -> Open | None:
        """The announcement of a key that has not ended, as it stands at this moment."""
        row = await self._connection.fetchrow(_SQL["open"], key)
        return _open_of(row) if row else None

    async def lock_open(self, id_: int) -> Open | None:
        """An announcement that nobody else changes until the end; None: it has ended meanwhile."""
        row = await self._connection.fetchrow(_SQL["lock_open"], id_)
        return _open_of(row) if row else None

    async def count_open(self) -> int:
        """How many have not ended."""
        count: int = await self._connection.fetchval(_SQL["count_open"])
        return count

    async def add(self, said: Announcement, at: datetime, actor: str) -> int:
        """Write a new one down; returns its id."""
        id_: int = await self._connection.fetchval(
            _SQL["insert"], said.key, _texts(said), said.importance, said.problem, said.starts_at, said.until, at, actor
        )
        return id_

    async def change(self, id_: int, said: Announcement) -> None:
        """Let a locked one say something else from now on."""
        await self._connection.execute(
            _SQL["change"], id_, _texts(said), said.importance, said.problem, said.starts_at, said.until
        )

    async def end(self, id_: int, at: datetime, actor: str, why: str) -> None:
        """End a locked one."""
        await self._connection.execute(_SQL["end"], id_, at, actor, why)

    async def heard(self, key: str, at: datetime) -> tuple[int, int | None, bool] | None:
        """(id, problem, whether that is done) of what somebody heard under a key at a time; None: it is long over."""
        row = await self._connection.fetchrow(_SQL["wished"], key, at, FORGOTTEN_AFTER_SECONDS)
        return (row["id"], row["problem_number"], row["problem_done"]) if row else None

    async def count_wishes(self, id_: int) -> int:
        """How many want to be told of the end of one."""
        count: int = await self._connection.fetchval(_SQL["wishes"], id_)
        return count

    async def has_wish(self, id_: int, number: int) -> bool:
        """Whether somebody wants to be told of its end in a ticket."""
        return bool(await self._connection.fetchval(_SQL["has_wish"], id_, number))

    async def add_wish(self, id_: int, number: int, wishes: Wishes) -> bool:
        """Write down who wants to be told in a locked ticket; False: that telephone is told in another one."""
        row = await self._connection.fetchrow(_SQL["add_wish"], id_, number, wishes.address, wishes.at, wishes.opened)
        return row is not None

    async def link_who_wait(self, id_: int) -> None:
        """Let a worker make those who wait for the end of a locked one incidents of the problem that it has now."""
        await self._connection.execute(_SQL["link_who_wait"], id_, WISH)

    async def drop_wishes(self, id_: int, why: str) -> None:
        """Let nobody be told of the end of one who waits for it now."""
        await self._connection.execute(_SQL["drop_wishes"], id_, why)

    async def told(self, id_: int, number: int) -> Told | None:
        """What is to be told in a locked ticket; None: it was told, or is not to be any more."""
        row = await self._connection.fetchrow(_SQL["wish"], id_, number)
        if row is None or row["state"] in ("told", "skipped"):
            return None
        return Told(
            address=row["address"],
            key=row["key"],
            texts=orjson.loads(row["texts"]),
            ended_why=row["ended_why"],
            of_problem=row["problem"] is not None,
            solved=bool(row["problem_done"]),
            said=row["said"],
        )

    async def settle(self, id_: int, number: int, state: str, why: str = "", message_id: UUID | None = None) -> None:
        """Write down what became of a wish in a locked ticket."""
        await self._connection.execute(_SQL["settle_wish"], id_, number, state, why, message_id)


class AnnouncementStore:
    """What the API shows, and what the worker looks for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, *, planned: bool = False) -> Sequence[Any]:
        """Rows of those in force, the most important first.

        Args:
            planned: those too that have not begun.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        return await self._database.fetch(_SQL["listed"], planned, MOST_OPEN)

    async def newest(self, key: str) -> Any:
        """The row of the one that has a key, or had it last; None: none ever had."""
        return await self._database.fetchrow(_SQL["newest"], key)

    async def over(self) -> list[tuple[int, str, int | None, str]]:
        """(id, key, problem, why) of those that end by themselves now."""
        rows = await self._database.fetch(_SQL["over"], MOST_OPEN)
        return [(row["id"], row["key"], row["problem_number"], row["why"]) for row in rows]

    async def release(self) -> int:
        """Let a worker tell those who wait for nothing any more; returns how many, `_MOST_AT_ONCE` at most."""
        async with self._database.transaction() as connection:
            return len(await connection.fetch(_SQL["release"], _MOST_AT_ONCE, OVER, GRACE_SECONDS))


def _open_of(row: Any) -> Open:
    said = Announcement(
        row["key"],
        orjson.loads(row["texts"]),
        row["importance"],
        row["problem_number"],
        row["starts_at"],
        row["until"],
    )
    return Open(row["id"], said)


def _texts(said: Announcement) -> str:
    return orjson.dumps(dict(said.texts)).decode()
