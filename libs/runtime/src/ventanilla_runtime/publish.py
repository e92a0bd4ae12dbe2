"""Publishing into JetStream: a promise is kept only after the broker's acknowledgement.

`Publisher.publish` commits in groups: while one write is on its way, the next messages gather, and leave together as
one atomic batch (one sync of the disk for all of them). An idle publisher sends at once; after a batch, the next one
gathers for a moment.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime import message_spans, tracing
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway, StreamFull, StreamMissing, WrongSequence
from ventanilla_runtime.metrics import PUBLISH_ERRORS, PUBLISH_FAILURES, PUBLISHED, bounded
from ventanilla_runtime.wire import Arrived, Message

log = structlog.get_logger()

MSG_ID = "Nats-Msg-Id"
EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"
ACK_TIMEOUT_SECONDS = 5.0
BATCH_FROM = 20
"""Fewer messages than this travel as single publishes in flight together: measured to cost the broker the same or less.
It stages each batch in files of its own, which costs about 2 ms; a single publish costs 0.1 ms with some in flight."""
BATCH_MESSAGES = 250
BATCH_BYTES = 4 * 1024 * 1024
LONGEST_GATHERING_SECONDS = 0.02
"""After a batch, the next one gathers for as long as that one took to write, and no longer than this."""
WRITES_IN_FLIGHT = 1
"""Per stream. More would leave smaller batches, and each write costs one sync of the disk."""

_REFUSING_SECONDS = 10.0
"""A broker that has stored nothing for so long does not get over it with a change of leaders."""
_SILENT_SECONDS = 60.0
"""What nobody has tried for so long may work again."""
_DUPLICATE_IN_BATCH, _WRONG_SEQUENCE, _WRONG_SEQUENCE_CONSTANT = 10201, 10071, 10164
_FULL = frozenset({10077, 10047, 10023, 10167, 10122})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way into a stream.

    Attributes:
        stream: name of the stream that stores the subject; messages of one stream may share a batch.
        subject: full subject, with the desk's prefix.
        headers: with `Nats-Msg-Id` where repeats must be recognised.
    """

    stream: str
    subject: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """What it adds to a batch, roughly."""
        return len(self.body) + 512


@dataclass(frozen=True, slots=True)
class PubAck:
    """The broker has stored the message durably."""

    stream: str
    sequence: int
    duplicate: bool = False


