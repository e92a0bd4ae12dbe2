"""Send a text once for each key, whatever dies meanwhile.

The key is written before Twilio is asked and the SID after it. Who finds a key that is in doubt looks through Twilio's
list before asking again: what was asked for may have been done, by somebody who died or whose answer was lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import structlog

from intake_phone.domain.texts.refusals import FAILED_STATES, reason_of
from intake_phone.domain.texts.texting import Texting, read_texting
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.texts.owning import claimed
from intake_phone.ports.calling import ReplacesState
from intake_phone.ports.phone import RemembersState, SendsTexts, Sent
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

_CLOCKS_APART_SECONDS: Final = 60.0
"""So far our clock and Twilio's may be apart."""
_MARGIN_SECONDS: Final = 5.0
_LIST_LATE_SECONDS: Final = 1.5
"""So much later than it was taken a text may stand in Twilio's list."""


@dataclass(frozen=True, slots=True)
class OneText:
    """A text by SMS.

    Attributes:
        desk, number: from and to which number, in E.164.
        also: whether other words are this text too, where what it says may differ between two attempts.
    """

    desk: str
    number: str = field(repr=False)
    body: str = field(repr=False)
    also: Callable[[str], bool] | None = None

    def says(self, words: str) -> bool:
        """Whether a text to this number is this one, as far as its words tell."""
        return words == self.body or (self.also is not None and self.also(words))


class Texter:
    """Sends texts."""

    def __init__(
        self,
        state: ReplacesState,
        owned: RemembersState,
        twilio: SendsTexts,
        twilio_seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is sent yet.

        Args:
            owned: where it is kept whose a text at Twilio is.
            twilio_seconds: how long one request to Twilio may take: for so long another replica may still be at it.
        """
        self._state = state
        self._owned = owned
        self._twilio = twilio
        self._patience = twilio_seconds + _MARGIN_SECONDS
        self._now = now

    async def text(self, key: str, text: OneText) -> Texting:
        """Send a text, unless this key's was sent: then that one is told of. What comes back is settled.

        Raises:
            TwilioAway, TwilioBusy: nobody knows yet, or not now; the same again, later, sends no second one.
            Temporary: the broker is away; as above.
        """
        kept = await self._state.read(key)
        known = read_texting(kept.value) or Texting(self._time())
        if known.settled:
            return known
        if (found := await self._found(key, known, text)) is not None:
            return found
        if self._time() < known.until:
            raise TwilioAway("this text may be under way")
        trying = replace(known, until=self._time() + self._patience)
        try:
            await self._state.replace(key, trying.written(), kept.revision)
        except WrongSequence as error:
            raise TwilioAway("another replica sends this text") from error
        try:
            sent = await self._twilio.send_text({"to": text.number, "from_": text.desk, "body": text.body})
        except TwilioBusy:
            await self._state.put_all([key], known.written())
            raise
        except TwilioAway:
            # Nobody is at it any more: what is in Twilio's list in a moment says whether it was taken.
            await self._state.put_all([key], replace(trying, until=self._time() + _LIST_LATE_SECONDS).written())
            raise
        except TwilioRefused as error:
            log.warning("text.refused", key=key, code=error.code)
            return await self._keep(key, replace(trying, refused=reason_of(error.code)))
        await claimed(self._owned, [sent.sid], key.encode())
        return await self._keep(key, _ended(trying, sent))

    async def ended(self, key: str, text: OneText) -> Texting | None:
        """What became of a key's text that is not to be sent any more; None: it was not sent.

        Raises:
            TwilioAway, TwilioBusy: it may have been, and Twilio's list cannot be read.
            Temporary: the broker is away.
        """
        known = read_texting((await self._state.read(key)).value)
        if known is None or known.settled:
            return known
        return await self._found(key, known, text)

    async def _found(self, key: str, known: Texting, text: OneText) -> Texting | None:
        """What became of a text that was sent without our knowing; None: none was."""
        if not known.until:
            return None
        listed = await self._twilio.texts_to(text.desk, text.number, known.since - _CLOCKS_APART_SECONDS)
        fitting = {sent.sid: sent for sent, words in reversed(listed) if text.says(words)}
        sid = await claimed(self._owned, fitting, key.encode())
        return None if sid is None else await self._keep(key, _ended(known, fitting[sid]))

    async def _keep(self, key: str, texting: Texting) -> Texting:
        await self._state.put_all([key], texting.written())
        return texting

    def _time(self) -> float:
        return self._now().timestamp()


def _ended(known: Texting, sent: Sent) -> Texting:
    return replace(known, sid=sent.sid, refused=reason_of(sent.error) if sent.status in FAILED_STATES else "")
