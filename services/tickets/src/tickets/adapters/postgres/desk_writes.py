"""The transactions in which people change tickets: lock, write, and leave the events in the outbox."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.announcement_store import Announcements
from tickets.adapters.postgres.correspondence import Correspondence
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.fallback_store import Fallbacks
from tickets.adapters.postgres.held_reply_store import HeldReplies
from tickets.adapters.postgres.incident_store import Incidents
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.link_store import Links
from tickets.adapters.postgres.merging_store import Merging
from tickets.adapters.postgres.person_store import PersonWrites
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.requester_store import Requesters
from tickets.adapters.postgres.retired_team_store import RetiredTeamWrites
from tickets.adapters.postgres.returns import contact_of
from tickets.adapters.postgres.revision_store import Revisions
from tickets.adapters.postgres.rows import ticket_row
from tickets.adapters.postgres.sender_list import ListedSender
from tickets.adapters.postgres.settling import Settling
from tickets.adapters.postgres.splitting_store import Splitting
from tickets.adapters.postgres.timers import follow_status, remove_timers, set_timers
from tickets.adapters.postgres.verifying_store import Verifying
from tickets.domain.outgoing import EncodedEvent
from tickets.domain.rows import HistoryRow, MessageRow, Settlement, Timer
from tickets.domain.settling.incoming import Contact, Place, TicketRow
from tickets.domain.tokens import Signer
from tickets.errors import KeyReused, NotFound, Overtaken

_SQL = load_queries("api_writes")
_SETTLE = load_queries("settle")
_LIST = load_queries("sender_list")
_DUE = load_queries("due")
_MOST_REFERENCES = 20
_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class DeskWrites:
    """Opens the transactions."""

    def __init__(self, database: Database, signer: Signer, levels: Levels | None = None) -> None:
        self._database = database
        self._signer = signer
        self._levels = levels

    @asynccontextmanager
    async def transaction(self, via: str | None = None) -> AsyncIterator["DeskTransaction"]:
        """All or nothing.

        Args:
            via: on which way whoever asks came; the lines that they write say so.

        Raises:
            Overtaken: another replica wrote the same thing meanwhile; nothing was written, do it again.
            DatabaseAway: nothing was written, or it cannot be known.
        """
        try:
            async with self._database.transaction() as connection:
                yield DeskTransaction(connection, Settling(connection, self._signer, self._levels, via))
        except asyncpg.UniqueViolationError as error:
            raise Overtaken(str(error)) from error

    async def clock(self) -> datetime:
        """The database's clock, outside of any transaction."""
        return await self._database.now()

    async def add_upload(self, id_: UUID, token_id: int, attachment: dict[str, Any]) -> None:
        """Remember an uploaded file until a reply sends it."""
        await self._database.execute(_SQL["insert_upload"], id_, token_id, json.dumps(attachment))