class Publisher:
    """Stores messages in streams, one at a time or many at once. Safe for concurrent use in one event loop."""

    def __init__(self, broker: Broker, clock: Callable[[], float] = time.monotonic) -> None:
        self._broker = broker
        self._clock = clock
        self._refusing: tuple[float, float, str] | None = None
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._last_token = 0
        self._inbox = ""
        self._lanes: dict[str, _Lane] = {}

    @property
    def max_payload(self) -> int:
        """The largest message that the server takes, in bytes."""
        return self._broker.max_payload

    def problem(self) -> str | None:
        """That the broker answers and yet stores nothing, as with a full disk; None while it does, or nobody tries."""
        if self._refusing is None:
            return None
        first, last, why = self._refusing
        if last - first < _REFUSING_SECONDS or self._clock() - last > _SILENT_SECONDS:
            return None
        return f"the broker has stored nothing for {last - first:.0f} s: {why}"

    async def start(self) -> None:
        """Open the private inbox for acknowledgements; call once, after connecting."""
        self._inbox = (await self._broker.subscribe("ack.*", self._on_ack)).removesuffix(".*")
        self._broker.on_reconnect.append(self._give_up_waiting)

    async def publish(self, message: Outgoing) -> PubAck:
        """Store one message, together with those that others are publishing at this moment.

        Raises:
            StreamFull, StreamMissing, BrokerAway, NotPermitted: nothing was promised; trying again with the same
                `Nats-Msg-Id` is safe.
            WrongSequence: the message carries an expected sequence that is not the current one.
            Unsendable: no broker can ever take it.
        """
        lane = self._lanes.get(message.stream)
        if lane is None:
            lane = self._lanes[message.stream] = _Lane(self, message.stream)
        return await lane.add(message)

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[PubAck]:
        """Store messages of one stream in order, in as few atomic batches as their number and size allow.

        On an error some of the batches may be stored: call again with the same messages.

        Raises:
            as `publish`.
        """
        acks: list[PubAck] = []
        for chunk in _chunks(messages):
            for result in await self.store(chunk):
                if isinstance(result, BaseException):
                    raise result
                acks.append(result)
        return acks

    async def publish_together(self, messages: Sequence[Outgoing]) -> None:
        """Store messages of one stream as one atomic batch, whatever their number: all of them or none.

        Raises:
            as `publish`.
        """
        try:
            await self._store_batch(messages)
        except _BatchRefused as error:
            self._note(messages, [BrokerAway(str(error))] * len(messages))
            raise BrokerAway(str(error)) from error
        except Temporary as error:
            self._note(messages, [error] * len(messages))
            raise

    async def store(self, messages: Sequence[Outgoing]) -> list[PubAck | BaseException]:
        """Store at most one batch of messages; a result for each, in order."""
        began_ns = time.time_ns() if tracing.recording() else 0
        results = await self._stored(messages)
        self._note(messages, results)
        if began_ns:
            message_spans.published(messages, results, began_ns)
        return results

    def _note(self, messages: Sequence[Outgoing], results: Sequence[PubAck | BaseException]) -> None:
        """Count what was not stored, message by message as what was: alerts divide one by the other."""
        refused = [one for one in results if isinstance(one, Temporary) and not isinstance(one, WrongSequence)]
        for one in refused:
            PUBLISH_FAILURES.labels(messages[0].stream, bounded(one.slug, PUBLISH_ERRORS)).inc()
        if len(refused) < len(results):  # what it refuses for a reason of its own is not the broker's trouble
            self._refusing = None
        elif refused:
            now = self._clock()
            first = self._refusing[0] if self._refusing else now
            self._refusing = (first, now, str(refused[-1]))

    async def _stored(self, messages: Sequence[Outgoing]) -> list[PubAck | BaseException]:
        if len(messages) >= BATCH_FROM:
            try:
                return list(await self._store_batch(messages))
            except (_BatchRefused, WrongSequence, Permanent):
                # One repeated id, taken key or impossible message rejects the whole batch: find out for each alone.
                pass
            except Exception as error:  # noqa: BLE001  # every waiting caller gets it
                return [error] * len(messages)
        return await asyncio.gather(*map(self._store_single, messages), return_exceptions=True)

    async def _store_single(self, message: Outgoing) -> PubAck:
        answer = await self._request(message, message.headers)
        ack = _read_ack(message.stream, answer)
        PUBLISHED.labels(message.stream, "duplicate" if ack.duplicate else "single").inc()
        return ack

    async def _store_batch(self, messages: Sequence[Outgoing]) -> list[PubAck]:
        batch = secrets.token_hex(12)
        before = [
            Message(
                message.subject,
                message.body,
                "",
                {**message.headers, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(position)},
            )
            for position, message in enumerate(messages[:-1], 1)
        ]
        last = messages[-1]
        headers = {
            **last.headers,
            "Nats-Batch-Id": batch,
            "Nats-Batch-Sequence": str(len(messages)),
            "Nats-Batch-Commit": "1",
        }
        ack = _read_ack(last.stream, await self._request(last, headers, before))
        PUBLISHED.labels(last.stream, "batch").inc(len(messages))
        first = ack.sequence - len(messages) + 1
        return [PubAck(last.stream, first + index) for index in range(len(messages))]

    async def _request(self, message: Outgoing, headers: dict[str, str], before: Sequence[Message] = ()) -> bytes:
        """Send a message, together with those that belong before it, and wait for its acknowledgement."""
        token = self._last_token = self._last_token + 1
        answer = asyncio.get_running_loop().create_future()
        self._waiting[token] = answer
        try:
            asking = Message(message.subject, message.body, f"{self._inbox}.{token}", headers)
            await self._broker.send_all([*before, asking])
            async with asyncio.timeout(ACK_TIMEOUT_SECONDS):
                received: bytes = await answer
                return received
        except TimeoutError as error:
            raise self._broker.unanswered(message.subject) from error
        finally:
            del self._waiting[token]

    def _give_up_waiting(self) -> None:
        """After a lost connection no acknowledgement comes any more: say so now, not when the time is up."""
        self._refusing = None  # what the broker did before says nothing of the one that is there now
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(BrokerAway("the connection was lost before the acknowledgement came"))

    def _on_ack(self, message: Arrived) -> None:
        answer = self._waiting.get(int(message.subject.rpartition(".")[2]))
        if answer is None or answer.done():
            return
        if message.headers.get("Status") == "503":
            answer.set_exception(BrokerAway("no stream takes this subject, or JetStream has no leader"))
        else:
            answer.set_result(message.body)


