"""Texts callers the links that they were promised, each once, and notes in the call's log what became of it.

The promise lies in the stream PHONE before the caller hears it: whatever dies or is away, it is tried again for as long
as a link is of use to somebody who has just called.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.links import Link, read_link
from intake_phone.domain.calls.record import noted_beside
from intake_phone.domain.outcome import NOT_TEXTED
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.refusals import NO_TEXTS, OPTED_OUT
from intake_phone.errors import TwilioAway, TwilioBusy
from intake_phone.handlers.texts.once import OneText, Texter
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.ports.calls import KeepsCalls
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

_SMS: Final = "sms"
SENT, UNSURE = "texted", "text_unsure"
"""Lines of a call's log, beside `NOT_TEXTED`."""
GIVE_UP_SECONDS: Final = 600.0
_EXPIRED: Final = "expired"


class Linker:
    """Texts links."""

    def __init__(
        self,
        texter: Texter,
        subscriptions: Subscriptions,
        calls: KeepsCalls,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._texter = texter
        self._subscriptions = subscriptions
        self._calls = calls
        self._now = now

    async def read(self, form: Mapping[str, str], _: Delivery) -> None:
        """Text a link from a number of the desk; whoever wants no texts is not asked again.

        Raises:
            TwilioAway, TwilioBusy: it is to be tried again.
            Temporary: the broker is away; as above.
            Senseless: it does not say what to text to whom.
        """
        link = read_link(form)
        kind, reason = await self._become(link)
        metrics.EFFECTS.labels("text", "done" if kind == SENT else "failed").inc()
        log.info("link.settled", call=link.call, outcome=kind, reason=reason)
        if reason == OPTED_OUT:
            # As of the promise: read again, it takes back nothing that they have said since.
            await self._subscriptions.note(_SMS, link.desk, link.number, Wish.STOP, at=link.at)
        elif reason == NO_TEXTS:
            await self._subscriptions.none_arrives(link.number, at=link.at)
        await self._calls.note(link.call, noted_beside(link.state, link.position, kind, reason))

    async def _become(self, link: Link) -> tuple[str, str]:
        """The line that tells what became of the text, and why it is not sent."""
        key, text = f"link.{link}", OneText(link.desk, link.number, link.text)
        over = self._now().timestamp() >= link.at + GIVE_UP_SECONDS
        if not over and not await self._subscriptions.wants_none(_SMS, link.desk, link.number):
            ended = await self._texter.text(key, text)
            return (NOT_TEXTED, ended.refused) if ended.refused else (SENT, "")
        try:
            known = await self._texter.ended(key, text)
        except (TwilioAway, TwilioBusy) as error:
            if not over:
                raise
            log.warning("link.unsure", call=link.call, error=error)
            return UNSURE, ""
        if known is None or known.refused:
            return NOT_TEXTED, known.refused if known else _EXPIRED if over else OPTED_OUT
        return SENT, ""
