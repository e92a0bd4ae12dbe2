"""What messages said before their authors edited or deleted them: statements of one transaction, and reads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.references import reference_hash
from tickets.domain.correspondence.sent_messages import Asking, Place, SentMessage
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.revisions import (
    DELETED,
    KEPT_DAYS,
    MOST_KEPT,
    RevisedMessage,
    Revision,
    is_late,
    subject_after,
    without_words,
)
from tickets.domain.settling.search_terms import words_of

_SQL = load_queries("revisions")
_FIELDS = tuple(field.name for field in fields(RevisedMessage))
_MOST_FORGOTTEN = 1000
_MOST_REREAD, _MOST_REREAD_CHARS = 300, 500_000
"""Of a ticket: messages, and letters in all of them, that are read again for what it can still be found by."""
_SENT_FIELDS = tuple(
    field.name for field in fields(SentMessage) if field.name not in ("attachments", "place", "asking")
)
_PLACE = ("number", "channel", "account", "conversation", "epoch")


@dataclass(frozen=True, slots=True)
class AskedRevision:
    """A revision that a channel was asked for."""

    ticket_number: int
    message: UUID
    kind: str
    number: int


class Revisions:
    """The statements of a transaction; the ticket is locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def find(self, revision: Revision) -> tuple[UUID, int] | None:
        """(message, ticket) of the message that was revised, locked or not; None: the desk does not have it."""
        reference = reference_hash(revision.account, revision.message_id)
        row = await self._connection.fetchrow(_SQL["find"], reference, revision.message_id, revision.author)
        return (row["id"], row["ticket_number"]) if row else None

    async def message(self, id_: UUID, revision: Revision) -> RevisedMessage | None:
        """A message as it stands."""
        row = await self._connection.fetchrow(_SQL["message"], id_, revision.id)
        return RevisedMessage(**{name: row[name] for name in _FIELDS}) if row else None

    async def revise(self, message: RevisedMessage, revision: Revision) -> None:
        """Write what a message says now, and what it said before; of one that comes late only what it said then."""
        late = is_late(message, revision)
        former = revision.text if late else message.body
        if message.revisions < MOST_KEPT or revision.kind == DELETED:
            await self._connection.execute(_SQL["keep"], message.id, revision.id, revision.kind, former, revision.at)
        if late:
            await self._connection.execute(_SQL["late"], message.id)
        elif revision.kind == DELETED:
            await self._connection.execute(_SQL["delete"], message.id, revision.at)
            await self._blind(message.id)
        else:
            subject = subject_after(message, revision)
            edited = (revision.text, revision.text_cut, revision.at, message.subject if subject is None else subject)
            await self._connection.execute(_SQL["edit"], message.id, *edited)

    async def forget_words(self, ticket: TicketRow, gone: Collection[str]) -> None:
        """Let a locked ticket be found no more by lexemes that are in none of its messages now.

        Of a ticket in which very much was said they stay: reading it all would hold everybody up.
        """
        said = await self._connection.fetch(_SQL["said"], ticket.number, _MOST_REREAD, _MOST_REREAD_CHARS)
        if not gone or not said:
            return
        kept = words_of(f"{ticket.subject}\n{ticket.requester_name} {ticket.requester_address}", ticket.language)
        for one in said:
            kept |= words_of(one["words"], one["language"] or ticket.language)
            kept |= words_of(f"{one['author_name']} {one['author_address']}", ticket.language)
        if rest := sorted(set(gone) - kept):
            await self._connection.execute(_SQL["forget_words"], ticket.number, rest)

    async def seen(self, id_: UUID, revision: Revision) -> None:
        """Remember that a revision was made which changes no letter: what was done before it comes late."""
        await self._connection.execute(_SQL["seen"], id_, revision.at)

    async def sent(self, id_: UUID) -> SentMessage | None:
        """A message of a locked ticket, with what its channel was asked last."""
        row = await self._connection.fetchrow(_SQL["sent"], id_)
        if row is None:
            return None
        return SentMessage(
            **{name: row[name] for name in _SENT_FIELDS},
            attachments=orjson.loads(row["attachments"]),
            place=Place(*(row[f"place_{name}"] for name in _PLACE)),
            asking=Asking(row["revision"], row["revision_kind"] or "", row["revision_state"] or ""),
        )

    async def ask(self, id_: UUID, revision: Revision, number: int) -> None:
        """Remember what the channel of a message is asked for."""
        await self._connection.execute(_SQL["ask"], revision.id, id_, number, revision.kind, revision.at)

    async def asked(self, revision: str) -> AskedRevision | None:
        """What a channel was asked for under an id; None: nothing, or the message is gone."""
        row = await self._connection.fetchrow(_SQL["asked"], revision)
        return AskedRevision(row["ticket_number"], row["id"], row["kind"], row["number"]) if row else None

    async def answer(self, revision: str, state: str, detail: str) -> bool:
        """Note what became of it; whether that is news."""
        return await self._connection.fetchval(_SQL["answer"], revision, state, detail) is not None

    async def _blind(self, id_: UUID) -> None:
        """Take out of the router's decision what it saw of the message."""
        decision: str | None = await self._connection.fetchval(_SQL["decision"], id_)
        if decision is not None:
            seen = without_words(orjson.loads(decision))
            await self._connection.execute(_SQL["put_decision"], id_, orjson.dumps(seen).decode())


class RevisionReads:
    """What the API shows of it, and what is forgotten. Every method raises `DatabaseAway` as others do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_message(self, id_: UUID) -> list[Any]:
        """What a message said before, oldest first."""
        return await self._database.fetch(_SQL["revisions"], id_, 2 * MOST_KEPT)

    async def last_asked(self, ids: Sequence[UUID]) -> dict[UUID, Any]:
        """Message → the last revision that its channel was asked for, with what became of it."""
        if not ids:
            return {}
        return {row["message_id"]: row for row in await self._database.fetch(_SQL["last_asked"], list(ids))}

    async def forget(self) -> int:
        """Forget what messages said that were deleted long enough ago; returns how many texts."""
        return len(await self._database.fetch(_SQL["forget"], KEPT_DAYS, _MOST_FORGOTTEN))
