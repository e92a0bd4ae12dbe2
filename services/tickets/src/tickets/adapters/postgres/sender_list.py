"""Whom the desk allows and denies: the table, and a copy in memory that is never older than a few seconds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.screening import NOBODY, SenderList

_SQL = load_queries("sender_list")
AGE_SECONDS = 5.0
"""So long another replica may not know of a change, and an entry may outlive its time."""
MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class ListedSender:
    """An entry to be made."""

    kind: str
    sender: str
    note: str
    expires_at: datetime | None


class SenderListStore:
    """Reads the list for settling; changes go through `DeskTransaction`, with the decision that they belong to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._list = NOBODY
        self._read_at = float("-inf")

    async def current(self) -> SenderList:
        """The list, at most `AGE_SECONDS` old.

        Raises:
            DatabaseAway: it is older, and cannot be read.
        """
        if time.monotonic() - self._read_at >= AGE_SECONDS:
            began = time.monotonic()
            rows = await self._database.fetch(_SQL["in_force"], MOST_ENTRIES)
            self._list = SenderList({row["sender"]: row["kind"] for row in rows})
            self._read_at = began
        return self._list

    def forget(self) -> None:
        """Read the list anew before the next use: this process has changed it."""
        self._read_at = float("-inf")

    async def page(self, kind: str | None, after: int, limit: int, names: Sequence[str] | None = None) -> list[Any]:
        """Entries in the order in which they were made, expired ones too.

        Args:
            names: of the addresses and domains that are wanted; None: all.
        """
        return await self._database.fetch(_SQL["page"], kind, after, limit, names)
