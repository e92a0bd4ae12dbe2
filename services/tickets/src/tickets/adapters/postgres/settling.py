"""Loading what surrounds a batch of messages, and saving what became of it, inside one transaction."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from tickets.adapters.postgres.assignment_store import Assigning
from tickets.adapters.postgres.callback_store import Callbacks
from tickets.adapters.postgres.clock_store import Clocks, follow_history, note_promises
from tickets.adapters.postgres.collision_store import CollisionStore
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.ladder_store import Ladders
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.mention_store import follow_notes
from tickets.adapters.postgres.page_store import save_pages
from tickets.adapters.postgres.probe_store import Probes
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.references import Known, free_places, named_by, recent_of, reference_hash
from tickets.adapters.postgres.returns import contact_of, load_sent_mails, save_returns
from tickets.adapters.postgres.rows import ticket_row
from tickets.adapters.postgres.rule_texts import RuleTextStore
from tickets.adapters.postgres.silence import Silence
from tickets.adapters.postgres.slack_store import recognise_staff, staff_among
from tickets.adapters.postgres.text_wishes import TextWishes
from tickets.adapters.postgres.timers import add_timers, follow_answers, follow_status, set_timers
from tickets.adapters.postgres.webhook_store import save_webhooks
from tickets.domain.outgoing import EncodedEvent
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.settling.bounces import SentMail
from tickets.domain.settling.incoming import Contact, Incoming, Place, Settled, Surroundings, TicketRow
from tickets.domain.settling.screening import LOOP_SECONDS, RateKey
from tickets.domain.settling.staff import slack_members, slack_writers
from tickets.domain.settling.taken_calls import WHY as TOOK_CALL
from tickets.domain.settling.threads import KnownReference, named_tickets
from tickets.domain.tokens import Signer
from tickets.errors import Overtaken

_SQL = load_queries("settle")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class SettlingStore:
    """Opens the transactions in which batches are settled; remembers the numbers of streams."""

    def __init__(self, database: Database, signer: Signer, levels: Levels | None = None) -> None:
        self._database = database
        self._signer = signer
        self._levels = levels or Levels()
        self._epochs: dict[tuple[str, str], int] = {}
        self.rule_texts, self.collisions = RuleTextStore(database), CollisionStore(database)

    async def epochs(self, streams: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Numbers for (stream, created-at), made where they are new."""
        named = set(streams)
        if not self._epochs.keys() >= named:
            wanted = sorted(named)
            await self._database.execute(_SQL["epochs"], [name for name, _ in wanted], [at for _, at in wanted])
            for row in await self._database.fetch(_SQL["epochs_known"]):
                self._epochs[row["stream"], row["created_at"]] = row["id"]
        return self._epochs

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Settling"]:
        """One batch, all or nothing.

        Raises:
            Overtaken: another replica settled some of it meanwhile; nothing was written, look again.
            DatabaseAway: nothing was written, or it cannot be known.
        """
        try:
            async with self._database.transaction() as connection:
                yield Settling(connection, self._signer, self._levels)
        except asyncpg.UniqueViolationError as error:
            raise Overtaken(str(error)) from error


