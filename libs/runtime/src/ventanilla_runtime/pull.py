"""A standing pull request at the broker, refilled at half: messages arrive without being asked for one by one.

Not nats-py's `fetch()`: with two of them on one durable it sits on partial batches until its time-out. What is pulled
waits in `queue`; handling and settling it is the consumer's work.
"""

import asyncio
import json
import secrets
import time
from collections import deque
from contextlib import suppress
from functools import partial

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import Consumer as ConsumerSpec
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import Delivery, nanoseconds
from ventanilla_runtime.errors import BrokerAway, StreamMissing
from ventanilla_runtime.wire import Arrived

log = structlog.get_logger()

PULL_EXPIRES_SECONDS = 30
ORDER_BYTES = 32 * 1024 * 1024
"""Most bytes that one order may bring; nothing more is ordered while half as much waits in the queue."""
HEARTBEAT_SECONDS = 5
_SILENCE_SECONDS = 2.5 * HEARTBEAT_SECONDS
_YOUNG_BINDING_SECONDS = 1.0
_RETRY_SECONDS = 0.25


class Puller:
    """Keeps at most two batches of a durable on order or in the queue; a restarted broker may add as many."""

    def __init__(self, broker: Broker, spec: ConsumerSpec, batch_size: int) -> None:
        self.queue: deque[Delivery] = deque()
        self.arrived = asyncio.Event()
        """Set with each message."""
        self.plenty = asyncio.Event()
        """Set when a whole batch waits in the queue."""
        self.waiting_since = 0.0
        """When the queue was empty for the last time, by the monotonic clock."""
        self.problem: str | None = "not started"
        self.created_at = ""
        """When the stream that is pulled from was made."""
        self._created_ns = 0
        self._former_created_at = ""
        self._broker = broker
        self._spec = spec
        self._batch_size = batch_size
        self._window = 2 * batch_size
        self._asked = 0
        self._heard = 0.0
        self._must_rebind = False
        self._wake = asyncio.Event()
        self._closed = False
        self._token = secrets.token_hex(6)
        self._inbox = ""
        self._generation = 0

    async def run(self) -> None:
        """Bind, pull, and bind again whenever the stream of answers dries up."""
        self._broker.on_reconnect.append(self._rebind_soon)
        try:
            while True:
                self._must_rebind = False
                try:
                    await self._bind()
                    bound_at = time.monotonic()
                    await self._until_silent()
                    if time.monotonic() - bound_at < _YOUNG_BINDING_SECONDS:
                        await asyncio.sleep(_RETRY_SECONDS)  # one that refuses at once is not asked in a tight loop
                except Temporary as error:
                    if self.problem != str(error):
                        log.warning("consumer.unbound", durable=self._spec.durable, error=error)
                    self.problem = str(error)
                    await asyncio.sleep(1.0 if isinstance(error, StreamMissing) else _RETRY_SECONDS)
        finally:
            self._broker.on_reconnect.remove(self._rebind_soon)

    async def close(self) -> None:
        """Take back what is on order; what was on its way is in the queue when this returns."""
        self._closed = True
        if self._inbox:
            await self._broker.unsubscribe(self._inbox, drain=True)

    def reopen(self) -> None:
        """After `close`: `run` may be run again."""
        self._closed = False
        self._inbox = ""
        self._asked = 0

    async def refill(self) -> None:
        """Ask for more when less than half of the window is on order or in the queue."""
        room = self._window - self._asked - len(self.queue)
        if room < max(1, self._window // 2) or not self._generation or self._closed or self._must_rebind:
            return
        if sum(len(delivery.body) for delivery in self.queue) > ORDER_BYTES // 2:
            return
        self._asked += room
        request = {
            "batch": room,
            "max_bytes": ORDER_BYTES,
            "expires": PULL_EXPIRES_SECONDS * 10**9,
            "idle_heartbeat": HEARTBEAT_SECONDS * 10**9,
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._spec.stream}.{self._spec.durable}"
        try:
            await self._broker.send(subject, json.dumps(request).encode(), self._inbox)
        except BrokerAway:
            self._rebind_soon()

    def _rebind_soon(self) -> None:
        self._must_rebind = True
        self._wake.set()

    async def _bind(self) -> None:
        """Make sure of the stream and the durable, and start pulling into a new inbox.

        A new one each time: the broker drops requests whose inbox nobody listens to, so that old ones do not add up.
        """
        state = await self._broker.stream_state(self._spec.stream)
        await self._broker.consumer_state(self._spec.stream, self._spec.durable)
        if self._inbox:
            await self._broker.unsubscribe(self._inbox)
        if state.created_at != self.created_at:
            self._former_created_at, self.created_at = self.created_at, state.created_at
            self._created_ns = nanoseconds(state.created_at)
            for delivery in self.queue:
                self._name_incarnation(delivery)
        self._generation += 1
        suffix = f"pull.{self._spec.durable}.{self._token}.{self._generation}"
        self._asked = 0
        self._heard = time.monotonic()
        self._inbox = await self._broker.subscribe(suffix, partial(self._receive, self._generation))
        await self.refill()
        if not self._must_rebind:
            self.problem = None

    async def _until_silent(self) -> None:
        while not self._must_rebind:
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._wake.wait()
            if self._asked and time.monotonic() - self._heard > _SILENCE_SECONDS:
                return
            await self.refill()

    def _receive(self, generation: int, message: Arrived) -> None:
        current = generation == self._generation
        if current:
            self._heard = time.monotonic()
        if status := message.headers.get("Status"):
            if status == "100" or not current:
                return  # a heartbeat, or the end of a request from before the last binding
            if status in ("408", "409") and "Nats-Pending-Messages" in message.headers:
                self._asked = max(0, self._asked - int(message.headers["Nats-Pending-Messages"]))
                self._wake.set()
            else:  # consumer deleted, no responders, leadership change
                self._rebind_soon()
            return
        if current:
            self._asked = max(0, self._asked - 1)
        delivery = read_delivery(message, self.created_at)
        self._name_incarnation(delivery)
        if not self.queue:
            self.waiting_since = time.monotonic()
        self.queue.append(delivery)
        self.arrived.set()
        if len(self.queue) >= self._batch_size:
            self.plenty.set()

    def _name_incarnation(self, delivery: Delivery) -> None:
        """A message stored before its stream was made comes from the stream that had the name before."""
        former = self._former_created_at and delivery.stored_at_ns < self._created_ns
        delivery.created_at = self._former_created_at if former else self.created_at


def read_delivery(message: Arrived, created_at: str) -> Delivery:
    """Read what the broker says about a message in its reply subject (`$JS.ACK.…`)."""
    fields = message.reply.split(".")
    # Newer servers put a domain and an account hash in front: count from the end that both forms share.
    offset = 2 if len(fields) == 9 else 4
    stream, _, deliveries, sequence, _, stored_at_ns = fields[offset : offset + 6]
    return Delivery(
        message.subject,
        message.body,
        message.headers,
        stream,
        created_at,
        int(sequence),
        int(deliveries),
        int(stored_at_ns),
        message.reply,
    )
