"""Waiting for what the topology job makes: a service may be there before it, or before it has come to its end."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import StreamMissing

log = structlog.get_logger()

_AGAIN_SECONDS: Final = 1.0
_NAMED: Final = 4


class AwaitedStreams:
    """Streams and buckets that a service needs, until each was seen once.

    What is removed later on shows elsewhere: at whoever publishes there, and at the consumers.
    """

    def __init__(self, broker: Broker, streams: Sequence[str]) -> None:
        self._broker = broker
        self._awaited = list(streams)
        self._missing: list[str] = []
        self._unsure = ""

    @property
    def problem(self) -> str | None:
        """What is still waited for and who makes it, or None: for `/readyz`."""
        if self._missing:
            more = len(self._missing) - _NAMED
            named = ", ".join(self._missing[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            return f"waiting for {named}: run `ventanilla topology apply`"
        if self._awaited:
            return self._unsure or "asking the broker for its streams"
        return None

    async def wait(self, stopping: asyncio.Event) -> None:
        """Ask until all are there, or the service stops."""
        told: list[str] = []
        while not stopping.is_set():
            await self._look()
            if not self._awaited:
                if told:
                    log.info("topology.complete")
                return
            if self._missing and self._missing != told:
                told = list(self._missing)
                log.warning("topology.awaited", missing=told)
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):
                    await stopping.wait()

    async def _look(self) -> None:
        missing: list[str] = []
        there: set[str] = set()
        self._unsure = ""
        for name in self._awaited:
            try:
                await self._broker.stream_state(name)
            except StreamMissing:
                missing.append(name)
            except Temporary as error:  # whether it is there nobody knows; the others would not answer either
                self._unsure = str(error)
                break
            else:
                there.add(name)
        self._awaited = [name for name in self._awaited if name not in there]
        self._missing = missing
