"""The one consumer that all services use.

It keeps a standing pull request at the broker, hands what has arrived to the handler as a batch, and acknowledges only
what the handler has finished. Its rules (`docs/delivery.md`, "Consumers"):

- `Temporary` never counts as a try: the batch is held (the broker is told so every 3 s) and repeated with back-off,
  and nothing more is pulled meanwhile.
- Any other failure of a batch is blamed on a single message by halving; one that fails alone becomes a dead letter.
- A message that was delivered three times is handled alone, since a crash may be its doing.
- An event of a major version that nobody here knows waits for a newer replica, however often it comes.
- What a handler keeps (`Batch.keep`) is held like the rest, and settled when it comes to its end.
- On a stop, what was not started goes back to the broker at once.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_contracts.topology import Consumer as ConsumerSpec
from ventanilla_runtime import message_spans, tracing
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery, Handler
from ventanilla_runtime.errors import BrokerAway, Forged, Poisoned, essence, interrupted
from ventanilla_runtime.metrics import BATCH_SECONDS, CONSUMED, HELD, REDELIVERED, RETRIES
from ventanilla_runtime.outbound import Gate
from ventanilla_runtime.pace import Pace
from ventanilla_runtime.pull import Puller
from ventanilla_runtime.stopping import end_all
from ventanilla_runtime.versions import is_of_another_version, wait_seconds
from ventanilla_runtime.wire import Message

log = structlog.get_logger()

SUSPICIOUS_DELIVERIES = 3
"""From here on a message is handled alone."""
HOPELESS_DELIVERIES = 25
"""A message that was handed out so often and never settled probably ends its process each time.

Probably: whatever else its process held was handed out as often. So it is given up only if it is the first suspicious
one that a process meets; once one was survived, the others get their try.
"""
POSTPONED_DELIVERIES = 2_000
"""Where a handler may postpone messages, this many deliveries and no fewer look like poison: days of waiting do not."""
BUG_TRIES = 3
"""How often a message that fails alone for an unknown reason is tried before it becomes a dead letter."""

LINGER_SECONDS = 0.02
COMPANY = 3.0
"""Waiting pays from about so many messages on: measured, a batch costs about as much as three more messages in it."""
KEPT_BATCHES = 4
"""So many batches' messages may be kept by handlers; then nothing more is begun until some of them have ended."""
BACK_OFF_SECONDS = (0.1, 0.3, 1.0, 2.0, 5.0)
_WORKING_EVERY_SECONDS = 3.0
_FETCHED_HEADER = "Nats-Stream"
_ACK, _NAK, _WORKING = b"+ACK", b"-NAK", b"+WPI"


