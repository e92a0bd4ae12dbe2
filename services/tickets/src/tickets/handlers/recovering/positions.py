"""Before the services start again: sequences, numbers and positions of a restored database and restored streams.

The database is usually older: it was backed up first, and the streams know what happened since. The ticket service's
consumers are put back to where the database is, so that everything goes its ordinary way again, in its order; ids are
derived from the source, so that nothing is made twice, and what was sent is known as sent. Where the streams are
older, they must not give out sequences again that the database knows as settled.
"""

from collections.abc import Callable
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
from tickets.handlers.recovering.anew import store_anew
from tickets.handlers.recovering.reading import messages_since, stored_at
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.answers import StoredMessage, StreamState
from ventanilla_runtime.backups.positions import first_since, is_pulled, rewind, skip_to
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.many import Many
from ventanilla_runtime.outbound import WAYS, Hold, hold, read_hold
from ventanilla_runtime.publish import Publisher

_AUDITED: Final = ("ACCEPTED", "INTAKE")
_BACK_BY_TIME: Final = {
    "ROUTED": "tickets",
    "REVISIONS": "tickets-revisions",
    "DELIVERY": "tickets-delivery",
    "DEADLETTER": "tickets-deadletter",
}
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
LEAST_GAP: Final = 1_000
"""Ticket numbers that are left out: a gap costs nothing, a number that is given out twice opens a stranger's ticket."""
_MARGIN: Final = timedelta(minutes=10)
"""What is handed out once more costs a look; what is left out costs a message."""


class NotReady(Exception):
    """Services run, or the database is none that a desk could go on with; the text says what to do."""


@dataclass(slots=True)
class Recovered:
    """What was found and done.

    Attributes:
        since: whatever the streams got since then may be unknown to the database.
        held: ways out that were open, and are not any more.
        skipped: stream → sequences that are not given out again.
        anew: stream → messages that were stored, since its restore, under sequences that others had, and are again.
        rewound: consumer → the sequence from which it hands out again.
        numbers_kept: tickets that their messages will open under the numbers they had.
        last_number: the last ticket number that counts as given out.
        gap: how many numbers before that were left out, since customers may have been told them after the backups.
        by_hand: numbers of tickets that nothing in the streams can open again: made over the API.
        held_sent: replies that waited at the time of the backup and were sent since: they do not go once more.
        held_in_doubt: tickets with such a reply of which nothing says that it was sent: an agent has to look.
        settled_elsewhere: notifications in older streams that the database knows as sent or failed.
    """

    since: datetime
    held: list[str] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    anew: dict[str, int] = field(default_factory=dict)
    rewound: dict[str, int] = field(default_factory=dict)
    numbers_kept: int = 0
    last_number: int = 0
    gap: int = 0
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
    by: str,
    gap: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Recovered:
    """Put everything where it belongs. Doing it again changes nothing more.

    From here on everything that goes out is held, whoever restored what.

    Args:
        by: who recovers, for whoever asks why things are held.
        gap: ticket numbers to leave out behind the last one that is known; None: by how busy the desk is, and how long
            ago the last thing happened that any backup knows.

    Raises:
        NotReady: services run, or the database was restored over another one.
        PositionRefused: the broker cannot do it.
        Temporary: broker or database are away; do it again.
    """
    for stream, durable in _BACK_BY_TIME.items():
        if await is_pulled(broker, stream, durable):
            raise NotReady(f"the ticket service runs ({durable} is pulled): stop all services first")
    if behind := await store.behind():
        raise NotReady(
            f"sequences are behind their columns ({', '.join(behind[:3])}): the database was restored over another one;"
            " restore it into an empty one (docs/backup.md)"
        )
    states = {name: await broker.stream_state(name) for name in _AUDITED}
    known = await store.known({name: state.created_at for name, state in states.items()})
    known_until = await store.newest() or _NEVER
    found = Recovered(await _since(broker, known_until, states["INTAKE"], known["INTAKE"]))
    found.held = await _hold_everything(broker, publisher, by)
    older = any(state.last_sequence < known[name].last for name, state in states.items())
    for name, state in states.items():
        progress(f"sequences of {name}")
        if count := await skip_to(broker, publisher, state, known[name].last, prefix):
            found.skipped[name] = count
    progress("messages of the time since the restore")
    found.anew = await store_anew(broker, publisher, store.collisions, states)
    progress("numbers of tickets")
    found.gap = await _gap(broker, store, known_until) if gap is None else gap
    await _keep_numbers(broker, store, settling, found, known_until)
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


async def _hold_everything(broker: Broker, publisher: Publisher, by: str) -> list[str]:
    """Where the broker lives, nothing has held it: old timers would fire, and webhooks go again."""
    before = await read_hold(broker)
    if opened := sorted(set(WAYS) - before.ways):
        why = "the database is restored: see docs/backup.md, then `ventanilla outbound release`"
        await hold(publisher, Hold(frozenset(WAYS), by, why), before)
    return opened


async def _since(broker: Broker, known_until: datetime, intake: StreamState, known: Known) -> datetime:
    """From when on the database may be ignorant: its last write, or the oldest message that it has not verified."""
    times = [known_until]
    first = max(known.verified + 1, intake.first_sequence)
    page = await Many(broker).page("INTAKE", first, messages=1) if first <= intake.last_sequence else None
    if page is not None and page.messages:
        times.append(stored_at(page.messages[0]))
    return min(times) - _MARGIN


async def _gap(broker: Broker, store: RecoveryStore, known_until: datetime) -> int:
    """How many numbers may have been given out that no backup knows: twice the busiest day, for each day since."""
    newest = known_until
    last = (await broker.stream_state("TICKETS")).last_sequence
    if last and (stored := await broker.stored_message("TICKETS", last)) is not None:
        newest = max(newest, stored_at(stored))
    days = max((datetime.now(UTC) - newest).days, 0) + 1
    return max(LEAST_GAP, 2 * days * await store.busiest_day(known_until)) if newest.year > _NEVER.year else 0


async def _keep_numbers(
    broker: Broker, store: RecoveryStore, settling: SettlingStore, found: Recovered, known_until: datetime
) -> None:
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
    found.last_number = await store.move_numbers(last, found.gap, known_until)
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
        stored_at(stored),
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
    async for stored in messages_since(broker, "OUTBOUND", _NEVER):
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
