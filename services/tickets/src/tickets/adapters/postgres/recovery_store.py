"""What a recovery reads and writes in the database."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.adapters.postgres.collision_store import CollisionStore
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.incoming import Place
from tickets.domain.settling.search_terms import facets
from ventanilla_contracts.ticket_events import TicketSnapshot

_SQL = load_queries("recovery")
_FACETS = ("type", "category", "status", "priority", "tier", "team", "assignee")


@dataclass(frozen=True, slots=True)
class Known:
    """How far the database knows a stream: all is settled or named up to `verified`, and nothing beyond `last`."""

    verified: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Reservation:
    """A message that is to open its ticket under the number it had."""

    accepted: Place
    intake: Place
    channel: str
    event_id: str
    number: int
    message_id: UUID
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class LostReply:
    """A reply that only the streams know: the notification that carried it, and its message's id."""

    message_id: UUID
    at: datetime
    notification: Mapping[str, Any]


class RecoveryStore:
    """The statements of a recovery. Each is safe to be done again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.collisions = CollisionStore(database)

    async def newest(self) -> datetime | None:
        """When the desk last wrote into this database; None: never."""
        row = await self._database.fetchrow(_SQL["newest"])
        at: datetime | None = row["at"]
        return at

    async def behind(self) -> list[str]:
        """Columns (`table.column`) with values that their sequence has not given out; none in a sound database."""
        found = []
        for row in await self._database.fetch(_SQL["numbered"]):
            table, column = row["table_name"], row["column_name"]
            # Names that the catalogue has, quoted by it.
            most = await self._database.fetchrow(f"select max({column}) as value from {table}")  # noqa: S608  # see above
            if (most["value"] or 0) > row["last"]:
                found.append(f"{table}.{column}")
        return found

    async def known(self, streams: Mapping[str, str]) -> dict[str, Known]:
        """How far streams (name → created at) are known; one of which nothing is known up to 0."""
        rows = await self._database.fetch(_SQL["audited"], list(streams), list(streams.values()))
        found = {row["stream"]: Known(row["verified_through"], row["known_through"]) for row in rows}
        return {name: found.get(name, Known()) for name in streams}

    async def move_numbers(self, last: int, gap: int, known_until: datetime) -> int:
        """Let new tickets get numbers beyond this one and a gap; returns the last that counts as given out.

        Args:
            known_until: as of `note`: a recovery of the same database leaves its gap once.
        """
        row = await self._database.fetchrow(_SQL["move_numbers"], max(last, 1), gap, known_until)
        number: int = row["last"]
        return number

    async def busiest_day(self, until: datetime) -> int:
        """The most tickets that were opened on one day of the quarter before."""
        row = await self._database.fetchrow(_SQL["busiest_day"], until)
        tickets: int = row["tickets"]
        return tickets

    async def known_messages(self, ids: Collection[UUID]) -> set[UUID]:
        """Those of these messages that the database has."""
        return {row["id"] for row in await self._database.fetch(_SQL["known_messages"], list(ids))}

    async def known_tickets(self, numbers: Collection[int]) -> set[int]:
        """Those of these tickets that the database has."""
        return {row["number"] for row in await self._database.fetch(_SQL["known_tickets"], list(numbers))}

    async def open_notifications(self, ids: Collection[str]) -> set[str]:
        """Those of these notifications that nobody has reported on yet."""
        rows = await self._database.fetch(_SQL["outbox_waiting"], list(ids))
        return {row["notification_id"] for row in rows}

    async def reserve(self, reservations: Sequence[Reservation]) -> int:
        """Keep the numbers of tickets whose messages will be settled again; returns how many are new."""
        columns = [
            (
                r.accepted.epoch, r.accepted.sequence, r.channel, r.event_id, r.number, r.message_id, r.intake.epoch,
                r.intake.sequence, r.accepted_at,
            )
            for r in reservations
        ]  # fmt: skip
        if not columns:
            return 0
        return len(await self._database.fetch(_SQL["reserve"], *map(list, zip(*columns, strict=True))))

    async def end_held(self, sent: Mapping[UUID, UUID]) -> tuple[int, list[int]]:
        """Let no reply that waited at the time of the backup go by itself: most have gone, and some were called back.

        Args:
            sent: reply that waited → the message that it became.

        Returns:
            How many are known as sent, and the tickets of those that an agent has to look at.
        """
        done = await self._database.fetch(_SQL["held_sent"], list(sent), list(sent.values()))
        doubted = await self._database.fetch(_SQL["held_in_doubt"])
        return len(done), sorted({row["ticket_number"] for row in doubted})

    async def note(self, since: datetime, known_until: datetime, report: Mapping[str, Any]) -> None:
        """Remember what a recovery did."""
        await self._database.execute(_SQL["note_recovery"], since, known_until, json.dumps(report))

    async def unfinished(self) -> tuple[datetime, datetime] | None:
        """Since when the restored database may be ignorant, and what it cannot be older than; None: all is done."""
        row = await self._database.fetchrow(_SQL["open_recovery"])
        return None if row["since"] is None else (row["since"], row["known_until"])

    async def finish(self) -> None:
        """People's work has been given back."""
        await self._database.execute(_SQL["finish_recovery"])

    async def restore_ticket(
        self,
        snapshot: TicketSnapshot,
        replies: Sequence[LostReply],
        changes: Sequence[Mapping[str, Any]],
        notes: Sequence[UUID],
        known_until: datetime,
    ) -> tuple[int, int, int] | None:
        """Give a ticket back what only its events know: replies, changes by people, and how it stood at last. Once.

        Args:
            changes: `ticket.changed` events of people, as data, in order.
            notes: internal notes, whose words no stream has.
            known_until: what the ticket is later than that, the restored database did not know.

        Returns:
            How many replies, notes and changes were new; None: there is no such ticket (yet).
        """
        last = f"{snapshot.number}/{snapshot.version}"
        async with self._database.transaction() as connection:
            ticket = await connection.fetchrow(_SQL["lock_ticket"], snapshot.number)
            if ticket is None:
                return None
            if not await connection.fetch(_SQL["unseen_events"], [last]):
                return 0, 0, 0
            sent = [reply for reply in replies if await _insert_reply(connection, ticket, reply)]
            changed = [await _insert_change(connection, snapshot.number, change) for change in changes]
            done = len(sent), len(notes), sum(changed)
            if any(done) or snapshot.updated_at > known_until:
                await _apply(connection, snapshot, sent)
            if any(done):
                at = max([snapshot.updated_at, *(reply.at for reply in sent)])
                detail = dict(zip(("replies", "notes", "changes"), done, strict=True))
                await _line(connection, snapshot.number, at, "desk", "ticket.restored", detail)
        return done


