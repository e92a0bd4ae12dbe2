"""Pages as rows: written with the step that calls somebody, settled once, read by whoever wants to know."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.ladders.pages import Page

_SQL = load_queries("pages")
_FIELDS = tuple(one.name for one in fields(Page))


async def save_pages(connection: Any, pages: Sequence[Page]) -> None:
    """Write pages that go out with this transaction; a page that is there already makes it `Overtaken`."""
    if not pages:
        return
    columns = zip(
        *(
            (
                p.id, p.ticket_number, p.agent, p.ladder, p.ladder_version, UUID(p.run), p.step, p.round, p.attempt,
                p.paged_at, p.answer_by,
            )
            for p in pages
        ),
        strict=True,
    )  # fmt: skip
    await connection.execute(_SQL["insert"], *map(list, columns))


class Pages:
    """The statements of a transaction in which pages are settled; their ticket is locked."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def one(self, id_: UUID) -> Any:
        """A page with what its ticket says, or None."""
        return await self._connection.fetchrow(_SQL["one"], id_)

    async def acknowledge(self, id_: UUID, by: str, how: str, at: datetime) -> bool:
        """Settle an open page, and let a worker tell so; False: it was settled before."""
        return bool(await self._connection.fetch(_SQL["acknowledge"], id_, at, by, how))

    async def withdraw(self, number: int, why: str, at: datetime) -> None:
        """Take back what still waits for somebody, and let a worker tell so."""
        await self._connection.execute(_SQL["withdraw"], number, at, why)


class PageReads:
    """Pages, for whoever asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, id_: UUID) -> Any:
        """A page with what its ticket says, or None."""
        return await self._database.fetchrow(_SQL["one"], id_)

    async def newest(
        self, agent: str | None, state: str | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Any]:
        """Rows of pages, newest first, beyond a place."""
        at, id_ = after or (None, None)
        return await self._database.fetch(_SQL["newest"], agent, state, at, id_, limit)


def page_of_row(row: Mapping[str, Any]) -> Page:
    """A page from its row."""
    values = {name: row[name] for name in _FIELDS}
    return Page(**{**values, "run": str(row["run"])})