class _Lane:
    """The writes to one stream: a few in flight, the rest gathering for the next."""

    def __init__(self, publisher: Publisher, stream: str) -> None:
        self._publisher = publisher
        self._stream = stream
        self._gathering: list[tuple[Outgoing, asyncio.Future[PubAck]]] = []
        self._in_flight: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def add(self, message: Outgoing) -> PubAck:
        loop = asyncio.get_running_loop()
        promise: asyncio.Future[PubAck] = loop.create_future()
        self._gathering.append((message, promise))
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._send)
        return await promise

    def _send(self) -> None:
        self._scheduled = False
        self._gathering = [waiting for waiting in self._gathering if not waiting[1].done()]  # some callers gave up
        while self._gathering and len(self._in_flight) < WRITES_IN_FLIGHT:
            count = _fitting([message for message, _ in self._gathering[:BATCH_MESSAGES]])
            group, self._gathering = self._gathering[:count], self._gathering[count:]
            task = asyncio.get_running_loop().create_task(self._write(group))
            self._in_flight.add(task)
            task.add_done_callback(self._on_written)

    def _on_written(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._send()

    async def _write(self, group: list[tuple[Outgoing, asyncio.Future[PubAck]]]) -> None:
        started = time.monotonic()
        try:
            results = await self._publisher.store([message for message, _ in group])
        except Exception as error:  # noqa: BLE001  # a bug is the callers' to know: nobody may wait for ever
            results = [error] * len(group)
        took = time.monotonic() - started
        for (_, promise), result in zip(group, results, strict=True):
            if promise.done():  # the caller gave up
                continue
            if isinstance(result, BaseException):
                promise.set_exception(result)
            else:
                promise.set_result(result)
        if len(group) >= BATCH_FROM and len(self._gathering) < BATCH_MESSAGES:
            # Whoever waited for this write is about to come with the next message: a few milliseconds bring them all.
            await asyncio.sleep(min(took, LONGEST_GATHERING_SECONDS))


class _BatchRefused(Exception):
    """The broker refused a batch as a whole."""


def _fitting(messages: Sequence[Outgoing]) -> int:
    """How many of the first messages fit into one batch; at least one."""
    total = 0
    for index, message in enumerate(messages):
        total += message.size_bytes
        if index and total > BATCH_BYTES:
            return index
    return len(messages)


def _chunks(messages: Sequence[Outgoing]) -> list[Sequence[Outgoing]]:
    chunks = []
    while messages:
        count = _fitting(messages[:BATCH_MESSAGES])
        chunks.append(messages[:count])
        messages = messages[count:]
    return chunks


def _read_ack(stream: str, answer: bytes) -> PubAck:
    ack = json.loads(answer) if answer else {}
    error = ack.get("error")
    if error:
        code, text = error.get("err_code"), error.get("description", "")
        if code in (_WRONG_SEQUENCE, _WRONG_SEQUENCE_CONSTANT):
            raise WrongSequence(text)
        if code == _DUPLICATE_IN_BATCH:
            raise _BatchRefused(text)
        if code in _FULL:
            raise StreamFull(f"stream {stream}: {text}")
        if code == 10059:
            raise StreamMissing(f"stream {stream} is missing: run `ventanilla topology apply`")
        raise BrokerAway(f"stream {stream}: {text}")
    if "seq" not in ack:
        raise BrokerAway(f"stream {stream}: an acknowledgement without a sequence")
    return PubAck(ack["stream"], ack["seq"], bool(ack.get("duplicate")))
