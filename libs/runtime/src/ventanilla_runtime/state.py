"""A key-value bucket as a memory of what was begun and what was finished, shared by all replicas of a service."""

from collections.abc import Sequence

from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.publish import EXPECTED_SEQUENCE, Outgoing, Publisher


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
