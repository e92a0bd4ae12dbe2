"""Once everything has been settled again, and before anything goes out: what people did since the database's backup.

Customers' messages came back by themselves. What agents wrote and changed came over the API, and only its events are
left: their replies are in OUTBOUND whole, changes of fields in TICKETS. Of internal notes no stream has the words.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.adapters.postgres.recovery_store import LostReply, RecoveryStore
from tickets.handlers.recovering.reading import messages_since
from tickets.handlers.sending.deliveries import last_words, read_report
from ventanilla_contracts.events import NotificationRequested
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.ticket_events import TicketChanged, TicketMessageAdded, TicketSnapshot
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.broker import Broker

_READERS: Final = ("intake-chat-reader", "intake-phone-reader")
"""What they have in hand may be a call that goes on."""
_WAY: Final = (
    *_READERS, "intake-email-parser", "router", "tickets", "tickets-revisions", "tickets-delivery",
    "tickets-auditor-accepted", "tickets-auditor-intake",
)  # fmt: skip
"""Consumers through which messages become tickets, and reports reach them."""
_PEOPLE: Final = ("agent:", "api:", "token:")
_MARGIN: Final = timedelta(seconds=30)
"""A transaction may have begun before another that is in the backup, and have ended behind it."""


@dataclass(slots=True)
class _Ticket:
    """What the events since then say of one ticket."""

    snapshot: TicketSnapshot
    replies: dict[UUID, datetime] = field(default_factory=dict)
    notes: dict[UUID, datetime] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Replies:
    """What was given back.

    Attributes:
        wordless: replies that were announced, and whose words OUTBOUND does not have (any more).
        notes: internal notes, whose words are lost; their tickets say so.
        absent: tickets that events name and the database does not have.
    """

    tickets: int = 0
    replies: int = 0
    wordless: int = 0
    notes: int = 0
    changes: int = 0
    absent: list[int] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


async def recover_replies(
    broker: Broker,
    store: RecoveryStore,
    outbound: OutboundStore,
    *,
    known_until: datetime,
    give_up_absent: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Replies:
    """Give tickets back what people did to them, as far as the streams know it. Each once.

    Args:
        known_until: nothing in the restored database is younger.
        give_up_absent: end the recovery though tickets that events name are not there; else it can be done again.

    Raises:
        Temporary: broker or database are away; do it again.
    """
    progress("events of tickets")
    since = known_until - _MARGIN
    tickets = await _read(broker, since)
    wanted = {id_ for ticket in tickets.values() for id_ in (*ticket.replies, *ticket.notes)}
    known = await store.known_messages(wanted)
    progress("replies")
    sent = await _sent(broker, since, wanted - known)
    found = Replies()
    for number, ticket in sorted(tickets.items()):
        lost = [LostReply(id_, at, sent[id_]) for id_, at in ticket.replies.items() if id_ in sent]
        notes = [id_ for id_ in ticket.notes if id_ not in known]
        found.wordless += sum(id_ not in sent and id_ not in known for id_ in ticket.replies)
        done = await store.restore_ticket(ticket.snapshot, lost, ticket.changes, notes, known_until)
        if done is None:
            found.absent.append(number)
        elif any(done):
            found.tickets += 1
            found.replies += done[0]
            found.notes += done[1]
            found.changes += done[2]
    progress("what became of them")
    await _note_reports(broker, outbound, since, {str(body["id"]) for body in sent.values()})
    if give_up_absent or not found.absent:
        await store.finish()
    return found


async def unsettled(broker: Broker) -> dict[str, int]:
    """Consumer → messages that wait on the way to a ticket; empty: all that was accepted is in the database.

    Raises:
        Temporary: the broker is away.
    """
    found = {}
    for consumer in CONSUMERS:
        if consumer.durable in _WAY:
            state = await broker.consumer_state(consumer.stream, consumer.durable)
            in_hand = 0 if consumer.durable in _READERS else state.ack_pending
            if waiting := state.pending + in_hand:
                found[consumer.durable] = waiting
    return found


async def _read(broker: Broker, since: datetime) -> dict[int, _Ticket]:
    tickets: dict[int, _Ticket] = {}
    async for stored in messages_since(broker, "TICKETS", since):
        type_ = stored.subject.partition(".")[2]
        try:
            body = orjson.loads(stored.body)
            snapshot = TicketSnapshot.model_validate(body["ticket"])
        except (ValueError, KeyError, ValidationError):
            continue
        ticket = tickets.setdefault(snapshot.number, _Ticket(snapshot))
        if snapshot.version >= ticket.snapshot.version:
            ticket.snapshot = snapshot
        at = datetime.fromisoformat(body["occurred_at"])
        if type_ == TicketMessageAdded.type and body["kind"] == "agent":
            ticket.replies[UUID(body["message_id"])] = at
        elif type_ == TicketMessageAdded.type and body["kind"] == "note":
            ticket.notes[UUID(body["message_id"])] = at
        elif type_ == TicketChanged.type and str(body["actor"]).startswith(_PEOPLE):
            ticket.changes.append(body)
    return tickets


async def _sent(broker: Broker, since: datetime, wanted: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """The notifications that carried these replies."""
    names = {event_id(NotificationRequested.type, f"reply/{id_}"): id_ for id_ in wanted}
    found: dict[UUID, dict[str, Any]] = {}
    if not names:
        return found
    async for stored in messages_since(broker, "OUTBOUND", since):
        body = orjson.loads(stored.body)
        if (id_ := names.get(str(body.get("id")))) is not None:
            found[id_] = body
    return found


async def _note_reports(broker: Broker, outbound: OutboundStore, since: datetime, wanted: set[str]) -> None:
    """Note what channels reported of these notifications: their messages were not there yet when it was read again."""
    reports: list[Report] = []
    if wanted:
        async for stored in messages_since(broker, "DELIVERY", since):
            try:
                report = read_report(stored)
            except ValidationError:
                continue
            if report.notification_id in wanted:
                reports.append(report)
    if reports:
        await outbound.note(list(last_words(reports)))
