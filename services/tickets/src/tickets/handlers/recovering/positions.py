"""Before the services start again: sequences, numbers and positions of a restored database and restored streams.

The database is usually older: it was backed up first, and the streams know what happened since. The ticket service's
consumers are put back to where the database is, so that everything goes its ordinary way again, in its order; ids are
derived from the source, so that nothing is made twice, and what was sent is known as sent. Where the streams are
older, they must not give out sequences again that the database knows as settled.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from tickets.adapters.postgres.recovery_store import Known, RecoveryStore, Reservation
from tickets.adapters.postgres.settling import SettlingStore
from tickets.domain.settling.incoming import Place, effect_id
from tickets.domain.settling.reading import read_keys
from tickets.errors import MalformedRouting
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.answers import StoredMessage, StreamState
from ventanilla_runtime.backups.positions import first_since, is_pulled, rewind, skip_to
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import Publisher

_AUDITED: Final = ("ACCEPTED", "INTAKE")
_BACK_BY_TIME: Final = {
    "ROUTED": "tickets",
    "REVISIONS": "tickets-revisions",
    "DELIVERY": "tickets-delivery",
    "DEADLETTER": "tickets-deadletter",
}
_MARGIN: Final = timedelta(minutes=10)
"""What is handed out once more costs a look; what is left out costs a message."""


class Running(Exception):
    """The ticket service takes messages: what is put back would move at once."""


@dataclass(slots=True)
class Recovered:
    """What was found and done.

    Attributes:
        since: whatever the streams got since then may be unknown to the database.
        skipped: stream → sequences that are not given out again.
        rewound: consumer → the sequence from which it hands out again.
        numbers_kept: tickets that their messages will open under the numbers they had.
        last_number: the last ticket number that counts as given out.
        by_hand: numbers of tickets that nothing in the streams can open again: made over the API.
        held_sent: replies that waited at the time of the backup and were sent since: they do not go once more.
        held_in_doubt: tickets with such a reply of which nothing says that it was sent: an agent has to look.
        settled_elsewhere: notifications in older streams that the database knows as sent or failed.
    """

    since: datetime
    skipped: dict[str, int] = field(default_factory=dict)
    rewound: dict[str, int] = field(default_factory=dict)
    numbers_kept: int = 0
    last_number: int = 0
    by_hand: list[int] = field(default_factory=list)
    settled_elsewhere: int = 0
    held_sent: int = 0
    held_in_doubt: list[int] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "since": self.since.isoformat()}


async def recover_positions(
    broker: Broker,
    publisher: Publisher,
    store: RecoveryStore,
    settling: SettlingStore,
    *,
    prefix: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Recovered:
    """Put everything where it belongs. Doing it again changes nothing more.

    Raises:
        Running: a ticket service takes messages.
        PositionRefused: the broker cannot do it.
        Temporary: broker or database are away; do it again.
    """
    for stream, durable in _BACK_BY_TIME.items():
        if await is_pulled(broker, stream, durable):
            raise Running(f"the ticket service runs ({durable} is pulled): stop all services first")
    states = {name: await broker.stream_state(name) for name in _AUDITED}
    known = await store.known({name: state.created_at for name, state in states.items()})
    known_until = await store.newest() or datetime(2000, 1, 1, tzinfo=UTC)
    found = Recovered(await _since(broker, known_until, states["INTAKE"], known["INTAKE"]))
    older = any(state.last_sequence < known[name].last for name, state in states.items())
    for name, state in states.items():
        progress(f"sequences of {name}")
        if count := await skip_to(broker, publisher, state, known[name].last, prefix):
            found.skipped[name] = count
    progress("numbers of tickets")
    await _keep_numbers(broker, store, settling, found)
    if not older:
        progress("replies that waited")
        found.held_sent, found.held_in_doubt = await store.end_held(await _sent_since(broker, found.since))
    if older:
        progress("notifications that were settled")
        found.settled_elsewhere = await _remove_settled(broker, store)
    progress("positions of consumers")
    await _rewind(broker, known, found)
    await store.note(found.since, known_until, found.as_data())
    return found


async def _since(broker: Broker, known_until: datetime, intake: StreamState, known: Known) -> datetime:
    """From when on the database may be ignorant: its last write, or the oldest message that it has not verified."""
    times = [known_until]
    first = max(known.verified + 1, intake.first_sequence)
    page = await Many(broker).page("INTAKE", first, messages=1) if first <= intake.last_sequence else None
    if page is not None and page.messages:
        times.append(_stored_at(page.messages[0]))
    return min(times) - _MARGIN


async def _keep_numbers(broker: Broker, store: RecoveryStore, settling: SettlingStore, found: Recovered) -> None:
    """Read which numbers were told, keep them for the messages that had them, and give out none of them again."""
    numbers: dict[UUID, int] = {}
    last = 0
    async for stored in messages_since(broker, "TICKETS", found.since):
        body = orjson.loads(stored.body)
        number = int((body.get("ticket") or {}).get("number") or 0)
        last = max(last, number)
        if stored.subject.partition(".")[2] == TicketCreated.type:
            numbers[UUID(body["message_id"])] = number
    async for stored in messages_since(broker, "OUTBOUND", found.since):
        last = max(last, int(orjson.loads(stored.body).get("ticket_number") or 0))
    found.last_number = await store.move_numbers(last)
    known = await store.known_messages(numbers.keys())
    lost = {id_: number for id_, number in numbers.items() if id_ not in known}
    reservations: dict[UUID, Reservation] = {}
    async for stored in messages_since(broker, "ROUTED", found.since):
        if (one := await _reservation(stored, lost, settling)) is not None:
            reservations.setdefault(one.message_id, one)
    found.numbers_kept = await store.reserve(list(reservations.values()))
    unknown = {number for id_, number in lost.items() if id_ not in reservations}
    found.by_hand = sorted(unknown - await store.known_tickets(unknown))


async def _reservation(stored: StoredMessage, numbers: dict[UUID, int], settling: SettlingStore) -> Reservation | None:
    received = str((orjson.loads(stored.body).get("received") or {}).get("id") or "")
    id_ = effect_id(received)
    if id_ not in numbers:
        return None
    try:
        accepted, intake = read_keys(stored.headers)
    except MalformedRouting:
        return None
    keys = {(key.stream, key.created_at) for key in (accepted, intake)}
    epochs = await settling.epochs(keys)
    return Reservation(
        Place(epochs[accepted.stream, accepted.created_at], accepted.sequence),
        Place(epochs[intake.stream, intake.created_at], intake.sequence),
        stored.headers.get(CHANNEL_HEADER) or stored.subject.rpartition(".")[2],
        received,
        numbers[id_],
        id_,
        _stored_at(stored),
    )


async def _sent_since(broker: Broker, since: datetime) -> dict[UUID, UUID]:
    """Replies that had waited and then became messages: id while they waited → id of the message."""
    found = {}
    async for stored in messages_since(broker, "TICKETS", since):
        if stored.subject.partition(".")[2] == TicketMessageAdded.type:
            body = orjson.loads(stored.body)
            if waited := body.get("held"):
                found[UUID(waited["id"])] = UUID(body["message_id"])
    return found


async def _remove_settled(broker: Broker, store: RecoveryStore) -> int:
    """Take out of an older OUTBOUND what the newer database knows as sent or failed: it has no row any more."""
    places: dict[str, list[int]] = {}
    async for stored in messages_since(broker, "OUTBOUND", datetime(2000, 1, 1, tzinfo=UTC)):
        if stored.subject.partition(".")[2].startswith("notification.requested."):
            places.setdefault(str(orjson.loads(stored.body).get("id")), []).append(stored.sequence)
    still_open = await store.open_notifications(places.keys())
    settled = [sequence for id_, found in places.items() if id_ not in still_open for sequence in found]
    for sequence in settled:
        await broker.remove("OUTBOUND", sequence)
    return len(settled)


async def _rewind(broker: Broker, known: dict[str, Known], found: Recovered) -> None:
    for stream, durable in _BACK_BY_TIME.items():
        first = await first_since(broker, stream, found.since)
        if await rewind(broker, stream, durable, first):
            found.rewound[durable] = first
    for stream in _AUDITED:
        durable, first = f"tickets-auditor-{stream.lower()}", known[stream].verified + 1
        if await rewind(broker, stream, durable, first):
            found.rewound[durable] = first


async def messages_since(broker: Broker, stream: str, at: datetime) -> AsyncIterator[StoredMessage]:
    """All messages that were stored in a stream at a time or later, in order; memory for one page."""
    many = Many(broker)
    page = await many.page(stream, 0, since=at)
    while True:
        for stored in page.messages:
            yield stored
        if not page.more or not page.messages:
            return
        page = await many.page(stream, page.messages[-1].sequence + 1)


def _stored_at(stored: StoredMessage) -> datetime:
    return datetime.fromtimestamp(nanoseconds(stored.stored_at) / 1e9, UTC)
