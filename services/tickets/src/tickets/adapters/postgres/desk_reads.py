"""What the API reads: rows as they are, a handful of statements whatever the number of items."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.talking_store import talked_in
from tickets.adapters.postgres.team_zones import zones_of
from tickets.domain.correspondence.ways import TalkedIn
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.later_changes import ACTIONS, MOST_LINES, later_changes
from ventanilla_contracts.trace_text import LaterChange

_SQL = load_queries("api_reads")
Place = tuple[datetime, int, UUID]
"""Where a message stands inside its ticket."""


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Which messages in quarantine; None: any.

    Attributes:
        sender: an address, or a domain after an `@`.
        words: found in subject or sender.
    """

    state: str = "waiting"
    reason: str | None = None
    sender: str | None = None
    account: str | None = None
    words: str | None = None

    @property
    def narrow(self) -> bool:
        """It does not mean everything that waits."""
        return any((self.reason, self.sender, self.account, self.words))

    def arguments(self) -> tuple[str | None, ...]:
        """In the order of the queries."""
        return self.state, self.reason, self.sender, self.account, self.words


class DeskReads:
    """Answers questions about tickets. Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, before: int, limit: int) -> list[Any]:
        """Tickets below a number, newest first."""
        return await self._database.fetch(_SQL["newest"], before, limit)

    async def newest_number(self, before: int) -> int:
        """The newest ticket below a number; 0 if there is none."""
        row = await self._database.fetchrow(_SQL["newest_number"], before)
        return int(row[0])

    async def ticket(self, number: int) -> Any:
        """A ticket, or None."""
        return await self._database.fetchrow(_SQL["ticket"], number)

    async def talked_in(self, ticket: TicketRow) -> TalkedIn | None:
        """As `talking_store.talked_in`, of one ticket."""
        return (await talked_in(self._database, [ticket])).get(ticket.number)

    async def zones(self, teams: Collection[str]) -> dict[str, str]:
        """Team → zone of its calendar; of no team that names none."""
        return await zones_of(teams, self._database)

    async def messages(self, number: int, after: Place | None, limit: int, *, backwards: bool = False) -> list[Any]:
        """Messages of a ticket after a place, in their order; backwards those before it, the newest first."""
        query = _SQL["messages_backwards" if backwards else "messages"]
        return await self._database.fetch(query, number, *(after or (None, None, None)), limit)

    async def message(self, id_: UUID) -> Any:
        """A message, or None."""
        return await self._database.fetchrow(_SQL["message"], id_)

    async def writers(self, number: int, ids: Sequence[UUID]) -> dict[str, str]:
        """Ids of those of a ticket's messages that agents wrote → the agents' handles."""
        if not ids:
            return {}
        rows = await self._database.fetch(_SQL["writers"], number, [str(id_) for id_ in ids])
        return {row["message_id"]: row["actor"].removeprefix("agent:") for row in rows}

    async def message_files(self, id_: UUID) -> Any:
        """`attachments` and `raw` of a message or of a quarantined one, or None."""
        return await self._database.fetchrow(_SQL["message_files"], id_)

    async def public_messages(
        self, number: int, limit: int, since: datetime | None = None, only: UUID | None = None
    ) -> list[Any]:
        """The newest messages that the customer may see, oldest first.

        Args:
            since: from when on; None: all.
            only: this message and no other.
        """
        rows = await self._database.fetch(_SQL["public_messages"], number, limit, since, only)
        return rows[::-1]

    async def told_call(self, number: int, subject: str, since: datetime | None) -> str | None:
        """The sentence that whoever called reads of the call after which a ticket is named; None: after no call.

        Args:
            since: from when on they may read; None: all.
        """
        row = await self._database.fetchrow(_SQL["told_call"], number, subject, since)
        return None if row is None else row["sentence"]

    async def history(self, number: int, after: int, limit: int) -> list[Any]:
        """History of a ticket after an entry, oldest first."""
        return await self._database.fetch(_SQL["history"], number, after, limit)

    async def names(self, words: Collection[str]) -> list[Any]:
        """What agents, teams and people of Slack are called whose handles, names and addresses these are."""
        return await self._database.fetch(_SQL["names"], list(words)) if words else []

    async def routing(self, number: int, message_id: UUID | None) -> Any:
        """The stored decision about a message of a ticket (by default the one that opened it), or None."""
        async with self._database.connection() as connection:
            wanted = message_id or await connection.fetchval(_SQL["opening"], number)
            return await connection.fetchrow(_SQL["routing"], wanted, number) if wanted else None

    async def split_off(self, number: int) -> Any:
        """`number` of the ticket out of which this one was made, `actor` and `why`; None: it began by itself."""
        return await self._database.fetchrow(_SQL["split_off"], number)

    async def later_changes(self, number: int) -> list[LaterChange]:
        """What rules changed of a ticket when a message joined it, oldest first."""
        rows = await self._database.fetch(_SQL["later"], number, ACTIONS, MOST_LINES)
        return later_changes({**row, "detail": orjson.loads(row["detail"])} for row in rows)

    async def quarantine(self, wanted: QuarantineFilter, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
        """Messages in quarantine, oldest first."""
        state, *filters = wanted.arguments()
        return await self._database.fetch(_SQL["quarantine"], *(after or (None, None)), limit, state, *filters)

    async def quarantine_count(self, wanted: QuarantineFilter) -> int:
        """How many messages in quarantine match."""
        row = await self._database.fetchrow(_SQL["quarantine_count"], *wanted.arguments())
        return int(row[0])

    async def decisions(self, action: str | None, actor: str | None, before: int, limit: int) -> list[Any]:
        """What the desk's people decided outside of tickets, newest first."""
        return await self._database.fetch(_SQL["decisions"], before, action, actor, limit)

    async def audit_log(self, wanted: audit_log.Wanted, before: int, limit: int) -> list[Any]:
        """Lines of the audit log below an id, newest first."""
        return await audit_log.entries(self._database, wanted, before, limit)

    async def undeliverable(self, after: tuple[datetime, str] | None, limit: int) -> list[Any]:
        """Addresses to which no mail is sent, longest first."""
        return await self._database.fetch(_SQL["undeliverable"], *(after or (None, None)), limit)

    async def reach(self, address: str) -> Any:
        """Whether mail gets to an address, or None if nobody knows it."""
        return await self._database.fetchrow(_SQL["reach"], address)

    async def quarantined(self, id_: UUID) -> Any:
        """A message in quarantine, whatever was decided about it, or None."""
        return await self._database.fetchrow(_SQL["quarantined"], id_)
