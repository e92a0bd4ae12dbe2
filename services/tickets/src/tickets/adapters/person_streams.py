"""What streams and buckets of the broker keep of a person: read whole, and deleted message by message, overwritten.

Done over a connection of the broker's user `privacy`, which no service has. A message is deleted once everybody who
has to read it has: what is still on its way into the desk would otherwise count as lost.
"""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from tickets.domain.privacy.ownership import CARD, WRITTEN_IN, Traces, Whose, is_newer, whose, whose_key, writers_of
from tickets.domain.privacy.person import Identity, Person
from tickets.domain.privacy.readable import mail_text
from ventanilla_contracts.broker_rights import PERSONAL_BUCKETS
from ventanilla_contracts.topology import BUCKETS, CHAT_STATE, CONSUMERS, STREAMS
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.blobs import ARCHIVE_BUCKET, archived_name
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.errors import BrokerAway, StreamMissing
from ventanilla_runtime.many import Many

_CHAT: Final = f"KV_{CHAT_STATE}"
_CARD: Final = f"$KV.{CHAT_STATE}.{CARD}"
_LINE: Final = f"$KV.{CHAT_STATE}.reply."
_SHOWN: Final = (_CARD, _LINE, f"$KV.{CHAT_STATE}.told.")
_WANTED: Final = f"$KV.{CHAT_STATE}.wanted."
_CARDS_DONE: Final = "position"
"""Up to which sequence of its bucket intake-chat has fulfilled the wishes for cards."""
_READ_SECONDS: Final = 30.0
_UNREAD_MATTERS_NOT: Final = frozenset({"TICKETS", "OUTBOUND", "OPERATIONS"})
"""Streams whose messages may go before they were read: of a ticket there is news without them in it, what was to be
said to them is not said any more, and what the desk is told to forget is waited for elsewhere. What is to be said to
others in a ticket of theirs leaves first."""
Progress = Callable[[str, int, int], None]
"""Is told which stream is read, up to which sequence, and which is its last."""

Wrote = Callable[[str, int], Awaitable[Identity | None]]
"""Who wrote what was accepted at a place of a stream, as the desk knows; None: it does not."""


@dataclass(slots=True)
class Sweep:
    """What a look through the broker has found.

    Attributes:
        erased: stream → how many messages of theirs were deleted.
        in_flight: stream → sequences of theirs that somebody has yet to read.
        naming: stream → sequences of others' messages that name them.
    """

    erased: dict[str, int] = field(default_factory=dict)
    in_flight: dict[str, list[int]] = field(default_factory=dict)
    naming: dict[str, list[int]] = field(default_factory=dict)

    @property
    def found_theirs(self) -> int:
        """How many messages of theirs were there."""
        return sum(self.erased.values()) + sum(map(len, self.in_flight.values()))


