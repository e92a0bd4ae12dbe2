"""What became of texts after Twilio took them: what did not arrive is told to the desk, and what did."""

from collections.abc import Mapping
from typing import Final

from intake_phone.domain.texts.refusals import ARRIVED_STATES, FAILED_STATES, reason_of
from intake_phone.errors import Senseless
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.reports import Reports
from intake_phone.handlers.texts.say import MEDIA
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_runtime.delivery import Delivery

_ID, _MEDIUM = "id", "medium"
_LONGEST: Final = 500


class TextStates:
    """Takes states in, and reads them."""

    def __init__(self, acceptor: Acceptor, reports: Reports, seconds: float) -> None:
        self._acceptor = acceptor
        self._reports = reports
        self._seconds = seconds

    async def take(self, query: Mapping[str, str], form: Mapping[str, str]) -> None:
        """Keep a state that ends something; the others tell nothing that anybody waits for.

        Raises:
            NotAccepted: it is not durable. Twilio tells it only once; the reconciler asks again.
            Senseless: it does not say of what.
        """
        sid, state = form.get("MessageSid", ""), form.get("MessageStatus", "")
        notification, medium = query.get(_ID, ""), query.get(_MEDIUM, "")
        if not sid or not notification or medium not in MEDIA or len(notification) > _LONGEST:
            raise Senseless("the state of a text without its ids")
        if state in FAILED_STATES or state in ARRIVED_STATES:
            told = {_ID: notification, _MEDIUM: medium, "sid": sid, "state": state, "code": form.get("ErrorCode", "")}
            await self._acceptor.accept("status", f"{sid}/{state}", told, "webhook", self._seconds)

    async def read(
        self, told: Mapping[str, str], _delivery: Delivery
    ) -> NotificationDelivered | NotificationFailed | None:
        """The report that a state amounts to."""
        notification, medium, state = told.get(_ID, ""), told.get(_MEDIUM, ""), told.get("state", "")
        code = int(told["code"]) if told.get("code", "").isdecimal() else None
        if state in FAILED_STATES:
            return self._reports.failed(notification, medium, reason_of(code), f"{code or state}: {told.get('sid')}")
        return self._reports.delivered(notification, medium, told.get("sid", ""), final=True)
