"""Versions of calendars, policies and lifecycles: written under one lock, read by whoever wants."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.locks import EDITING_DESK, IN_FORCE
from tickets.adapters.postgres.queries import load_queries

_SQL = load_queries("documents")


@dataclass(frozen=True, slots=True)
class Document:
    """A version of a document of the desk."""

    kind: str
    name: str
    version: int
    content: Any
    retired: bool
    created_at: datetime
    created_by: str


class DocumentStore:
    """Reads documents, and opens the transactions in which they are written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def newest(self, kind: str) -> list[Document]:
        """The newest version of each document of a kind, by name."""
        return [_document(row) for row in await self._database.fetch(_SQL["newest"], kind)]

    async def versions(self, kind: str, name: str, limit: int) -> list[Document]:
        """The versions of a document, newest first."""
        return [_document(row) for row in await self._database.fetch(_SQL["versions"], kind, name, limit)]

    @asynccontextmanager
    async def editing(self) -> AsyncIterator["DocumentEditing"]:
        """All or nothing; one writer at a time.

        Raises:
            DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["lock"], EDITING_DESK)
            yield DocumentEditing(connection)


class DocumentEditing:
    """The statements of one such transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def newest(self, kind: str) -> dict[str, Document]:
        """Name → newest version, of those in use."""
        rows = await self._connection.fetch(_SQL["newest"], kind)
        return {row["name"]: _document(row) for row in rows if not row["retired"]}

    async def one(self, kind: str, name: str) -> Document | None:
        """The newest version of a document, or None."""
        row = await self._connection.fetchrow(_SQL["one"], kind, name)
        return _document(row) if row else None

    async def in_force(self) -> dict[str, dict[str, Any]]:
        """Kind → name → content of all that is in use."""
        found: dict[str, dict[str, Any]] = {}
        for row in await self._connection.fetch(_SQL["newest_of_all"]):
            if not row["retired"]:
                found.setdefault(row["kind"], {})[row["name"]] = orjson.loads(row["content"])
        return found

    async def people_naming(self, kind: str, name: str) -> list[str]:
        """A few of the active teams and agents that name a document, such as `team network`."""
        return [row["who"] for row in await self._connection.fetch(_SQL["people_naming"], kind, name)]

    async def people(self, handles: Collection[str], teams: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Those of these handles and names of teams that are agents and teams at work."""
        agents = await self._connection.fetch(_SQL["agents_among"], sorted(handles))
        found = await self._connection.fetch(_SQL["teams_among"], sorted(teams))
        return frozenset(row["handle"] for row in agents), frozenset(row["name"] for row in found)

    async def leads(self, agent: str, members: Collection[str]) -> bool:
        """Whether an agent leads a team of which one of these people is a member."""
        return bool(await self._connection.fetchval(_SQL["leads"], agent, sorted(members)))

    async def now(self) -> datetime:
        """The database's clock."""
        now: datetime = await self._connection.fetchval("select clock_timestamp()")
        return now

    async def add(self, kind: str, name: str, version: int, content: Any, actor: str) -> Document:
        """A new version."""
        await self._connection.execute(_SQL["lock"], IN_FORCE)
        text = orjson.dumps(content).decode()
        await self._connection.execute(_SQL["tell_router"])
        return _document(await self._connection.fetchrow(_SQL["insert"], kind, name, version, text, actor))

    async def retire(self, kind: str, name: str) -> None:
        """Take all versions out of use; tickets that were promised something by one keep it."""
        await self._connection.execute(_SQL["lock"], IN_FORCE)
        await self._connection.execute(_SQL["tell_router"])
        await self._connection.execute(_SQL["retire"], kind, name)

    async def recalculate(self, key: str, detail: Any, policies: Sequence[str]) -> None:
        """Let the clocks of open tickets of these policies follow."""
        await self._connection.execute(_SQL["recalculate"], key, orjson.dumps(detail).decode(), list(policies))


def _document(row: Any) -> Document:
    return Document(
        row["kind"], row["name"], row["version"], orjson.loads(row["content"]), row["retired"], row["created_at"],
        row["created_by"],
    )  # fmt: skip
