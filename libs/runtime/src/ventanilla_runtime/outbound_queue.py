"""What would go out: notifications and pages that wait in their streams. An operator looks at it, and may drop some."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ventanilla_contracts.call_events import TicketCallback
from ventanilla_contracts.dropped import DROPPED, DropOrder, DroppedCall, state_key, written_dropped
from ventanilla_contracts.events import NotificationFailed, NotificationRequested
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.ticket_events import TicketPaged
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.dropped import BUCKET, say_order
from ventanilla_runtime.errors import StreamMissing, WrongSequence
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher
from ventanilla_runtime.state import StateBucket

WAY_OF_DURABLE: Final = {
    "intake-email-sender": "email",
    "intake-chat-speaker": "slack",
    "intake-phone-speaker": "text",
    "intake-phone-caller": "call",
}
_CALLS: Final = (TicketPaged.type, TicketCallback.type)
_OUTBOUND: Final = "OUTBOUND"
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits to go out.

    Attributes:
        stream, sequence: where it waits.
        way: which of `outbound.WAYS` it takes.
        kind: what it is: `reply`, `acknowledgement`, …; of a call the event's type.
        id: of the notification, or of the page.
        copies: where the same waits once more, since it was published again.
        in_doubt: somebody had begun to send it, or Twilio or Slack may have it: it is looked up before it is sent.
    """

    stream: str
    sequence: int
    subject: str
    way: str
    kind: str
    id: str
    ticket_number: int | None
    automatic: bool
    asked_at: datetime
    expires_at: datetime | None
    in_doubt: bool = False
    copies: tuple[int, ...] = ()

    @property
    def medium(self) -> str:
        """The last word of its subject."""
        return self.subject.rpartition(".")[2]


async def waiting(broker: Broker, ways: Iterable[str]) -> list[Waiting]:
    """What waits to go out, oldest first by way; what its channel remembers as sent or failed is left out.

    Raises:
        Temporary: the broker is away.
    """
    wanted, found = set(ways), []
    many = Many(broker)
    for consumer in CONSUMERS:
        way = WAY_OF_DURABLE.get(consumer.durable)
        if way not in wanted or way is None:
            continue
        try:
            state = await broker.consumer_state(consumer.stream, consumer.durable)
        except StreamMissing:
            continue
        if not state.pending and not state.ack_pending:
            continue
        held = [
            one
            async for stored in _from(many, consumer.stream, state.ack_floor + 1)
            if (one := _read(stored, consumer.stream, way)) is not None
        ]
        found += await _undecided(many, held)
    return found


async def drop(
    broker: Broker, publisher: Publisher, prefix: str, items: Sequence[Waiting], by: str, origin: str
) -> int:
    """Let items never go out, whoever asks for them again. Tickets are told, of notifications as their channel would.

    The ways must be held: what a channel has in hand it sends. Doing it again drops nothing twice. Calls stay in
    their stream, which others read too; their channel passes them.

    Args:
        by, origin: who drops them, and from which machine.

    Returns:
        How many were dropped; the others were settled meanwhile.

    Raises:
        Temporary: some may be dropped and some not.
    """
    await say_order(publisher, _order(items, by, origin))
    state, count = StateBucket(broker, publisher, BUCKET), 0
    for item in items:
        if not await _settled(state, item, by):
            continue
        count += 1
        if item.stream == _OUTBOUND:
            await publisher.publish(_failed(item, prefix, by))
            for sequence in (item.sequence, *item.copies):
                await broker.remove(item.stream, sequence)
    return count


def _order(items: Sequence[Waiting], by: str, origin: str) -> DropOrder:
    kinds: dict[str, dict[str, int]] = {}
    for item in items:
        of_way = kinds.setdefault(item.way, {})
        of_way[item.kind] = of_way.get(item.kind, 0) + 1
    calls = (item for item in items if item.way == "call" and item.ticket_number is not None)
    return DropOrder(by, origin, kinds, tuple(DroppedCall(one.ticket_number or 0, one.kind, one.id) for one in calls))


async def _settled(state: StateBucket, item: Waiting, by: str) -> bool:
    """Write down that an item is dropped; False: its channel has settled it meanwhile."""
    key = state_key(item.id)
    for left in reversed(range(_TRIES)):
        entry = await state.read(key)
        if entry.value is not None and _stage(entry.value) == "settled":
            return False
        try:
            await state.replace(key, written_dropped(entry.value, by), entry.revision)
        except WrongSequence:  # its channel has written something
            if not left:
                raise
        else:
            return True
    return False