class Settling:
    """The statements of one settling transaction, in the order in which they are called."""

    def __init__(self, connection: Any, signer: Signer, levels: Levels | None = None, via: str | None = None) -> None:
        """Statements over a connection in a transaction.

        Args:
            via: on which way the agent came who asks for what is written.
        """
        self._connection = connection
        self._via = via
        self._signer = signer
        self._levels = levels or Levels()
        self.assigning = Assigning(connection)
        self.ladders = Ladders(connection, self._levels)
        self.clocks = Clocks(connection, self._levels)
        self.callbacks = Callbacks(connection, self._levels)
        self.wishes = TextWishes(connection)
        self.silence = Silence(connection)
        self.probes = Probes(connection)
        self._knowing: dict[UUID, list[Known]] = {}
        self._conversations: set[UUID] = set()

    async def hold_documents(self) -> None:
        """Make sure that what is promised to new tickets is what is in force now; before any ticket is locked."""
        await self._levels.hold(self._connection)
        self.ladders.documents_held = True

    def policies(self) -> Sequence[str]:
        """Names of policies in force; after `hold_documents`."""
        return sorted(self._levels.policies)

    async def load(self, messages: Sequence[Incoming]) -> Surroundings:
        """What the database holds about these messages; the tickets are locked until the end.

        Raises:
            Overtaken: one of the tickets was merged meanwhile; nothing was written, look again.
        """
        await self.hold_documents()
        fetch = self._connection.fetch
        settled = {
            Place(*row[:2]): Settled(*row[2:])
            for row in await fetch(
                _SQL["settled"], [m.accepted.epoch for m in messages], [m.accepted.sequence for m in messages]
            )
        }
        effects = {row["id"]: row["ticket_number"] for row in await fetch(_SQL["effects"], [m.id for m in messages])}
        references, numbers = await self._load_references(messages)
        for message in messages:
            numbers.update(named_tickets(message.claim, self._signer), message.said_about)
        # A message that vanished may have stood in a ticket that nothing in it names: that one's number is not free.
        numbers.update(end.ticket_number for end in settled.values() if end.vanished and end.ticket_number)
        tickets: dict[int, TicketRow] = {}
        recent: dict[int, list[tuple[str, float]]] = {}
        if numbers:
            locked = [row["number"] for row in await fetch(_SQL["lock_tickets"], sorted(numbers))]
            since = min(message.accepted_at for message in messages) - timedelta(seconds=LOOP_SECONDS)
            for row in await fetch(_SQL["tickets"], locked, since):
                if row["goes_on"] and row["merged_into"] not in locked:
                    raise Overtaken(f"ticket {row['number']} was merged while this waited for it")
                tickets[row["number"]] = ticket_row(row)
                recent[row["number"]] = [recent_of(entry) for entry in row["recent"]]
        await recognise_staff(self._connection, slack_members(messages))
        staff = await staff_among(self._connection, slack_writers(messages))
        return Surroundings(settled, effects, tickets, references, recent, staff)

    async def _load_references(self, messages: Sequence[Incoming]) -> tuple[dict[str, list[KnownReference]], set[int]]:
        hashes: dict[UUID, tuple[str, str]] = {}
        for message in messages:
            claim = message.claim
            for id_ in (*claim.replies_to, *([claim.message_id] if claim.message_id else [])):
                hashes[reference_hash(message.account, id_)] = (message.account, id_)
            if claim.conversation:
                self._conversations.add(reference_hash(message.account, claim.conversation))
        references: dict[str, list[KnownReference]] = {}
        numbers: set[int] = set()
        if hashes:
            for row in await self._connection.fetch(_SQL["references"], list(hashes)):
                self._knowing.setdefault(row["reference"], []).append((row["ordinal"], row["ticket_number"]))
                named = named_by(row["author"], row["addressed"])
                known = KnownReference(row["ticket_number"], row["own"], named)
                references.setdefault(hashes[row["reference"]][1], []).append(known)
                numbers.add(row["ticket_number"])
        return references, numbers

    async def contacts(
        self,
        writers: Mapping[tuple[str, str], Incoming],
        recipients: Iterable[str] = (),
        others: Iterable[tuple[str, str]] = (),
    ) -> dict[tuple[str, str], Contact]:
        """The contacts behind (channel, address), locked; new ones are made.

        Args:
            writers: each with one of its messages, for name and identity grade.
            recipients: mail addresses of people who need not have written.
            others: further people, by channel and address.

        Raises:
            Overtaken: another replica made one of them at this moment.
        """
        found: dict[tuple[str, str], Contact] = {}
        wanted: dict[tuple[str, str], tuple[str, str]] = {("email", address): ("", "claimed") for address in recipients}
        wanted |= dict.fromkeys(others, ("", "claimed"))
        wanted |= {writer: (message.sender_name, message.grade) for writer, message in writers.items()}
        for channel in sorted({channel for channel, _ in wanted}):
            people = {address: person for (kind, address), person in wanted.items() if kind == channel}
            for row in await self._connection.fetch(_SQL["contacts"], channel, list(people)):
                found[channel, row["address"]] = contact_of(row)
            fresh = sorted(address for address in people if (channel, address) not in found)
            if fresh:
                names = [people[address][0] for address in fresh]
                grades = [people[address][1] for address in fresh]
                made = await self._connection.fetch(_SQL["new_contacts"], channel, fresh, names, grades)
                if len(made) != len(fresh):
                    raise Overtaken("a contact was made by another replica")
                for row in made:
                    found[channel, row["address"]] = Contact(row["contact_id"], None, _LONG_AGO, 0)
        return found

    async def sent_mails(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], SentMail]:
        """Mails of ours by (ticket, nonce), locked; those that are not there any more are left out.

        Args:
            keys: proven by a signature.
        """
        return await load_sent_mails(self._connection, keys)

    async def draw_rates(self, opened: Mapping[RateKey, int]) -> dict[RateKey, int]:
        """Count tickets of senders and domains; returns how many all replicas have counted for each by now."""
        if not opened:
            return {}
        columns = zip(*((sender, hour, count) for (sender, hour), count in opened.items()), strict=True)
        rows = await self._connection.fetch(_SQL["draw_rates"], *columns)
        return {(row["sender"], row["hour"]): row["used"] for row in rows}

    async def draw_numbers(self, count: int) -> list[int]:
        """Numbers for new tickets, in order."""
        if not count:
            return []
        return [row[0] for row in await self._connection.fetch(_SQL["numbers"], count)]

    async def draw_acknowledgements(self, wanted: int, limit: int) -> int:
        """How many of the wanted acknowledgements the desk's budget of this minute still grants."""
        if not wanted:
            return 0
        before: int = await self._connection.fetchval(_SQL["budget"], wanted)
        return max(0, min(wanted, limit - before))

    async def now(self) -> datetime:
        """The database's clock."""
        now: datetime = await self._connection.fetchval("select clock_timestamp()")
        return now

    async def save(self, rows: Settlement) -> None:
        """Write everything but the outbox.

        Raises:
            Overtaken: another replica settled some of it meanwhile.
        """
        note_promises(rows, self._levels)
        await self._save_tickets(rows)
        for number, agent, since in rows.followers:
            await self.assigning.handing.follow(number, [agent], since, TOOK_CALL)
        await self._save_messages(rows)
        await save_pages(self._connection, rows.pages)
        await self.ladders.follow(rows)  # before the histories are written: it adds lines to them
        await self.callbacks.follow(rows)  # so does this
        await self._save_around(rows)
        await self.save_returns(rows)
        new = {ticket.number for ticket in rows.created}
        await follow_status(self._connection, rows.restarted, new)
        await follow_answers(self._connection, rows.history)
        await follow_history(self._connection, rows, self._levels)
        await set_timers(self._connection, rows.timers, new)
        await add_timers(self._connection, rows.waits)
        await save_webhooks(self._connection, rows.webhooks)
        await follow_notes(self._connection, rows)
        await self._save_ledger(rows)

    async def _save_tickets(self, rows: Settlement) -> None:
        lexemes = dict(rows.search)
        if rows.created:
            columns = zip(
                *(
                    (
                        t.number, t.version, t.subject, t.type, t.category, t.status, t.impact, t.urgency, t.priority,
                        t.tier, t.team, t.channel, t.account, t.requester_id, t.requester_address, t.requester_name,
                        t.requester_grade, t.language, " ".join(t.tags), t.policy, t.related_to, t.created_at,
                        t.updated_at, lexemes.pop(t.number, ""), t.assignee, " ".join(rows.skills.get(t.number, ())),
                    )
                    for t in rows.created
                ),
                strict=True,
            )  # fmt: skip
            turns = list(rows.turns), list(rows.turns.values())
            conversations = [t.conversation for t in rows.created]
            written_in = [t.written_in for t in rows.created]
            await self._connection.execute(_SQL["insert_tickets"], *columns, *turns, conversations, written_in)
        elif rows.turns:
            await self.assigning.save_turns(rows.turns)
        if rows.changed:
            changed = [rows.changed[number] for number in sorted(rows.changed)]
            columns = zip(*((t.number, t.version, t.status, t.updated_at, t.solved_at) for t in changed), strict=True)
            await self._connection.execute(_SQL["update_tickets"], *columns)
        if rows.answered:
            numbers = sorted(rows.answered)
            await self._connection.execute(_SQL["note_answered"], numbers, [rows.answered[one] for one in numbers])
        if rows.retagged:
            retagged = sorted(rows.retagged & rows.changed.keys())
            tags = [" ".join(rows.changed[number].tags) for number in retagged]
            await self._connection.execute(_SQL["update_tags"], retagged, tags)
        if lexemes:
            await self._connection.execute(_SQL["merge_search"], list(lexemes), list(lexemes.values()))
        if rows.participants:
            columns = zip(
                *(
                    (p.ticket_number, p.person.address, p.role, p.added_at, p.person.name, p.added_by)
                    for p in rows.participants
                ),
                strict=True,
            )
            await self._connection.execute(_SQL["insert_participants"], *columns)

    async def _save_messages(self, rows: Settlement) -> None:
        if not rows.messages:
            return
        decisions = dict(rows.routings)
        columns = zip(
            *(
                (
                    m.id, m.ticket_number, m.kind, m.event_id, m.channel, m.account, m.author_address, m.author_name,
                    m.subject, m.body, m.body_html, m.body_cut, m.language, m.automation, m.rfc_message_id,
                    m.addressed, m.attachments, m.raw, m.sent_at, m.accepted_at, m.intake_epoch, m.intake_sequence,
                    m.notification_id, m.delivery_state, m.reply_text, m.findings, decisions.get(m.id),
                )
                for m in rows.messages
            ),
            strict=True,
        )  # fmt: skip
        places = free_places(rows.references, self._knowing, self._conversations)
        ids = zip(*places, strict=True) if places else ([], [], [], [], [])
        more = [m.came_by for m in rows.messages], [m.fallback_to for m in rows.messages]
        made = await self._connection.fetchrow(_SQL["insert_messages"], *columns, *ids, *more)
        if made["messages"] != len(rows.messages):
            raise Overtaken("a message was settled by another replica")
        if made["ids"] != len(places):
            raise Overtaken("another replica settled a message of the same thread")

    def told(self, actor: str, detail: Mapping[str, Any]) -> Mapping[str, Any]:
        """The detail of a line about what somebody did, with the way on which they came."""
        return {**detail, "via": self._via} if self._via and actor.startswith("agent:") else detail

    def _detail(self, line: HistoryRow) -> str:
        return orjson.dumps(self.told(line.actor, line.detail)).decode()

    async def _save_around(self, rows: Settlement) -> None:
        execute = self._connection.execute
        if rows.history:
            columns = zip(
                *((h.ticket_number, h.at, h.actor, h.action, self._detail(h), h.why) for h in rows.history),
                strict=True,
            )
            await execute(_SQL["insert_history"], *columns)
        if rows.contacts:
            people = [contact for _, contact in sorted(rows.contacts.items())]
            columns = zip(
                *((c.id, c.language, c.acknowledged_since, c.acknowledged_count) for c in people),
                strict=True,
            )
            await execute(_SQL["update_contacts"], *columns)

    async def save_returns(self, rows: Settlement) -> None:
        """Write what reports said of mails and of the ways to addresses."""
        await save_returns(self._connection, rows)

    async def _save_ledger(self, rows: Settlement) -> None:
        if rows.quarantined:
            columns = zip(
                *(
                    (
                        m.id, m.event_id, rows.quarantine_reasons[m.id], m.channel, m.account, m.sender_address,
                        m.subject, bytes(m.event).decode(), m.raw, m.accepted_at, m.verdict,
                    )
                    for m in rows.quarantined
                ),
                strict=True,
            )  # fmt: skip
            if len(await self._connection.fetch(_SQL["insert_quarantine"], *columns)) != len(rows.quarantined):
                raise Overtaken("a message was quarantined by another replica")
        if rows.ledger:
            columns = zip(
                *(
                    (
                        r.accepted.epoch, r.accepted.sequence, r.channel, r.event_id, r.outcome, r.reason,
                        r.ticket_number, r.message_id, r.intake.epoch, r.intake.sequence, r.accepted_at,
                    )
                    for r in rows.ledger
                ),
                strict=True,
            )  # fmt: skip
            if len(await self._connection.fetch(_SQL["insert_ledger"], *columns)) != len(rows.ledger):
                raise Overtaken("an acceptance was settled by another replica")

    async def save_outbox(self, rows: Sequence[EncodedEvent], lease_seconds: float) -> list[int]:
        """Write outgoing events, leased to this process; returns their ids in order."""
        if not rows:
            return []
        columns = zip(
            *(
                (r.stream, r.subject, r.key, orjson.dumps(r.headers).decode(), r.body, r.notification_id, r.expires_at)
                for r in rows
            ),
            strict=True,
        )
        made = await self._connection.fetch(_SQL["insert_outbox"], *columns, lease_seconds)
        return [row["id"] for row in made]