class Consumer:
    """Consumes one durable. `run` works until it is cancelled or the service stops."""

    def __init__(
        self,
        broker: Broker,
        spec: ConsumerSpec,
        handle: Handler,
        dead_letters: DeadLetters | None,
        *,
        batch_size: int = 200,
        linger_seconds: float = LINGER_SECONDS,
        postpones: bool = False,
        gate: Gate | None = None,
    ) -> None:
        """Bind nothing yet; `run` does.

        Args:
            broker: the connection to pull and acknowledge over.
            spec: which durable.
            handle: gets each batch.
            dead_letters: where poison goes. None (for consumers whose messages are orders that can be given again):
                it is logged and dropped.
            batch_size: most messages the handler gets at once; twice as many are held at most. It must be no more
                than the handler finishes in three seconds.
            linger_seconds: how long a message waits for company at most, from its arrival, and only while messages
                come so fast that some is due: on a quiet day none waits, and under load each batch pays for more.
            postpones: the handler uses `Batch.later`, so that the number of deliveries says little about crashes.
            gate: nothing is taken from the stream while it is closed, and what was not started goes back.
        """
        self.spec = spec
        self._broker = broker
        self._handle = handle
        self._dead_letters = dead_letters
        self._batch_size = batch_size
        self._linger = linger_seconds
        self._pace = Pace()
        self._suspicious = POSTPONED_DELIVERIES if postpones else SUSPICIOUS_DELIVERIES
        self._hopeless = POSTPONED_DELIVERIES if postpones else HOPELESS_DELIVERIES
        self._puller = Puller(broker, spec, batch_size)
        self._gate = gate
        self._pulling: asyncio.Task[None] | None = None
        self._in_hand: list[Delivery] = []
        self._kept: dict[Delivery, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()
        self._survived_suspicion = False
        self._waiting_since: float | None = None
        outcomes = ("handled", "dead_lettered", "returned", "postponed")
        self._count = {outcome: CONSUMED.labels(spec.durable, outcome) for outcome in outcomes}
        self._seconds = BATCH_SECONDS.labels(spec.durable)
        self._again = REDELIVERED.labels(spec.durable)
        for error in ("broker_away", "bug"):  # so that a rate has a beginning
            RETRIES.labels(spec.durable, error)
        HELD.labels(spec.durable).set_function(lambda: len(self._in_hand) + len(self._kept) + len(self._puller.queue))

    @property
    def problem(self) -> str | None:
        """Why this consumer does not get on, or None: for `/readyz`."""
        if self._waiting_since is not None and not self._held and time.monotonic() - self._waiting_since > 10:
            return f"{self.spec.durable} has been waiting for {time.monotonic() - self._waiting_since:.0f} s"
        return None if self._held else self._puller.problem  # what is held is a warning of `/readyz`

    async def run(self) -> None:
        """Consume until `stop` is called. Cancelling drops everything; the broker hands it out again after 10 s."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._pulling = tasks.create_task(self._puller.run())
                holding = tasks.create_task(self._say_working())
                tasks.create_task(self._return_when_stopping())
                watching = tasks.create_task(self._watch_gate())
                while not self._stop.is_set():
                    await self._wait_for_room()
                    if self._held:
                        await self._stand_aside(tasks)
                    batch = await self._next_batch()
                    if batch:
                        await self._settle(batch)
                if self._kept:
                    await asyncio.wait(self._kept.values())
                holding.cancel()
                watching.cancel()
        finally:
            for keeping in self._kept.values():
                keeping.cancel()

    def stop(self) -> None:
        """Finish the batch in hand, give back the rest, and let `run` return."""
        self._stop.set()
        self._puller.arrived.set()
        self._puller.plenty.set()

    async def _return_when_stopping(self) -> None:
        """Give back at once what was not started: the batch in hand may take its time."""
        await self._stop.wait()
        await self._stop_pulling()

    async def _stop_pulling(self) -> None:
        if self._pulling is not None:
            await end_all([self._pulling])
        await self._puller.close()
        queued = list(self._puller.queue)
        self._puller.queue.clear()
        await self._give_back(queued)

    @property
    def _held(self) -> bool:
        return self._gate is not None and self._gate.closed

    async def _watch_gate(self) -> None:
        """Wake whoever waits for messages, or for the gate to open, with each change of it."""
        while self._gate is not None:
            self._gate.changed.clear()
            await self._gate.changed.wait()
            self._puller.arrived.set()
            self._puller.plenty.set()

    async def _stand_aside(self, tasks: asyncio.TaskGroup) -> None:
        """Take nothing while the gate is closed: what is in the stream then is all that waits."""
        await self._stop_pulling()
        log.info("consumer.held", durable=self.spec.durable)
        while self._held and not self._stop.is_set():
            self._puller.arrived.clear()
            await self._puller.arrived.wait()
        if not self._stop.is_set():
            log.info("consumer.released", durable=self.spec.durable)
            self._puller.reopen()
            self._pulling = tasks.create_task(self._puller.run())

    async def _wait_for_room(self) -> None:
        """Let some of what handlers keep come to its end, where it is too much."""
        while len(self._kept) >= KEPT_BATCHES * self._batch_size and not self._stop.is_set():
            await asyncio.wait(self._kept.values(), timeout=0.25, return_when=asyncio.FIRST_COMPLETED)

    async def _next_batch(self) -> list[Delivery]:
        queue = self._puller.queue
        while not queue and not self._stop.is_set() and not self._held:
            self._puller.arrived.clear()
            await self._puller.arrived.wait()
        if self._held:
            return []
        if len(queue) < self._batch_size and self._pace.expected(self._linger) >= COMPANY:
            await self._wait_for_company()
        if self._stop.is_set() or self._held:
            return []
        batch = self._in_hand
        if queue[0].deliveries >= self._suspicious:
            batch.append(queue.popleft())
        else:
            while queue and len(batch) < self._batch_size and queue[0].deliveries < self._suspicious:
                batch.append(queue.popleft())
        self._pace.note(len(batch))
        if again := sum(delivery.deliveries > 1 for delivery in batch):
            self._again.inc(again)
        await self._puller.refill()
        return list(batch)

    async def _wait_for_company(self) -> None:
        """Let the oldest message wait for others until the linger is over; what came while we were busy has waited."""
        waited = time.monotonic() - self._puller.waiting_since
        self._puller.plenty.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._linger - waited)):
                await self._puller.plenty.wait()

    async def _settle(self, deliveries: list[Delivery]) -> None:
        started = time.perf_counter()
        for delivery in [delivery for delivery in deliveries if is_of_another_version(delivery.headers)]:
            log.warning("message.postponed", durable=self.spec.durable, type=delivery.headers["ce-type"])
            await self._postpone(delivery, wait_seconds(delivery.deliveries))
            deliveries.remove(delivery)
        if deliveries:
            await self._settle_known(deliveries)
        self._seconds.observe(time.perf_counter() - started)
        self._in_hand.clear()

    async def _settle_known(self, deliveries: list[Delivery]) -> None:
        first = deliveries[0]
        for delivery in [delivery for delivery in deliveries if _FETCHED_HEADER in delivery.headers]:
            await self._bury(delivery, Forged(f"this was fetched from {delivery.headers[_FETCHED_HEADER]}"))
            deliveries.remove(delivery)
        if not deliveries:
            pass
        elif first.deliveries > self._hopeless and not self._survived_suspicion:
            await self._bury(first, Poisoned(f"delivered {first.deliveries} times and never settled"))
        else:
            with message_spans.handling(self.spec, deliveries):
                await self._handle_or_blame(deliveries)
        if first.deliveries >= self._suspicious:
            self._survived_suspicion = True

    async def _handle_or_blame(self, deliveries: Sequence[Delivery]) -> None:
        """Handle a batch; where it fails, halve it until the one to blame is alone."""
        batch = Batch(deliveries)
        failure = await self._try(batch)
        if failure is None:
            for delivery, ending in batch.kept.items():
                self._kept[delivery] = asyncio.create_task(self._settle_kept(delivery, ending, batch))
            left = {*batch.rejected, *batch.postponed, *batch.kept}
            handled = [delivery for delivery in deliveries if delivery not in left] if left else deliveries
            await self._reply(_ACK, handled)
            self._count["handled"].inc(len(handled))
            for delivery in left - batch.kept.keys():
                await self._settle_otherwise(delivery, batch)
        elif isinstance(failure, Temporary):
            await self._give_back(deliveries)
        elif len(deliveries) == 1:
            await self._bury(deliveries[0], failure)
        else:
            middle = len(deliveries) // 2
            await self._handle_or_blame(deliveries[:middle])
            await self._handle_or_blame(deliveries[middle:])

    async def _settle_otherwise(self, delivery: Delivery, batch: Batch) -> None:
        if (reason := batch.rejected.get(delivery)) is not None:
            await self._bury(delivery, reason)
        else:
            await self._postpone(delivery, batch.postponed[delivery])

    async def _settle_kept(self, delivery: Delivery, ending: asyncio.Task[None], batch: Batch) -> None:
        """Settle what its handler has kept, once that has come to its end."""
        try:
            await ending
            if delivery in batch.rejected or delivery in batch.postponed:
                await self._settle_otherwise(delivery, batch)
            else:
                await self._reply(_ACK, [delivery])
                self._count["handled"].inc()
        except Temporary as error:
            RETRIES.labels(self.spec.durable, error.slug).inc()
            await self._postpone(delivery, BACK_OFF_SECONDS[-1])
        except Exception as error:  # noqa: BLE001  # as in `_try`: a bug in one message must not end the service
            await self._bury(delivery, error)
        finally:
            del self._kept[delivery]

    async def _try(self, batch: Batch) -> Exception | None:
        """Run the handler, waiting out whatever is temporary; None when it has finished, else what went wrong."""
        tries = bugs = 0
        while True:
            batch.rejected.clear()
            batch.postponed.clear()
            batch.kept.clear()
            try:
                await self._handle(batch)
            except Exception as error:  # noqa: BLE001  # the one place that turns a bug into a retry, then a dead letter
                failure = essence(error)
            else:
                self._waiting_since = None
                return None
            if not isinstance(failure, Temporary):
                bugs += 1
                known = isinstance(failure, Permanent)
                if not known:
                    log.error("batch.failed", durable=self.spec.durable, size=len(batch.deliveries), exc_info=failure)
                if known or len(batch.deliveries) > 1 or bugs >= BUG_TRIES:
                    self._waiting_since = None
                    return failure
            RETRIES.labels(self.spec.durable, getattr(failure, "slug", "bug")).inc()
            if self._stop.is_set():
                return interrupted(failure)
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()
                log.warning("batch.delayed", durable=self.spec.durable, size=len(batch.deliveries), error=failure)
            await self._pause(tries)
            tries += 1
            if self._held and isinstance(failure, Temporary):  # once it can, it would go out in spite of the hold
                self._waiting_since = None
                return failure

    async def _pause(self, tries: int) -> None:
        deadline = time.monotonic() + BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)]
        while not self._stop.is_set() and (left := deadline - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.25))

    async def _bury(self, delivery: Delivery, reason: Exception) -> None:
        """Make a dead letter of a message, however long that takes, and only then settle it."""
        log.error(
            "message.dead_lettered",
            durable=self.spec.durable,
            stream=delivery.stream,
            sequence=delivery.sequence,
            error=reason,
            trace_id=tracing.trace_id(delivery.headers.get(tracing.HEADER)),
        )
        message_spans.buried(delivery, reason)
        tries = 0
        while self._dead_letters:
            try:
                await self._dead_letters.store(delivery, reason)
                break
            except Exception as error:  # noqa: BLE001  # not even a bug in making dead letters may end the service
                log.warning("deadletter.delayed", durable=self.spec.durable, error=error)
            if self._stop.is_set():
                await self._give_back([delivery])
                return
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()
            await self._pause(tries)
            tries += 1
        self._waiting_since = None
        self._count["dead_lettered"].inc()
        await self._reply(_ACK, [delivery])

    async def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        await self._reply(_NAK, deliveries)
        self._count["returned"].inc(len(deliveries))

    async def _postpone(self, delivery: Delivery, seconds: float) -> None:
        """Let the broker hold a message back for a while; it keeps doing so when this process ends."""
        await self._reply(b'-NAK {"delay": %d}' % int(seconds * 1e9), [delivery])
        self._count["postponed"].inc()

    async def _reply(self, word: bytes, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker the same of each. One whose stream was made anew is left out: the reply would settle whatever
        has that sequence now.
        """
        messages = [
            Message(delivery.reply, word) for delivery in deliveries if delivery.created_at == self._puller.created_at
        ]
        with suppress(BrokerAway):  # they will be handed out again, and handling them again changes nothing
            await self._broker.send_all(messages)
        if word is not _WORKING and tracing.recording():
            message_spans.settled(deliveries, "handled" if word is _ACK else "returned")

    async def _say_working(self) -> None:
        """Keep the broker from handing out again what is held here, queued messages included."""
        while True:
            await asyncio.sleep(_WORKING_EVERY_SECONDS)
            await self._reply(_WORKING, [*self._in_hand, *self._kept, *self._puller.queue])


def spread(consumers: Sequence[Consumer]) -> Callable[[], str | None]:
    """One readiness check over several consumers."""

    def problem() -> str | None:
        return next((consumer.problem for consumer in consumers if consumer.problem), None)

    return problem
