"""Ways on file and one-time codes as rows: statements of one transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.adapters.postgres.locks import COUNTING_CODES
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.rows import ticket_row
from tickets.adapters.postgres.text_wishes import TextWishes
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.verifying.codes import Code, Counted
from tickets.domain.verifying.factors import MAIL, PHONE, OnFile
from tickets.errors import NotFound
from ventanilla_contracts.words import identity_kind

_SQL = load_queries("verifying")


class Verifying:
    """The statements; the ticket is locked by whoever writes."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def ticket(self, number: int) -> TicketRow:
        """A ticket as it is, for whoever only reads.

        Raises:
            NotFound: there is none.
        """
        row = await self._connection.fetchrow(_SQL["ticket"], number)
        if row is None:
            raise NotFound(f"there is no ticket {number}")
        return ticket_row(row)

    async def ways(self, ticket: TicketRow) -> list[OnFile]:
        """Ways on file to whoever asks in a ticket."""
        rows = await self._connection.fetch(_SQL["ways"], identity_kind(ticket.channel), ticket.requester_address)
        return [OnFile(row["kind"], row["address"], row["since"], row["own"]) for row in rows]

    async def returned(self, ways: Iterable[OnFile]) -> frozenset[str]:
        """Those of their mail addresses whose mail comes back."""
        addresses = [way.address for way in ways if way.kind == MAIL]
        rows = await self._connection.fetch(_SQL["returned"], addresses) if addresses else []
        return frozenset(row["address"] for row in rows)

    async def opted_out(self, ways: Iterable[OnFile], account: str) -> frozenset[str]:
        """Those of their numbers whose people want no texts from a number of the desk's."""
        numbers = [way.address for way in ways if way.kind == PHONE]
        return await TextWishes(self._connection).none_wanted(account, numbers)

    async def began(self, ticket: TicketRow) -> datetime:
        """When the conversation of a ticket began, those that were merged into it included: it need not be written."""
        row = await self._connection.fetchrow(_SQL["began"], ticket.number)
        began: datetime = row["min"] or ticket.created_at
        return began

    async def counted(self, number: int, way: OnFile, now: datetime) -> Counted:
        """What was sent in the last 24 hours. Until the transaction ends nobody else counts."""
        await self._connection.execute(_SQL["hold_counts"], COUNTING_CODES)
        row = await self._connection.fetchrow(_SQL["counts"], number, way.address, way.prefix, way.medium, now)
        return Counted(row["ticket"], row["address"], row["prefix"], row["day"], row["last"])

    async def add(self, code: Code, way: OnFile, notification_id: str) -> None:
        """A code that is sent; the one that was open is worth nothing any more. Forgets some that no cap counts."""
        await self._connection.execute(_SQL["replace"], code.ticket_number, code.sent_at)
        await self._connection.execute(
            _SQL["insert"], UUID(code.id), code.ticket_number, code.requester_id, code.medium, way.address, way.prefix,
            code.shown, code.hash, code.sent_at, code.expires_at, code.actor, notification_id,
        )  # fmt: skip
        await self._connection.execute(_SQL["forget"])

    async def latest(self, number: int) -> Code | None:
        """The ticket's last code, whatever became of it; None: there is none, or it is forgotten."""
        row = await self._connection.fetchrow(_SQL["latest"], number)
        return None if row is None else _code(row)

    async def last_verified(self, ticket: TicketRow) -> Code | None:
        """The code by which whoever asks now was verified in this ticket; None: by none."""
        row = await self._connection.fetchrow(_SQL["last_verified"], ticket.number, ticket.requester_id)
        return None if row is None else _code(row)

    async def tried(self, code: Code, tries: int, ended_at: datetime | None) -> None:
        """A wrong try; with a time it was the last."""
        await self._connection.execute(_SQL["tried"], UUID(code.id), tries, ended_at)

    async def proven(self, code: Code, at: datetime) -> None:
        """The code was given."""
        await self._connection.execute(_SQL["proven"], UUID(code.id), at)


def _code(row: Any) -> Code:
    return Code(
        id=str(row["id"]),
        ticket_number=row["ticket_number"],
        requester_id=row["requester_id"],
        medium=row["medium"],
        address=row["address"],
        shown=row["shown"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
        tries=row["tries"],
        outcome=row["outcome"],
        ended_at=row["ended_at"],
        actor=row["actor"],
        delivery=row["delivery"],
        delivery_detail=row["delivery_detail"],
        hash=bytes(row["hash"] or b""),
    )
