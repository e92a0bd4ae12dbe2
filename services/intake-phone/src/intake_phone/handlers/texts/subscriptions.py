"""Who wants no texts any more, and until when WhatsApp lets us answer freely: kept for each pair of numbers.

And where no text arrives, whichever number it leaves from: not every country's numbers show which are landlines.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from intake_phone.domain.texts.kept import read_kept
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.errors import PerhapsKept
from intake_phone.ports.calling import ReplacesState
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.errors import WrongSequence

WHATSAPP: Final = "whatsapp"
_SMS: Final = "sms"
WINDOW_SECONDS: Final = 24 * 3600.0
"""WhatsApp takes free words so long after the customer's last ones; behind it only templates (error 63016)."""
TEXTLESS_SECONDS: Final = 180 * 24 * 3600.0
"""So long a number at which no text arrived is not texted: it may be somebody else's by then, or a mobile one."""
_TRIES: Final = 5


class Subscriptions:
    """Keys in the bucket `phone_state`; numbers stand in them as hashes only."""

    def __init__(self, state: ReplacesState, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._clock = clock

    async def note(
        self, channel: str, number: str, customer: str, wish: Wish, *, sid: str = "", at: float | None = None
    ) -> bool:
        """Keep what somebody wants; says whether it is new: a message that was noted before changes nothing.

        Args:
            sid: of the message that says it; empty: nobody can tell it again.
            at: when it was said, where that is known; what is older than the wish in force changes nothing.

        Raises:
            PerhapsKept: it may be kept or not.
            Temporary: it is not kept.
        """
        return wish is not Wish.NONE and await self._keep(_key("optout", channel, number, customer), wish, sid, at)

    async def wants_none(self, channel: str, number: str, customer: str) -> bool:
        """Whether somebody wants no texts from a number of the desk's.

        Raises:
            Temporary: the broker is away.
        """
        return read_kept(await self._state.get(_key("optout", channel, number, customer))).wish is Wish.STOP

    async def heard(self, channel: str, number: str, customer: str, *, sid: str = "", at: float | None = None) -> None:
        """Keep that somebody wrote, where that lets us answer; a message that was noted before changes nothing.

        On WhatsApp free words may follow for a day, and whoever texts has a phone at which texts arrive.

        Args:
            sid: of the message. at: when it was sent; None: just now.

        Raises:
            Temporary: it may be kept or not.
        """
        if channel == WHATSAPP:
            await self._keep(_key("window", channel, number, customer), Wish.START, sid, at)
        elif await self._state.get(_textless(customer)) is not None:
            await self._keep(_textless(customer), Wish.START, sid, at)

    async def none_arrives(self, customer: str, *, sid: str = "", at: float | None = None) -> None:
        """Keep that no text arrives at a number, whichever of the desk's it leaves from.

        Args:
            sid: of the text that did not arrive; empty: it was never taken. at: when that was said; None: just now.

        Raises:
            Temporary: it may be kept or not.
        """
        await self._keep(_textless(customer), Wish.STOP, sid, at)

    async def is_textless(self, customer: str) -> bool:
        """Whether no text arrives at a number, as far as was learnt in the last `TEXTLESS_SECONDS`.

        Raises:
            Temporary: the broker is away.
        """
        kept = read_kept(await self._state.get(_textless(customer)))
        return kept.wish is Wish.STOP and self._clock() - kept.at < TEXTLESS_SECONDS

    async def shut(self, number: str, customer: str, *, sid: str = "", at: float | None = None) -> None:
        """Keep that WhatsApp takes no free words any more, whatever we had counted.

        Args:
            sid: of the text of ours that it did not take. at: when it said so; None: just now.

        Raises:
            Temporary: it may be kept or not.
        """
        await self._keep(_key("window", WHATSAPP, number, customer), Wish.STOP, sid, at)

    async def is_open(self, number: str, customer: str) -> bool:
        """Whether WhatsApp takes free words to somebody now.

        Raises:
            Temporary: the broker is away.
        """
        kept = read_kept(await self._state.get(_key("window", WHATSAPP, number, customer)))
        return kept.wish is Wish.START and self._clock() - kept.at < WINDOW_SECONDS

    async def _keep(self, key: str, wish: Wish, sid: str, at: float | None) -> bool:
        """Wish and message are one write: whatever breaks off, both are kept or neither."""
        for left in reversed(range(_TRIES)):
            entry = await self._state.read(key)
            kept = read_kept(entry.value).taken(wish, sid, at, self._clock())
            if kept is None:
                return False
            try:
                await self._state.replace(key, kept.written(), entry.revision)
            except WrongSequence:  # another replica has noted something meanwhile
                if not left:
                    raise
            except Temporary as error:
                raise PerhapsKept(str(error)) from error
            else:
                return True
        return False


def _textless(customer: str) -> str:
    return _key("textless", _SMS, "", customer)


def _key(kind: str, channel: str, number: str, customer: str) -> str:
    return f"{kind}.{sha256(f'{channel}/{number}/{customer}'.encode()).hexdigest()}"
