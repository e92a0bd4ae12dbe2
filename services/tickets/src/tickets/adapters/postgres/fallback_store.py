"""Words that go out again by another way: statements of one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.verifying_store import Verifying
from tickets.domain.correspondence.fallback import KnownAddress, Talk, Way, other_way
from tickets.domain.correspondence.notices import Desk
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.verifying.factors import PHONE, is_landline, usable

_SQL = load_queries("fallback")
_MOST: Final = 50
"""Addresses and conversations of one contact that are looked at."""


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that did not arrive.

    Attributes:
        to: the address that it went to; "" where nobody is named: whoever asks.
    """

    id: UUID
    kind: str
    body: str
    body_html: str | None
    subject: str
    author_name: str
    attachments: Sequence[Mapping[str, Any]]
    to: str
    accepted_at: datetime


class Fallbacks:
    """The statements; the ticket is locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def failed(self, notification: str, number: int) -> FailedMessage | None:
        """The message that a notification was, locked; None: there is none that could go another way."""
        row = await self._connection.fetchrow(_SQL["failed"], notification, number)
        if row is None:
            return None
        people = orjson.loads(row["addressed"]).get("to") or [{}]
        return FailedMessage(
            id=row["id"],
            kind=row["kind"],
            body=row["body"],
            body_html=row["body_html"],
            subject=row["subject"],
            author_name=row["author_name"],
            attachments=orjson.loads(row["attachments"]),
            to=people[0].get("address", ""),
            accepted_at=row["accepted_at"],
        )

    async def other(self, failed: Way, reason: str, ticket: TicketRow, desk: Desk) -> Way | None:
        """The best other way to whoever asks in a ticket; None: there is none.

        Args:
            failed: the way on which words do not arrive. reason: why, as the channel names it.
        """
        boxes = [box for box in desk.names if "@" in box]
        written_to = await self.mailbox(ticket.requester_id)
        mailbox = written_to if written_to in boxes else next(iter(boxes), None)
        known = [one for one in await self.known(ticket) if one.address not in desk.own]
        return other_way(failed, reason, known, await self.talks(ticket.requester_id), mailbox)

    async def known(self, ticket: TicketRow) -> list[KnownAddress]:
        """Addresses of whoever asks in a ticket that are theirs beyond a claim, the longest known first."""
        rows = await self._connection.fetch(_SQL["proven"], ticket.requester_id, _MOST)
        found = [KnownAddress(row["kind"], row["address"], proven=True, stopped=row["stopped"]) for row in rows]
        verifying = Verifying(self._connection)
        began = await verifying.began(ticket)
        # What came on file since then may have been asked for in this very conversation.
        ways = [one for one in usable(await verifying.ways(ticket)) if not one.own and one.since < began]
        unwanted = await verifying.returned(ways) | await verifying.opted_out(ways, ticket.account)
        for way in ways:
            stopped = way.address in unwanted or (way.kind == PHONE and is_landline(way.address))
            found.append(KnownAddress(way.kind, way.address, proven=True, stopped=stopped))
        return found

    async def talks(self, contact: int) -> list[Talk]:
        """Where a contact and the desk have texted each other, the last first."""
        rows = await self._connection.fetch(_SQL["talks"], contact, _MOST)
        return [Talk(row["medium"], row["address"], row["account"], row["conversation"]) for row in rows]

    async def mailbox(self, contact: int) -> str | None:
        """The desk's mailbox to which a contact wrote last; None: to none."""
        account: str | None = await self._connection.fetchval(_SQL["mailbox"], contact)
        return account

    async def goes_again(self, message: UUID, notification: str, instead_of: str, mail_id: str | None, to: str) -> None:
        """Note that a message is on its way again, as another notification, and to which address."""
        await self._connection.execute(_SQL["goes_again"], message, notification, instead_of, mail_id, to)
