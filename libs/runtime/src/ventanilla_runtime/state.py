"""A key-value bucket as a memory of what was begun and what was finished, shared by all replicas of a service."""

from collections.abc import Sequence
from dataclasses import dataclass

from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.publish import EXPECTED_SEQUENCE, Outgoing, Publisher


@dataclass(frozen=True, slots=True)
class Entry:
    """A key as it was read: its value, None without one, and the revision to write over; 0 if it never existed."""

    value: bytes | None
    revision: int


class StateBucket:
    """Keys that are created once and then overwritten. Keys hold letters, digits, ``-``, ``_``, ``=`` and ``.``."""

    def __init__(self, broker: Broker, publisher: Publisher, bucket: str) -> None:
        self._broker = broker
        self._publisher = publisher
        self._bucket = bucket
        self._stream = f"KV_{bucket}"

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys that do not exist yet; says for each whether this call made it. Durable when it returns.

        Raises:
            Temporary: some may exist now and some not.
        """
        messages = [
            Outgoing(self._stream, f"$KV.{self._bucket}.{key}", value, {EXPECTED_SEQUENCE: "0"}) for key in keys
        ]
        made = []
        for result in await self._publisher.store(messages):
            if isinstance(result, WrongSequence):
                made.append(False)
            elif isinstance(result, BaseException):
                raise result
            else:
                made.append(True)
        return made

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys. Durable when it returns.

        Raises:
            Temporary: some may be written and some not.
        """
        await self._publisher.publish_all([Outgoing(self._stream, f"$KV.{self._bucket}.{key}", value) for key in keys])

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""
        found = await self._broker.last_message(self._stream, f"$KV.{self._bucket}.{key}")
        return None if found is None or "KV-Operation" in found.headers else found.body

    async def read(self, key: str) -> Entry:
        """A key with its revision, for a later `replace`.

        Raises:
            Temporary: the broker is away.
        """
        found = await self._broker.last_message(self._stream, f"$KV.{self._bucket}.{key}")
        if found is None:
            return Entry(None, 0)
        return Entry(None if "KV-Operation" in found.headers else found.body, found.sequence)

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over exactly this revision of a key; returns the new one. Durable when it returns.

        Raises:
            WrongSequence: somebody has written it since.
            Temporary: it may be written or not.
        """
        headers = {EXPECTED_SEQUENCE: str(revision)}
        ack = await self._publisher.publish(Outgoing(self._stream, f"$KV.{self._bucket}.{key}", value, headers))
        return ack.sequence