async def _insert_reply(connection: Any, ticket: Any, reply: LostReply) -> bool:
    asked = reply.notification
    mail = asked.get("mail") or {}
    addressed = {"to": [asked["to"], *asked.get("also_to", ())], "cc": list(asked.get("cc", ()))}
    made = await connection.fetchrow(
        _SQL["insert_reply"],
        reply.message_id,
        ticket["number"],
        f"restored/{reply.message_id}",
        ticket["channel"],
        ticket["account"],
        mail.get("from_name", ""),
        asked.get("subject", ""),
        asked.get("text", ""),
        asked.get("html"),
        asked.get("language"),
        mail.get("message_id"),
        json.dumps(addressed),
        json.dumps(list(asked.get("attachments", ()))),
        reply.at,
        asked["id"],
    )
    if made is None:
        return False
    detail = {"message": str(reply.message_id)}
    await _line(connection, ticket["number"], reply.at, "agent", "reply.sent", detail)
    return True


async def _insert_change(connection: Any, number: int, change: Mapping[str, Any]) -> int:
    at, made = datetime.fromisoformat(change["occurred_at"]), 0
    for one in change["changes"]:
        detail = json.dumps({"field": one["field"], "old": one.get("old"), "new": one.get("new")})
        made += len(await connection.fetch(_SQL["insert_change"], number, at, change["actor"], detail, one["field"]))
    return made


async def _apply(connection: Any, snapshot: TicketSnapshot, replies: Sequence[LostReply]) -> None:
    said = await connection.fetchval(_SQL["last_customer_word"], snapshot.number)
    solved = snapshot.status in ("solved", "closed", "pending")
    status = "open" if solved and said is not None and said > snapshot.updated_at else snapshot.status
    values = {name: getattr(snapshot, name) for name in _FACETS} | {"status": status}
    await connection.execute(
        _SQL["apply_snapshot"],
        snapshot.number,
        snapshot.type,
        snapshot.category,
        status,
        str(snapshot.priority),
        snapshot.tier,
        snapshot.team,
        snapshot.assignee,
        list(snapshot.tags),
        snapshot.subject,
        snapshot.version,
        snapshot.updated_at,
        min((reply.at for reply in replies), default=None),
    )
    lexemes = sorted(facets({**values, "assignee": snapshot.assignee or "none"}))
    await connection.execute(_SQL["replace_facets"], snapshot.number, lexemes, list(_FACETS))


async def _line(connection: Any, number: int, at: datetime, actor: str, action: str, detail: Mapping[str, Any]) -> None:
    await connection.execute(_SQL["insert_line"], number, at, actor, action, json.dumps(detail), "")