class DeskTransaction:
    """The statements of one transaction.

    `settling` has those that incoming messages need too, `correspondence` those about who gets what by mail, `merging`
    those with which tickets become one and part again, `splitting` those with which messages leave one, `revisions`
    those with which messages change, `requesters` those with which somebody else asks, `links` and `incidents` those
    about tickets that have to do with each other, `held_replies` those about replies that wait, `retired_teams`
    those about what teams left behind, `fallbacks` those with which words go out again by another way, `persons` those
    with which somebody is taken out of tickets.
    """

    def __init__(self, connection: Any, settling: Settling) -> None:
        self._connection = connection
        self.settling = settling
        self.correspondence = Correspondence(connection)
        self.merging = Merging(connection)
        self.revisions = Revisions(connection)
        self.links = Links(connection)
        self.incidents = Incidents(connection)
        self.held_replies = HeldReplies(connection)
        self.splitting = Splitting(connection)
        self.requesters = Requesters(connection)
        self.retired_teams = RetiredTeamWrites(connection)
        self.verifying = Verifying(connection)
        self.announcements = Announcements(connection)
        self.fallbacks = Fallbacks(connection)
        self.persons = PersonWrites(connection)

    async def now(self) -> datetime:
        """The database's clock."""
        return await self.settling.now()

    async def lock_ticket(self, number: int) -> TicketRow:
        """A ticket that nobody else changes until the end.

        Raises:
            NotFound: there is none.
        """
        row = await self._connection.fetchrow(_SQL["lock_ticket"], number)
        if row is None:
            raise NotFound(f"there is no ticket {number}")
        return ticket_row(row)

    async def save_ticket(self, ticket: TicketRow) -> None:
        """Write a locked ticket as it is now; another status starts other timers."""
        changed = await self._connection.fetchval(
            _SQL["update_ticket"], ticket.number, ticket.version, ticket.subject, ticket.type, ticket.category,
            ticket.status, ticket.impact, ticket.urgency, ticket.priority, ticket.tier, ticket.team, ticket.assignee,
            list(ticket.tags), ticket.cause, ticket.resolution, ticket.updated_at, ticket.first_response_at,
            ticket.solved_at, ticket.closed_at, ticket.policy, list(ticket.skills),
        )  # fmt: skip
        if changed:
            await follow_status(self._connection, {ticket.number: (ticket.status, ticket.updated_at)})

    async def set_timers(self, timers: Mapping[tuple[int, str], Sequence[Timer]]) -> None:
        """Replace what will happen to locked tickets by itself, by (ticket, kind)."""
        await set_timers(self._connection, timers)

    async def waits(self, number: int, kind: str, key: str) -> bool:
        """Whether something still waits to happen to a locked ticket, and its time has come."""
        return bool(await self._connection.fetchval(_DUE["waits"], number, kind, key))

    async def remove_timer(self, number: int, kind: str, key: str) -> None:
        """Take one row of a locked ticket back."""
        await remove_timers(self._connection, [(number, kind, key)])

    async def save(
        self,
        *,
        created: Sequence[TicketRow] = (),
        messages: Sequence[MessageRow] = (),
        history: Sequence[HistoryRow] = (),
        search: Sequence[tuple[int, str]] = (),
        references: Sequence[tuple[str, str, int, UUID, bool]] = (),
    ) -> None:
        """Write new rows; a new ticket's requester becomes its participant.

        Args:
            references: as `Settlement.references`: ids by which messages that come later find these.

        Raises:
            Overtaken: a message with this id was written meanwhile.
        """
        rows = Settlement(created=list(created), messages=list(messages), history=list(history), search=list(search))
        rows.references += references
        await self.settling.save(rows)

    async def save_outbox(self, events: Sequence[EncodedEvent], lease_seconds: float) -> list[int]:
        """Leave events in the outbox, leased to this process; returns their ids in order."""
        return await self.settling.save_outbox(events, lease_seconds)

    async def contact(self, address: str, name: str, kind: str = "email", grade: str = "claimed") -> Contact:
        """The person behind an address, of mail or of another kind, locked; made if nobody knew them.

        Raises:
            Overtaken: another replica made them at this moment.
        """
        row = await self._connection.fetchrow(_SETTLE["contacts"], kind, [address])
        if row:
            return contact_of(row)
        made = await self._connection.fetchrow(_SETTLE["new_contacts"], kind, [address], [name], [grade])
        if made is None:
            raise Overtaken("a contact was made by another replica")
        return Contact(made["contact_id"], None, _LONG_AGO, 0)

    async def ticket_of_message(self, id_: UUID) -> int | None:
        """The ticket of a message, or None if there is no such message."""
        number: int | None = await self._connection.fetchval(_SQL["message_ticket"], id_)
        return number

    async def notified(self, notification_id: str) -> tuple[int, str] | None:
        """(ticket, nonce) of the mail that a notification is, as `Settling.sent_mails` takes it; None: of none."""
        row = await self._connection.fetchrow(_SQL["notified"], notification_id)
        return (row["ticket_number"], row["id"].hex[:16]) if row else None

    async def thread(self, number: int) -> list[tuple[str, str]]:
        """(kind, Message-ID) of the ticket's mails, newest first."""
        rows = await self._connection.fetch(_SQL["thread"], number, _MOST_REFERENCES)
        return [(row["kind"], row["rfc_message_id"]) for row in rows]

    async def has_begun(self, number: int) -> bool:
        """Whether a ticket's customer has written something, or the desk has to them."""
        return bool(await self._connection.fetchval(_SQL["begun"], number))

    async def earlier_result(self, token_id: int, key: str, request_hash: bytes) -> dict[str, Any] | None:
        """What was done under a key before; None if the key is new and now taken by this transaction.

        Raises:
            KeyReused: it came with another request.
        """
        if await self._connection.fetchrow(_SQL["claim_key"], token_id, key, request_hash):
            await self._connection.execute(_SQL["forget_keys"])
            return None
        row = await self._connection.fetchrow(_SQL["key"], token_id, key)
        if row is None:
            raise Overtaken("the key was forgotten at this moment")
        if bytes(row["request_hash"]) != request_hash:
            raise KeyReused("this Idempotency-Key came before, with another request; use a new one")
        result: dict[str, Any] = json.loads(row["result"])
        return result

    async def known_result(self, token_id: int, key: str) -> dict[str, Any] | None:
        """What was done under a key before; None: nothing. Takes nothing."""
        row = await self._connection.fetchrow(_SQL["key"], token_id, key)
        result: dict[str, Any] | None = json.loads(row["result"]) if row else None
        return result

    async def finish_key(self, token_id: int, key: str, result: dict[str, Any]) -> None:
        """Remember what was done under a key."""
        await self._connection.execute(_SQL["finish_key"], token_id, key, json.dumps(result))

    async def take_uploads(self, ids: Sequence[UUID], token_id: int, message_id: UUID) -> dict[UUID, dict[str, Any]]:
        """Uploaded files by id, for the message that this transaction writes; a file goes out once."""
        if not ids:
            return {}
        rows = await self._connection.fetch(_SQL["take_uploads"], list(ids), token_id, message_id)
        return {row["id"]: json.loads(row["attachment"]) for row in rows}

    async def lock_quarantined(self, id_: UUID) -> Any:
        """A message in quarantine that nobody else decides about until the end.

        Raises:
            NotFound: there is none.
        """
        row = await self._connection.fetchrow(_SQL["lock_quarantined"], id_)
        if row is None:
            raise NotFound(f"nothing with id {id_} is or was in quarantine")
        return row

    async def places(self, id_: UUID) -> tuple[Place, Place]:
        """Where the acceptance and the event of a quarantined message lie.

        Raises:
            NotFound: the ledger has no such row.
        """
        row = await self._connection.fetchrow(_SQL["places"], id_)
        if row is None:
            raise NotFound(f"the ledger does not know {id_} as quarantined")
        intake = Place(row["intake_epoch"] or row["epoch"], row["intake_sequence"] or row["sequence"])
        return Place(row["epoch"], row["sequence"]), intake

    async def decide_quarantined(self, id_: UUID, state: str, actor: str, why: str, number: int | None) -> None:
        """Note what was decided about a quarantined message."""
        await self._connection.execute(_SQL["decide_quarantined"], id_, state, actor, why, number)

    async def known_contact(self, address: str, kind: str = "email") -> Contact | None:
        """The person behind an address, of mail or of another kind, locked; None if nobody knows them."""
        row = await self._connection.fetchrow(_SETTLE["contacts"], kind, [address])
        return contact_of(row) if row else None

    async def undeliverable(self, addresses: Sequence[str]) -> list[str]:
        """Those of these addresses to which no mail is sent because it comes back."""
        rows = await self._connection.fetch(_SQL["undeliverable_among"], list(addresses))
        return [row["address"] for row in rows]

    async def decide(self, actor: str, action: str, detail: Mapping[str, Any], why: str) -> None:
        """Write down what somebody of the desk decided, and why."""
        await audit_log.add_line(self._connection, actor, action, self.settling.told(actor, detail), why)

    async def list_sender(self, entry: ListedSender, actor: str) -> Any:
        """Allow or deny a sender; one who is listed already is listed anew. Returns the row."""
        return await self._connection.fetchrow(
            _LIST["put"], entry.kind, entry.sender, entry.note, actor, entry.expires_at
        )

    async def unlist_sender(self, id_: int) -> Any:
        """Take a sender off the list; returns `kind`, `sender`, `expires_at`, or None if there is no such entry."""
        return await self._connection.fetchrow(_LIST["remove"], id_)

    async def release_ledger(self, id_: UUID, outcome: str, reason: str, number: int) -> None:
        """The acceptance of a released message ends in a ticket after all.

        Raises:
            Overtaken: its row changed meanwhile.
        """
        if not await self._connection.fetchrow(_SQL["release_ledger"], id_, reason, number, outcome):
            raise Overtaken("the ledger's row changed meanwhile")
