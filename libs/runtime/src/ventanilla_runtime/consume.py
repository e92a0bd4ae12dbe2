"""The one consumer that all services use.

It keeps a standing pull request at the broker, hands what has arrived to the handler as a batch, and acknowledges only
what the handler has finished. Its rules (`docs/delivery.md`, "Consumers"):

- `Temporary` never counts as a try: the batch is held (the broker is told so every 3 s) and repeated with back-off,
  and nothing more is pulled meanwhile.
- Any other failure of a batch is blamed on a single message by halving; one that fails alone becomes a dead letter.
- A message that was delivered three times is handled alone, since a crash may be its doing.
- On a stop, what was not started goes back to the broker at once.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog
from nats.aio.msg import Msg
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_contracts.topology import Consumer as ConsumerSpec

from ventanilla_runtime.broker import Broker
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery, Handler
from ventanilla_runtime.errors import BrokerAway, Poisoned, StreamMissing
from ventanilla_runtime.metrics import BATCH_SECONDS, CONSUMED, HELD, RETRIES

log = structlog.get_logger()

SUSPICIOUS_DELIVERIES = 3
"""From here on a message is handled alone."""
HOPELESS_DELIVERIES = 25
"""A message that was handed out so often and never settled ends its process each time."""
BUG_TRIES = 3
"""How often a message that fails alone for an unknown reason is tried before it becomes a dead letter."""
BACK_OFF_SECONDS = (0.1, 0.3, 1.0, 2.0, 5.0)
_WORKING_EVERY_SECONDS = 3.0
_PULL_EXPIRES_SECONDS = 30
_HEARTBEAT_SECONDS = 5
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
        linger_seconds: float = 0.0,
    ) -> None:
        """
        Args:
            dead_letters: where poison goes. None (for consumers whose messages are orders that can be given again):
                it is logged and dropped.
            batch_size: most messages the handler gets at once; twice as many are held at most. It must be no more
                than the handler finishes in three seconds.
            linger_seconds: how long to wait for company when a message arrives alone.
        """
        self.spec = spec
        self._broker = broker
        self._handle = handle
        self._dead_letters = dead_letters
        self._batch_size = batch_size
        self._linger = linger_seconds
        self._puller = _Puller(broker, spec, window=2 * batch_size)
        self._in_hand: list[Delivery] = []
        self._stopping = False
        self._waiting_since: float | None = None
        self._count = {
            outcome: CONSUMED.labels(spec.durable, outcome) for outcome in ("handled", "dead_lettered", "returned")
        }
        self._seconds = BATCH_SECONDS.labels(spec.durable)
        HELD.labels(spec.durable).set_function(lambda: len(self._in_hand) + len(self._puller.queue))

    @property
    def problem(self) -> str | None:
        """Why this consumer does not get on, or None: for `/readyz`."""
        if self._waiting_since is not None and time.monotonic() - self._waiting_since > 10:
            return f"{self.spec.durable} has been waiting for {time.monotonic() - self._waiting_since:.0f} s"
        return self._puller.problem

    async def run(self) -> None:
        """Consume until `stop` is called. Cancelling drops everything; the broker hands it out again after 10 s."""
        async with asyncio.TaskGroup() as tasks:
            pulling = tasks.create_task(self._puller.run())
            holding = tasks.create_task(self._say_working())
            try:
                while not self._stopping:
                    batch = await self._next_batch()
                    if batch:
                        await self._settle(batch)
            finally:
                pulling.cancel()
                holding.cancel()
        await self._give_back(list(self._puller.queue))
        self._puller.queue.clear()

    def stop(self) -> None:
        """Finish the batch in hand, give back the rest, and let `run` return."""
        self._stopping = True
        self._puller.arrived.set()

    async def _next_batch(self) -> list[Delivery]:
        queue = self._puller.queue
        while not queue and not self._stopping:
            self._puller.arrived.clear()
            await self._puller.arrived.wait()
        if self._stopping:
            return []
        if self._linger and len(queue) < self._batch_size:
            await asyncio.sleep(self._linger)
        batch = self._in_hand
        if queue[0].deliveries >= SUSPICIOUS_DELIVERIES:
            batch.append(queue.popleft())
        else:
            while queue and len(batch) < self._batch_size and queue[0].deliveries < SUSPICIOUS_DELIVERIES:
                batch.append(queue.popleft())
        await self._puller.refill()
        return list(batch)

    async def _settle(self, deliveries: list[Delivery]) -> None:
        started = time.perf_counter()
        first = deliveries[0]
        if len(deliveries) == 1 and first.deliveries > HOPELESS_DELIVERIES:
            await self._bury(first, Poisoned(f"delivered {first.deliveries} times and never settled"))
        else:
            await self._handle_or_blame(deliveries)
        self._seconds.observe(time.perf_counter() - started)
        self._in_hand.clear()

    async def _handle_or_blame(self, deliveries: Sequence[Delivery]) -> None:
        """Handle a batch; where it fails, halve it until the one to blame is alone."""
        batch = Batch(deliveries)
        failure = await self._try(batch)
        if failure is None:
            for delivery in deliveries:
                if reason := batch.rejected.get(delivery):
                    await self._bury(delivery, reason)
                else:
                    await self._reply(delivery, _ACK)
            self._count["handled"].inc(len(deliveries) - len(batch.rejected))
        elif self._stopping and isinstance(failure, Temporary):
            await self._give_back(deliveries)
        elif len(deliveries) == 1:
            await self._bury(deliveries[0], failure)
        else:
            middle = len(deliveries) // 2
            await self._handle_or_blame(deliveries[:middle])
            await self._handle_or_blame(deliveries[middle:])

    async def _try(self, batch: Batch) -> Exception | None:
        """Run the handler, waiting out whatever is temporary; None when it has finished, else what went wrong."""
        tries = 0
        bugs = 0
        while True:
            batch.rejected.clear()
            try:
                await self._handle(batch)
            except Temporary as error:
                failure: Exception = error
            except Permanent as error:
                self._waiting_since = None
                return error
            except Exception as error:  # noqa: BLE001  # the one place that turns a bug into a retry, then a dead letter
                bugs += 1
                log.error("batch.failed", durable=self.spec.durable, size=len(batch.deliveries), exc_info=error)
                if len(batch.deliveries) > 1 or bugs >= BUG_TRIES:
                    self._waiting_since = None
                    return error
                failure = error
            else:
                self._waiting_since = None
                return None
            RETRIES.labels(self.spec.durable, getattr(failure, "slug", "bug")).inc()
            if self._stopping:
                return failure
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()
                log.warning("batch.delayed", durable=self.spec.durable, size=len(batch.deliveries), error=failure)
            await self._pause(BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)])
            tries += 1

    async def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._stopping and (left := deadline - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.25))

    async def _bury(self, delivery: Delivery, reason: Exception) -> None:
        """Make a dead letter of a message, however long that takes, and only then settle it."""
        log.error(
            "message.dead_lettered",
            durable=self.spec.durable,
            stream=delivery.stream,
            sequence=delivery.sequence,
            error=reason,
        )
        if self._dead_letters:
            tries = 0
            while True:
                try:
                    await self._dead_letters.store(delivery, reason)
                    break
                except Temporary as error:
                    log.warning("deadletter.delayed", durable=self.spec.durable, error=error)
                    if self._stopping:
                        return await self._give_back([delivery])
                    await self._pause(BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)])
                    tries += 1
        self._count["dead_lettered"].inc()
        await self._reply(delivery, _ACK)

    async def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await self._reply(delivery, _NAK)
        self._count["returned"].inc(len(deliveries))

    async def _reply(self, delivery: Delivery, word: bytes) -> None:
        try:
            await self._broker.send(delivery.reply, word)
        except BrokerAway:
            pass  # it will be handed out again, and handling it again changes nothing

    async def _say_working(self) -> None:
        """Keep the broker from handing out again what is held here, queued messages included."""
        while True:
            await asyncio.sleep(_WORKING_EVERY_SECONDS)
            for delivery in (*self._in_hand, *self._puller.queue):
                await self._reply(delivery, _WORKING)


class _Puller:
    """A standing pull request, refilled at half: messages arrive without being asked for one by one.

    Not nats-py's `fetch()`: with two of them on one durable it sits on partial batches until its time-out.
    """

    def __init__(self, broker: Broker, spec: ConsumerSpec, window: int) -> None:
        self.queue: deque[Delivery] = deque()
        self.arrived = asyncio.Event()
        self.problem: str | None = "not started"
        self._broker = broker
        self._spec = spec
        self._window = window
        self._asked = 0
        self._created_at = ""
        self._heard = 0.0
        self._restart = asyncio.Event()
        self._inbox = ""
        self._generation = 0

    async def run(self) -> None:
        """Bind, pull, and bind again whenever the stream of answers dries up."""
        self._inbox = await self._broker.subscribe(f"pull.{self._spec.durable}.*", self._receive)
        self._broker.on_reconnect.append(self._restart.set)
        while True:
            self._restart.clear()
            try:
                state = await self._broker.stream_state(self._spec.stream)
                await self._broker.consumer_state(self._spec.stream, self._spec.durable)
                self._created_at = state.created_at
                self._generation += 1
                self._asked = 0
                self._heard = time.monotonic()
                await self.refill()
                self.problem = None
                await self._until_silent()
            except Temporary as error:
                if self.problem != str(error):
                    log.warning("consumer.unbound", durable=self._spec.durable, error=error)
                self.problem = str(error)
                await asyncio.sleep(1.0 if isinstance(error, StreamMissing) else 0.25)

    async def refill(self) -> None:
        """Ask for more when less than half of the window is on order or in the queue."""
        room = self._window - self._asked - len(self.queue)
        if room < self._window // 2 or not self._generation:
            return
        self._asked += room
        request = {
            "batch": room,
            "expires": _PULL_EXPIRES_SECONDS * 10**9,
            "idle_heartbeat": _HEARTBEAT_SECONDS * 10**9,
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._spec.stream}.{self._spec.durable}"
        try:
            await self._broker.send(subject, json.dumps(request).encode(), f"{self._inbox}.{self._generation}")
        except BrokerAway:
            self._restart.set()

    async def _until_silent(self) -> None:
        while not self._restart.is_set():
            try:
                async with asyncio.timeout(1):
                    await self._restart.wait()
            except TimeoutError:
                pass
            if self._asked and time.monotonic() - self._heard > 2.5 * _HEARTBEAT_SECONDS:
                return
            if not self._asked:
                await self.refill()

    async def _receive(self, message: Msg) -> None:
        self._heard = time.monotonic()
        headers = message.headers
        if headers and (status := headers.get("Status")):
            if status == "100" or not message.subject.endswith(f".{self._generation}"):
                return  # a heartbeat, or the end of a request from before the last binding
            if status in ("408", "409") and "Nats-Pending-Messages" in headers:
                self._asked -= int(headers["Nats-Pending-Messages"])
                await self.refill()
            else:  # consumer deleted, no responders, leadership change
                self._restart.set()
            return
        self._asked = max(0, self._asked - 1)
        self.queue.append(read_delivery(message, self._created_at))
        self.arrived.set()


def read_delivery(message: Msg, created_at: str) -> Delivery:
    """Read what the broker says about a message in its reply subject (`$JS.ACK.…`)."""
    fields = message.reply.split(".")
    # Newer servers put a domain and an account hash in front: count from the end that both forms share.
    offset = 2 if len(fields) == 9 else 4
    stream, _, deliveries, sequence, _, stored_at_ns = fields[offset : offset + 6]
    return Delivery(
        message.subject,
        message.data,
        message.headers or {},
        stream,
        created_at,
        int(sequence),
        int(deliveries),
        int(stored_at_ns),
        message.reply,
    )


def spread(consumers: Sequence[Consumer]) -> Callable[[], str | None]:
    """One readiness check over several consumers."""

    def problem() -> str | None:
        return next((consumer.problem for consumer in consumers if consumer.problem), None)

    return problem
