"""Keep all cards: go through the wishes in their order, a ticket at a time, many tickets at once.

One replica does this, under a lease. A wish is a key that was written when something happened to a ticket. What is
looked at twice shows what it should already, and costs no call of Slack's.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final, Protocol

from intake_chat import metrics
from intake_chat.handlers.cards.unposted import UnpostedCards, WritesKeys
from intake_chat.handlers.cards.wishes import LINES, WANTED, lines_key, wanted_key
from intake_chat.handlers.keeping.keeper import KeepsPosition, KeyKeeper, ReadsKeys
from ventanilla_contracts.errors import Temporary

POSITION: Final = "position"
_MOST_AT_ONCE: Final = 1_000
"""Tickets that are worked on; most of them wait for their turn at Slack."""
_MOST_KNOWN: Final = 20_000


class KeepsOne(Protocol):
    """Keeps the card of one ticket; `handlers.cards.keep_card.CardKeeper` does."""

    async def keep(self, number: int, *, lines: bool) -> None:
        """Bring a ticket's card to its last state; with `lines`, its thread too."""


class WantedCards:
    """The work: a ticket's card, and its thread where somebody wished for that."""

    def __init__(self, state: WritesKeys, cards: KeepsOne) -> None:
        self._state = state
        self._cards = cards
        self._with_lines: set[int] = set()

    def keys_of(self, rest: str, _value: bytes) -> Iterable[int]:
        """The ticket that was wished for."""
        number, _, more = rest.partition(".")
        if not number.isdigit() or more not in ("", LINES):
            return ()
        if more == LINES:
            self._with_lines.add(int(number))
        return (int(number),)

    async def tend(self, key: int) -> None:
        """Bring a ticket's card to its last state.

        Raises:
            as `handlers.cards.keep_card.CardKeeper.keep`.
        """
        lines = key in self._with_lines
        self._with_lines.discard(key)
        try:
            await self._cards.keep(key, lines=lines)
        except Temporary:
            if lines:
                self._with_lines.add(key)
            raise

    async def put_behind(self, key: int) -> bool:
        """Wish anew for card and thread, so that the other tickets are remembered as done meanwhile.

        Raises:
            Temporary: the broker is away.
        """
        await self._state.put_all([wanted_key(key), lines_key(key)], b"1")
        return True

    async def done(self, _key: int, _sequence: int, _still: Collection[int]) -> None:
        """Nothing else is to be done."""


class Keeper:
    """What is done under the lease: `run` until `stop`."""

    def __init__(self, state: KeepsPosition, keys: ReadsKeys, cards: KeepsOne, bucket: str) -> None:
        """Nothing is kept yet.

        Args:
            bucket: its name.
        """
        self._unposted = UnpostedCards(state, keys, bucket)
        self._keeper = KeyKeeper(
            name="cards",
            state=state,
            keys=keys,
            work=WantedCards(state, cards),
            bucket=bucket,
            beginning=f"{WANTED}.",
            position=POSITION,
            most_known=_MOST_KNOWN,
            most_at_once=_MOST_AT_ONCE,
            failures=metrics.CARDS.labels("failed"),
            waiting=metrics.CARDS_WAITING,
        )

    async def run(self) -> None:
        """Fulfil wishes until `stop`; what is not fulfilled by then is begun again by the next keeper."""
        metrics.CARDS_KEPT.set(1)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._unposted.run())
                tasks.create_task(self._keeper.run())
        finally:
            metrics.CARDS_KEPT.set(0)
            # Whoever keeps them next shows both; these would stay as they are for as long as this process lives.
            metrics.CARDS_WAITING.set(0)
            metrics.UNUSABLE_CHANNELS.clear()

    def stop(self) -> None:
        """Begin nothing more."""
        self._unposted.stop()
        self._keeper.stop()
