"""Wish anew for cards that stand nowhere: Slack does not tell when a channel is brought back, or we are invited."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from intake_chat.handlers.cards.record import UNPOSTED
from intake_chat.handlers.cards.wishes import lines_key, wanted_key
from intake_chat.handlers.keeping.keeper import AWAY_SECONDS, PAGE, ReadsKeys, pause
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_AGAIN_SECONDS: Final = (65.0, 120.0, 300.0)
"""Tried again after so long, ever more seldom while there are any."""


class WritesKeys(Protocol):
    """Keys of the bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""


class UnpostedCards:
    """Wishes for them, at once and then now and then: `run` until `stop`."""

    def __init__(self, state: WritesKeys, keys: ReadsKeys, bucket: str) -> None:
        self._state = state
        self._keys = keys
        self._bucket = bucket
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Wish for cards that stand nowhere until `stop`."""
        begun, looks = False, 0
        while not self._stopping.is_set():
            try:
                wanted = await self._wish()
                looks = looks + 1 if wanted and begun else 0
                begun = True
            except Temporary as error:
                log.info("cards.delayed", error=error)
            await pause(self._stopping, _AGAIN_SECONDS[min(looks, len(_AGAIN_SECONDS) - 1)] if begun else AWAY_SECONDS)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    async def _wish(self) -> int:
        """Wish for the cards that stand nowhere; how many."""
        sequence = wanted = 0
        while True:
            page = await self._keys.page(
                f"KV_{self._bucket}", sequence + 1, subject=f"$KV.{self._bucket}.{UNPOSTED}.*", messages=PAGE
            )
            numbers = [int(one.subject.rpartition(".")[2]) for one in page.messages if one.body]
            if numbers:
                keys = [*map(wanted_key, numbers), *map(lines_key, numbers)]
                await self._state.put_all(keys, b"1")
            wanted += len(numbers)
            if not page.more or not page.messages:
                return wanted
            sequence = page.messages[-1].sequence