class PersonStreams:
    """Looks through the broker for one person."""

    def __init__(self, broker: Broker, progress: Progress | None = None, wrote: Wrote | None = None) -> None:
        self.broker = self._broker = broker
        self._many = Many(broker)
        self._progress = progress
        self._wrote = wrote

    async def sweep(self, traces: Traces, own_keys: frozenset[str], before: datetime, *, cards: bool = True) -> Sweep:
        """Delete everything of theirs until a time out of streams, key-value buckets and object stores.

        Args:
            cards: what is remembered of cards and lines in chats is looked at too; not so until these have followed.

        Raises:
            Temporary: the broker is away; what was deleted stays so.
        """
        found, until_ns, events = Sweep(), int(before.timestamp() * 1e9), set(traces.events)
        for stream in STREAMS:
            floor = await self._read_by_all(stream.name)
            async for message in self._messages(stream.name):
                late = nanoseconds(message.stored_at) > until_ns and is_newer(stream.name, message.body, before)
                sought = traces.of_their_tickets if late else traces
                kind = whose(stream.name, message.sequence, message.body, message.headers, sought)
                if kind is Whose.THEIRS and await self._is_of_another(stream.name, message.sequence, traces):
                    kind = Whose.NAMES_THEM
                unread = floor is not None and message.sequence > floor
                if kind is Whose.GOES_TO_OTHERS:
                    kind = Whose.NAMES_THEM if unread else Whose.THEIRS
                    unread = False
                if kind is Whose.THEIRS and stream.name == "INTAKE":
                    events.add(str(_meta(message).get("id")))
                if kind is Whose.THEIRS and unread and stream.name not in _UNREAD_MATTERS_NOT:
                    found.in_flight.setdefault(stream.name, []).append(message.sequence)
                else:
                    await self._settle(stream.name, message, kind, found)
        for bucket in BUCKETS:
            if bucket.kind == "kv" and bucket.name in PERSONAL_BUCKETS:
                async for message in self._messages(bucket.stream):
                    if not cards and message.subject.startswith(_SHOWN):
                        continue
                    kind = whose_key(message.subject, message.body, traces, own_keys)
                    await self._settle(bucket.stream, message, kind, found)
            elif bucket.kind == "object":
                # What the database knows nothing of (it was erased there, and the streams are older) has files, too.
                await self._sweep_objects(bucket.name, replace(traces, events=frozenset(events)), found)
        return found

    async def writers(self) -> dict[Identity, datetime]:
        """Everybody who has written what the streams hold, and when the oldest of it was stored.

        Raises:
            Temporary: the broker is away.
        """
        found: dict[Identity, datetime] = {}
        for stream in WRITTEN_IN:
            async for message in self._messages(stream):
                stored_at = datetime.fromtimestamp(nanoseconds(message.stored_at) / 1e9, UTC)
                for writer in writers_of(stream, message.body):
                    found.setdefault(writer, stored_at)
        return found

    async def owners_of(self, place: Mapping[str, Any]) -> Sequence[str]:
        """For whose sake the object is kept that a reference names; nobody's, where it names none."""
        if not place.get("bucket") or not place.get("name"):
            return ()
        bucket = str(place["bucket"])
        return _owners(
            _meta(await self._broker.last_message(f"OBJ_{bucket}", _meta_subject(bucket, str(place["name"]))))
        )

    async def erase_original(self, place: Mapping[str, Any]) -> None:
        """Delete the copy that a reference names, wherever it lies by now; one that is gone is deleted already.

        Raises:
            Temporary: it may be there still.
        """
        if place.get("stream") and place.get("created_at") and place.get("sequence"):
            stream, sequence = str(place["stream"]), int(place["sequence"])
            stored = await self._broker.stored_message(stream, sequence)
            if stored is not None and sha256(stored.body).hexdigest() == place.get("sha256"):
                await self._erase(stream, sequence)
            name = archived_name(stream, str(place["created_at"]), sequence)
            await self._erase_object(ARCHIVE_BUCKET, name)
        elif place.get("bucket") and place.get("name"):
            await self._erase_object(str(place["bucket"]), str(place["name"]))

    async def read_by(self, stream: str, durable: str) -> bool:
        """Whether a consumer has nothing more to read."""
        try:
            state = await self._broker.consumer_state(stream, durable)
        except StreamMissing:
            return True
        return not state.pending and not state.ack_pending

    async def card_threads(self, tickets: Sequence[int]) -> set[str]:
        """In which threads of a chat the desk talks about tickets: the time of the first message of each."""
        found: set[str] = set()
        for number in tickets:
            card = _meta(await self._broker.last_message(_CHAT, f"{_CARD}{number}"))
            found |= {str(card.get("ts") or ""), *(str(one[1]) for one in card.get("older") or () if len(one) > 1)}
        return found - {""}

    async def stuck_cards(self, tickets: Iterable[int]) -> dict[int, list[str]]:
        """Ticket → cards that a chat let nobody change, which show what they showed: channel, time stamp, its word."""
        found: dict[int, list[str]] = {}
        for number in sorted(tickets):
            card = _meta(await self._broker.last_message(_CHAT, f"{_CARD}{number}"))
            if stuck := [" ".join(map(str, one)) for one in card.get("stuck") or ()]:
                found[number] = stuck
        return found

    async def cards_followed(self, traces: Traces, began: datetime) -> bool:
        """Whether cards and threads of tickets show what became of these, as far as there are any.

        A card does once whoever keeps them has done all that was wished for up to what was last wished for that card.

        Args:
            began: when the first run of the order began; lines of threads that were written before are done.
        """
        done = await self._broker.last_message(_CHAT, f"$KV.{CHAT_STATE}.{_CARDS_DONE}")
        up_to = int(done.body) if done is not None and done.body.isdigit() else 0
        for number in traces.tickets | traces.others:
            card = await self._broker.last_message(_CHAT, f"{_CARD}{number}")
            if card is None or not card.body:
                continue
            for wanted in (f"{_WANTED}{number}", f"{_WANTED}{number}.lines"):
                wish = await self._broker.last_message(_CHAT, wanted)
                if wish is not None and wish.sequence > up_to:
                    return False
        since_ns = int(began.timestamp() * 1e9)
        async for line in self._messages(_CHAT, f"{_LINE}>"):
            text = line.body.decode("utf-8", "replace")
            if text and any(message in text for message in traces.messages) and nanoseconds(line.stored_at) >= since_ns:
                return False
        return True

    async def close(self) -> None:
        """Listen to nothing any more."""
        await self._many.close()

    async def _is_of_another(self, stream: str, sequence: int, traces: Traces) -> bool:
        """Whether the desk has read a mail as somebody else's: its reader knows more forms of From than this one."""
        if stream != "ACCEPTED" or self._wrote is None or (stream, sequence) in traces.places:
            return False
        writer = await self._wrote(stream, sequence)
        return writer is not None and not traces.person.is_at(writer.kind, writer.address)

    async def _settle(self, stream: str, message: StoredMessage, kind: Whose, found: Sweep) -> None:
        if kind is Whose.THEIRS:
            await self._erase(stream, message.sequence)
            found.erased[stream] = found.erased.get(stream, 0) + 1
        elif kind is Whose.NAMES_THEM:
            found.naming.setdefault(stream, []).append(message.sequence)

    async def _sweep_objects(self, bucket: str, traces: Traces, found: Sweep) -> None:
        """An object is theirs if only messages of theirs need it; what is in the objects of others is looked at."""
        stream, theirs = f"OBJ_{bucket}", {f"message.received.v1:{one}" for one in traces.sources} | traces.events
        metas: dict[str, tuple[str, Sequence[str], str]] = {}
        async for message in self._messages(stream, f"$O.{bucket}.M.>"):
            meta = _meta(message)
            metas[str(meta.get("nuid"))] = (str(meta.get("name")), _owners(meta), json.dumps(meta))
        for name, owners, text in list(metas.values()):
            if owners and theirs.issuperset(owners):
                await self._erase_object(bucket, name)
                found.erased[stream] = found.erased.get(stream, 0) + 1
            elif traces.person.stands_in(text):
                found.naming.setdefault(stream, []).append(0)
        async for chunk in self._messages(stream, f"$O.{bucket}.C.>"):
            if _stands_in_bytes(chunk.body, traces.person):
                found.naming.setdefault(stream, []).append(chunk.sequence)

    async def _read_by_all(self, stream: str) -> int | None:
        """Up to which sequence a stream was read by everybody who has to; None: nobody has to."""
        durables = [consumer.durable for consumer in CONSUMERS if consumer.stream == stream]
        if not durables:
            return None
        try:
            # Asked first: what comes after this answer was read by nobody, whatever the consumers say then.
            floor = (await self._broker.stream_state(stream)).last_sequence
        except StreamMissing:
            return None
        for durable in durables:
            state = await self._broker.consumer_state(stream, durable)
            if state.pending or state.ack_pending:
                floor = min(floor, state.ack_floor)
        return floor

    async def _messages(self, stream: str, subject: str | None = None) -> AsyncIterator[StoredMessage]:
        try:
            last = (await self._broker.stream_state(stream)).last_sequence
        except StreamMissing:
            return
        sequence = 1
        while True:
            page = await self._many.page(stream, sequence, subject=subject or ">", within_seconds=_READ_SECONDS)
            for message in page.messages:
                yield message
            if not page.more or not page.messages:
                return
            sequence = page.messages[-1].sequence + 1
            if self._progress is not None:
                self._progress(stream, sequence, last)

    async def _erase(self, stream: str, sequence: int) -> None:
        """Delete a message and overwrite what it said; one that is gone is deleted already."""
        answer = await self._broker.api(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence})
        if "error" in answer and await self._broker.stored_message(stream, sequence) is not None:
            raise BrokerAway(f"stream {stream}: {answer['error'].get('description')}")

    async def _erase_object(self, bucket: str, name: str) -> None:
        stream, subject = f"OBJ_{bucket}", _meta_subject(bucket, name)
        stored = await self._broker.last_message(stream, subject)
        if stored is None:
            return
        # The chunks go first: as long as the meta message is there, the object is found again.
        nuid = str(_meta(stored).get("nuid") or "")
        if nuid:
            async for chunk in self._messages(stream, f"$O.{bucket}.C.{nuid}"):
                await self._erase(stream, chunk.sequence)
        await self._erase(stream, stored.sequence)


def _meta(message: StoredMessage | None) -> Mapping[str, Any]:
    try:
        meta = json.loads(message.body) if message is not None else {}
    except ValueError:
        return {}
    return meta if isinstance(meta, dict) else {}


def _owners(meta: Mapping[str, Any]) -> Sequence[str]:
    return tuple(map(str, (meta.get("headers") or {}).get("vnt-owner") or ()))


def _meta_subject(bucket: str, name: str) -> str:
    return f"$O.{bucket}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"


def _stands_in_bytes(data: bytes, person: Person) -> bool:
    """Whether a piece of a file names them, as plain text or as a mail that has to be decoded."""
    if person.stands_in(data.decode("utf-8", "replace")):
        return True
    head = data[:2000].lower()
    return (b"content-type:" in head or b"received:" in head) and person.stands_in(mail_text(data))
