"""What a process tells of itself and of its place at the broker, measured at a pace of its own and not by scrapes.

Of durables and streams the broker is asked, by each replica, for all that its user may ask: what one service may watch
of another (`broker_rights`) is told by both. A scrape costs no question; `ventanilla_broker_asked_timestamp_seconds`
says how old the answers are.
"""

import asyncio
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import structlog
from prometheus_client import Gauge

from ventanilla_contracts.broker_rights import Permissions, permissions
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import CONSUMERS, Consumer
from ventanilla_runtime import metrics
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.errors import NotPermitted, StreamMissing
from ventanilla_runtime.health import Health
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

DURABLES_EVERY_SECONDS: Final = 10.0
ROUNDS_A_LOOK_AT_STREAMS: Final = 3
"""Streams fill slowly: they are asked for in each third round."""
_OLD_AFTER_SECONDS: Final = 120.0
"""An answer is shown as long; VentanillaBrokerSilent tells of one that is older."""
_LAG_EVERY_SECONDS: Final = 0.5
SET_BACK: Final = (
    "the topology is older than this release, or a job of a release up to 0.2.0 has set it back; run"
    " `ventanilla topology apply` of this release"
)
_STREAM_INFO: Final = "$JS.API.STREAM.INFO."
_CONSUMER_INFO: Final = "$JS.API.CONSUMER.INFO."
_FETCH: Final = "$JS.API.DIRECT.GET."


def show_process(component: str, health: Health, broker: Broker) -> None:
    """Let metrics tell which release this is, and what its probes say."""
    try:
        release = version(f"ventanilla-{component}")
    except PackageNotFoundError:
        release = "unknown"
    metrics.BUILD.labels(component, release).set(1)
    metrics.READY.set_function(lambda: float(not health.problems()))
    metrics.WARNINGS.set_function(lambda: len(health.warnings()))
    metrics.DENIED.set_function(lambda: float(broker.denied is not None))


async def watch_loop() -> None:
    """Measure how late the event loop is, until cancelled."""
    clock = asyncio.get_running_loop().time
    while True:
        asked = clock()
        await asyncio.sleep(_LAG_EVERY_SECONDS)
        metrics.LOOP_LAG_SECONDS.observe(max(clock() - asked - _LAG_EVERY_SECONDS, 0.0))


