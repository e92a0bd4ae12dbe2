"""Who wants no texts any more, and until when WhatsApp lets us answer freely: kept for each pair of numbers."""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from intake_phone.domain.texts.opt_out import Wish
from intake_phone.ports.phone import RemembersState

WHATSAPP: Final = "whatsapp"
WINDOW_SECONDS: Final = 24 * 3600.0
"""WhatsApp takes free words so long after the customer's last ones; behind it only templates (error 63016)."""


class Subscriptions:
    """Keys in the bucket `phone_state`; numbers stand in them as hashes only."""

    def __init__(self, state: RemembersState, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._clock = clock

    async def note(self, channel: str, number: str, customer: str, wish: Wish) -> None:
        """Keep what somebody wants.

        Raises:
            Temporary: it may be kept or not.
        """
        if wish in (Wish.STOP, Wish.START):
            await self._state.put_all([_key("optout", channel, number, customer)], str(wish).encode())

    async def wants_none(self, channel: str, number: str, customer: str) -> bool:
        """Whether somebody wants no texts from a number of the desk's.

        Raises:
            Temporary: the broker is away.
        """
        return await self._state.get(_key("optout", channel, number, customer)) == str(Wish.STOP).encode()

    async def heard(self, channel: str, number: str, customer: str) -> None:
        """Keep that somebody wrote just now, where that lets us answer.

        Raises:
            Temporary: it may be kept or not.
        """
        if channel == WHATSAPP:
            await self._state.put_all([_key("window", channel, number, customer)], b"%d" % int(self._clock()))

    async def shut(self, number: str, customer: str) -> None:
        """Keep that WhatsApp takes no free words any more, whatever we had counted.

        Raises:
            Temporary: it may be kept or not.
        """
        await self._state.put_all([_key("window", WHATSAPP, number, customer)], b"0")

    async def is_open(self, number: str, customer: str) -> bool:
        """Whether WhatsApp takes free words to somebody now.

        Raises:
            Temporary: the broker is away.
        """
        heard = await self._state.get(_key("window", WHATSAPP, number, customer))
        return heard is not None and self._clock() - int(heard) < WINDOW_SECONDS


def _key(kind: str, channel: str, number: str, customer: str) -> str:
    return f"{kind}.{sha256(f'{channel}/{number}/{customer}'.encode()).hexdigest()}"
