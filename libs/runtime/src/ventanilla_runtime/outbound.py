"""The switch that holds what goes out: for the whole desk, over restarts, by way.

It is a key in a bucket that every service with a way out reads. Until a service has read it, its ways are held: a
broker that cannot be asked has nothing to send either. What is held waits where it is: notifications in OUTBOUND,
pages in TICKETS, webhooks and timers in the database; each expires as its own life says.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import SWITCHES
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.metrics import OUTBOUND_HELD
from ventanilla_runtime.publish import EXPECTED_SEQUENCE, Outgoing, Publisher

log = structlog.get_logger()

WAYS: Final = ("email", "slack", "text", "call", "webhook", "timer")
"""What can be held: mails; posts to customers in Slack; SMS and WhatsApp; calls and texts to agents on call, and to
customers who are called back; webhooks; and what happens to tickets by itself when its time has come."""
LOOK_SECONDS: Final = 1.0
"""So soon a service knows."""
KEY: Final = "outbound"
_STREAM: Final = f"KV_{SWITCHES}"
_SUBJECT: Final = f"$KV.{SWITCHES}.{KEY}"


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held, and who says so."""

    ways: frozenset[str] = frozenset()
    by: str = ""
    why: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    origin: str = ""
    """User and machine of the command, whatever `by` says."""
    revision: int = 0
    """Of the key, as it was read; 0 if nobody ever turned the switch."""
    stored_at_ns: int = 0
    """When the broker took it, by its clock, in nanoseconds since 1970; 0 as with `revision`."""

    def encode(self) -> bytes:
        """As the value of the key."""
        said = {"by": self.by, "why": self.why, "at": self.at.isoformat(), "origin": self.origin}
        return json.dumps({"held": sorted(self.ways), **said}).encode()

    @classmethod
    def decode(cls, value: bytes) -> "Hold":
        """Read a value; one that cannot be read holds everything, because somebody wanted something held."""
        try:
            found = json.loads(value)
            at = datetime.fromisoformat(found["at"])
            ways = frozenset(map(str, found["held"]))
            return cls(ways, str(found["by"]), str(found["why"]), at, str(found.get("origin", "")))
        except (ValueError, TypeError, KeyError):
            return cls(frozenset(WAYS), "", "the switch cannot be read: set it again")


class Gate:
    """One way out: closed while it is held, and until that is known."""

    def __init__(self, *, closed: bool = True) -> None:
        self.closed = closed
        self.changed = asyncio.Event()
        """Set with each change; whoever waits for it clears it first."""

    def turn(self, *, closed: bool) -> None:
        """Close or open it."""
        if closed != self.closed:
            self.closed = closed
            self.changed.set()

    async def wait_open(self) -> None:
        """Return when it is open."""
        while self.closed:
            self.changed.clear()
            await self.changed.wait()


class OutboundSwitch:
    """What a service knows of the switch."""

    def __init__(self, broker: Broker, ways: Sequence[str]) -> None:
        """Everything is held until `follow` has read the switch.

        Args:
            ways: those of `WAYS` that are this service's.
        """
        self._broker = broker
        self._gates = {way: Gate() for way in ways}
        self._known: Hold | None = None
        for way in ways:
            OUTBOUND_HELD.labels(way).set(1)

    def gate(self, way: str) -> Gate:
        """The gate of a way."""
        return self._gates[way]

    @property
    def known(self) -> Hold | None:
        """What is held for the whole desk; None: it has not been read yet."""
        return self._known

    def worry(self) -> str | None:
        """What is held and why, for the warnings of `/readyz`; None: nothing."""
        if self._known is None:
            return f"{', '.join(self._gates)}: held until the switch has been read"
        if not (held := [way for way in self._gates if way in self._known.ways]):
            return None
        known = self._known
        return (
            f"{', '.join(held)}: held since {known.at:%Y-%m-%d %H:%M} UTC by {known.by or 'nobody known'}"
            f"{f' ({known.why})' if known.why else ''}; `ventanilla outbound release` lets it go"
        )

    async def follow(self, stopping: asyncio.Event) -> None:
        """Look at the switch until the service stops."""
        while not stopping.is_set():
            with suppress(Temporary):  # what was known last holds
                # A server that is behind the others may answer as it was: it must not open what was held since.
                found = await read_hold(self._broker)
                if self._known is None or found.stored_at_ns >= self._known.stored_at_ns:
                    self._turn(found)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await stopping.wait()

    def _turn(self, known: Hold) -> None:
        if self._known is None or known.ways != self._known.ways:
            log.info("outbound.switched", held=sorted(known.ways), by=known.by, why=known.why)
        self._known = known
        for way, gate in self._gates.items():
            gate.turn(closed=way in known.ways)
            OUTBOUND_HELD.labels(way).set(gate.closed)


async def read_hold(broker: Broker) -> Hold:
    """What is held now.

    Raises:
        Temporary: the broker is away, or does not let this user ask.
    """
    found = await broker.last_message(_STREAM, _SUBJECT)
    if found is None:
        return Hold()
    known = Hold() if "KV-Operation" in found.headers else Hold.decode(found.body)
    return replace(known, revision=found.sequence, stored_at_ns=nanoseconds(found.stored_at))


async def hold(publisher: Publisher, wanted: Hold, after: Hold | None = None) -> None:
    """Say what is held from now on, and nothing else is. Durable when it returns.

    Args:
        after: as it was read before: whoever turned the switch since then must not be overruled unseen. None: whatever
            anybody said.

    Raises:
        WrongSequence: somebody has turned the switch since `after`.
        Temporary: it may be said or not.
    """
    headers = {} if after is None else {EXPECTED_SEQUENCE: str(after.revision)}
    await publisher.publish(Outgoing(_STREAM, _SUBJECT, wanted.encode(), headers))