class BrokerWatch:
    """Asks the broker for durables and streams that this user may ask for."""

    def __init__(
        self,
        broker: Broker,
        prefix: str,
        *,
        every_seconds: float = DURABLES_EVERY_SECONDS,
        old_after_seconds: float = _OLD_AFTER_SECONDS,
    ) -> None:
        """`prefix` is the desk's; what the user may ask for is what its name has in `broker_rights`."""
        self._old_after_seconds = old_after_seconds
        self._broker = broker
        self._prefix = prefix
        self._every_seconds = every_seconds
        self._rounds = 0
        self._answered_at = 0.0
        rights = next((user for user in permissions(prefix) if user.user == broker.user), Permissions(broker.user))
        self.durables = [one for one in CONSUMERS if f"{_CONSUMER_INFO}{one.stream}.{one.durable}" in rights.publish]
        self.streams = [name.removeprefix(_STREAM_INFO) for name in rights.publish if name.startswith(_STREAM_INFO)]
        metrics.offer_streams(*self.streams)
        self._unheard: dict[str, tuple[str, ...]] = {}
        self._readable = {name.removeprefix(_FETCH) for name in rights.publish if name.startswith(_FETCH)}

    async def run(self) -> None:
        """Ask until cancelled; an answer of a form that nobody expects ends nothing, and metrics grow old.

        What the broker does not tell stays as it was for two minutes, and then nothing is told: a replica that is cut
        off must not say for hours how much waited when it was.
        """
        self._answered_at = time.monotonic()
        await keep_going("broker_watch", self._round, self._every_seconds)

    async def _round(self) -> None:
        try:
            if self._broker.connected:
                await self.look(streams=self._rounds % ROUNDS_A_LOOK_AT_STREAMS == 0)
                metrics.BROKER_ASKED_AT.set(time.time())
                self._answered_at = time.monotonic()
                self._rounds += 1
        except Temporary as error:  # said by readiness and by the age of what is shown
            log.debug("broker.not_asked", error=error)
        finally:
            if time.monotonic() - self._answered_at > self._old_after_seconds:
                self._rounds = 0  # whoever answers again is asked for streams at once
                for one in self.durables:
                    _forget(one)
                for name in self.streams:
                    _forget_stream(name)

    async def look(self, *, streams: bool = True) -> None:
        """Ask once, one question after the other: a broker in trouble gets no burst of them.

        Raises:
            Temporary: the broker did not answer one; those before it were noted.
        """
        for one in self.durables:
            try:
                await self._look_at(one)
            except NotPermitted:
                self.durables = [other for other in self.durables if other is not one]  # as with streams below
            except StreamMissing:
                self._unheard.pop(one.durable, None)
                _forget(one)
        for name in tuple(self.streams) if streams else ():
            try:
                await self._look_at_stream(name)
            except NotPermitted:
                # Rights are older than this release: asking again would keep readiness red.
                self.streams.remove(name)
            except StreamMissing:
                _forget_stream(name)

    def worry(self) -> str | None:
        """That a durable does not get what this release reads, which then stays unread and looks like no lag at all."""
        told = [f"{durable} does not hear {', '.join(unheard)}" for durable, unheard in sorted(self._unheard.items())]
        return f"{'; '.join(told)}: {SET_BACK}" if told else None

    async def _look_at(self, one: Consumer) -> None:
        state = await self._broker.consumer_state(one.stream, one.durable)
        if unheard := one.unheard(state.filters, self._prefix):
            self._unheard[one.durable] = unheard
        else:
            self._unheard.pop(one.durable, None)
        where = (one.stream, one.durable)
        metrics.PENDING.labels(*where).set(state.pending)
        metrics.ACK_PENDING.labels(*where).set(state.ack_pending)
        metrics.REDELIVERING.labels(*where).set(state.redelivered)
        if not state.pending and not state.ack_pending:
            metrics.OLDEST_UNSETTLED_SECONDS.labels(*where).set(0)
        elif one.stream in self._readable:
            stored_at = await self._oldest(one, state.ack_floor + 1)
            asked_at = nanoseconds(state.answered_at) if state.answered_at else time.time_ns()
            age = (asked_at - stored_at) / 1e9 if stored_at else 0.0
            metrics.OLDEST_UNSETTLED_SECONDS.labels(*where).set(max(age, 0.0))

    async def _oldest(self, one: Consumer, sequence: int) -> int | None:
        """When the first message from a place on that concerns a durable was stored, in nanoseconds since 1970."""
        found = []
        for subject in one.subjects:
            stored = await self._broker.next_message(one.stream, f"{self._prefix}.{subject}", sequence)
            if stored is not None:
                found.append(nanoseconds(stored.stored_at))
        return min(found, default=None)

    async def _look_at_stream(self, name: str) -> None:
        state = await self._broker.stream_state(name)
        metrics.STREAM_BYTES.labels(name).set(state.size_bytes)
        metrics.STREAM_MESSAGES.labels(name).set(state.messages)
        metrics.STREAM_MAX_AGE_SECONDS.labels(name).set(state.max_age_seconds)
        metrics.STREAM_LIMIT_BYTES.labels(name).set(state.max_bytes if state.max_bytes > 0 else float("inf"))


def _forget(one: Consumer) -> None:
    """A durable that is not there has no lag: a number of yesterday would say that it has."""
    series: Sequence[Gauge] = (
        metrics.PENDING, metrics.ACK_PENDING, metrics.REDELIVERING, metrics.OLDEST_UNSETTLED_SECONDS,
    )  # fmt: skip
    for gauge in series:
        gauge.remove(one.stream, one.durable)


def _forget_stream(name: str) -> None:
    """As a durable: how full a stream was before we were cut off is told by whoever still asks."""
    series: Sequence[Gauge] = (
        metrics.STREAM_BYTES, metrics.STREAM_MESSAGES, metrics.STREAM_MAX_AGE_SECONDS, metrics.STREAM_LIMIT_BYTES,
    )  # fmt: skip
    for gauge in series:
        gauge.remove(name)