async def _from(many: Many, stream: str, sequence: int) -> AsyncIterator[StoredMessage]:
    while True:
        page = await many.page(stream, sequence)
        for stored in page.messages:
            yield stored
        if not page.more or not page.messages:
            return
        sequence = page.messages[-1].sequence + 1


def _read(stored: StoredMessage, stream: str, way: str) -> Waiting | None:
    """An item out of a message; None: this way does not take it."""
    try:
        body: dict[str, Any] = orjson.loads(stored.body)
    except ValueError:
        return None
    asked_at = datetime.fromtimestamp(nanoseconds(stored.stored_at) / 1e9, UTC)
    if stream == _OUTBOUND:
        type_, _, medium = stored.subject.partition(".")[2].rpartition(".")
        if _way_of(medium) != way or type_ != NotificationRequested.type:
            return None
        id_ = str(body.get("id", ""))
        kind = id_.partition(":")[2].partition("/")[0]
        expires_at = _time(body.get("expires_at"))
        ticket, automatic = body.get("ticket_number"), bool(body.get("automatic"))
    else:
        type_ = stored.subject.partition(".")[2]
        if type_ not in _CALLS or not _calls_somebody(body):
            return None
        id_ = str(body.get("page") or body.get("id", ""))
        kind, automatic = type_.split(".")[1], True
        expires_at = _time(body.get("answer_by"))
        ticket = (body.get("ticket") or {}).get("number")
    return Waiting(stream, stored.sequence, stored.subject, way, kind, id_, ticket, automatic, asked_at, expires_at)


def _calls_somebody(body: dict[str, Any]) -> bool:
    """Whether a telephone is to ring; where nobody is on call, or a callback is taken back, none is."""
    return body.get("state") == "due" if "callback" in body else bool(body.get("page") and body.get("agent"))


def _way_of(medium: str) -> str:
    return "text" if medium in ("sms", "whatsapp") else medium


async def _undecided(many: Many, items: Sequence[Waiting]) -> list[Waiting]:
    """Items that their channel has not settled, each notification once: it may have been published again."""
    keys = {item.id: f"$KV.{BUCKET}.{state_key(item.id)}" for item in items}
    known = await many.latest(f"KV_{BUCKET}", list(keys.values())) if keys else {}
    found: dict[str, Waiting] = {}
    for item in items:
        stored = known.get(keys[item.id])
        stage = None if stored is None or "KV-Operation" in stored.headers else _stage(stored.body)
        if stage == "settled":
            continue
        if (first := found.get(item.id)) is not None:
            found[item.id] = replace(first, copies=(*first.copies, item.sequence))
            continue
        found[item.id] = replace(item, in_doubt=stage == "begun")
    return list(found.values())


def _stage(value: bytes) -> str:
    """What a channel remembers: `settled`, `begun` or `waiting`. Each writes it in a form of its own."""
    if value.split()[:1] == [b"sent"]:  # Slack's
        return "settled"
    try:
        found = orjson.loads(value)
    except ValueError:
        return "begun"
    if not isinstance(found, dict):
        return "begun"
    if stage := found.get("stage"):  # a mail's, or what was dropped
        return "settled" if stage in ("sent", "failed") else "waiting" if stage == "waiting" else "begun"
    return "settled" if found.get("done") or found.get("failed") else "begun"  # a text's


def _failed(item: Waiting, prefix: str, by: str) -> Outgoing:
    now = datetime.now(UTC)
    event = NotificationFailed(
        id=event_id(NotificationFailed.type, item.id),
        notification_id=item.id,
        medium=item.medium,
        failed_at=now,
        reason=DROPPED,
        detail=f"an operator ({by}) dropped it while everything that goes out was held",
    )
    headers = {
        MSG_ID: f"{event.id}/{DROPPED}",
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-type": event.type,
        "ce-source": "/operator",
        "ce-time": now.isoformat(),
    }
    subject = f"{prefix}.{event.type}.{item.medium}"
    return Outgoing("DELIVERY", subject, event.model_dump_json().encode(), headers)


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
