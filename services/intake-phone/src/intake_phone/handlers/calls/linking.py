"""Texts callers a link, once, and notes in the call's log what became of it: that it was sent is said when it was."""

from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.effects import TextLink
from intake_phone.domain.calls.record import noted_beside
from intake_phone.domain.calls.state import State
from intake_phone.domain.outcome import NOT_TEXTED
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.refusals import FAILED_STATES, OPTED_OUT, reason_of
from intake_phone.errors import TwilioRefused
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.ports.calls import KeepsCalls
from intake_phone.ports.phone import RemembersState, SendsTexts
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()

_SMS: Final = "sms"
SENT, UNSURE = "texted", "text_unsure"
"""Lines of a call's log, beside `NOT_TEXTED`."""


class Linker:
    """Texts links."""

    def __init__(
        self, texts: SendsTexts, state: RemembersState, subscriptions: Subscriptions, calls: KeepsCalls
    ) -> None:
        self._texts = texts
        self._state = state
        self._subscriptions = subscriptions
        self._calls = calls

    async def text(self, call: str, number: str, state: State, position: int, effect: TextLink) -> None:
        """Text a link from a number of the desk; whoever wants no texts is not asked again. Raises nothing."""
        try:
            [first] = await self._state.create_all([f"effect.{call}.{state.step}.{position}"], b"1")
            if not first:
                return
            kind, reason = await self._send(number, effect)
            metrics.EFFECTS.labels("text", "done" if kind == SENT else "failed").inc()
            if reason == OPTED_OUT:
                await self._subscriptions.note(_SMS, number, effect.number, Wish.STOP)
            await self._calls.note(call, noted_beside(state, position, kind, reason))
        except ContractError as error:
            metrics.EFFECTS.labels("text", "unnoted").inc()
            log.warning("text.not_noted", call=call, error=error)

    async def _send(self, number: str, effect: TextLink) -> tuple[str, str]:
        """The line that tells what became of the text, and why Twilio does not send it."""
        try:
            sent = await self._texts.send_text({"to": effect.number, "from_": number, "body": effect.text})
        except TwilioRefused as error:
            log.warning("text.not_sent", error=error)
            return NOT_TEXTED, reason_of(error.code)
        except ContractError as error:
            log.warning("text.unsure", error=error)
            return UNSURE, ""
        return (NOT_TEXTED, reason_of(sent.error)) if sent.status in FAILED_STATES else (SENT, "")
