"""Versions of calendars, policies and lifecycles: written under one lock, read by whoever wants."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.locks import EDITING_DESK
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

    async def add(self, kind: str, name: str, version: int, content: Any, actor: str) -> Document:
        """A new version."""
        text = orjson.dumps(content).decode()
        await self._connection.execute(_SQL["tell_router"])
        return _document(await self._connection.fetchrow(_SQL["insert"], kind, name, version, text, actor))

    async def retire(self, kind: str, name: str) -> None:
        """Take all versions out of use; tickets that were promised something by one keep it."""
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
