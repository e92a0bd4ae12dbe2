"""What became of texts after Twilio took them: what did not arrive is told to the desk, and what did."""

from collections.abc import Mapping
from typing import Final

from intake_phone.domain.numbers import e164
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.refusals import (
    ARRIVED_STATES,
    FAILED_STATES,
    NO_TEXTS,
    OPTED_OUT,
    READ_STATE,
    STATE_AT,
    WINDOW_CLOSED,
    reason_of,
)
from intake_phone.domain.texts.sending import Progress, read_progress
from intake_phone.errors import Senseless, TwilioAway
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.reports import Reports
from intake_phone.handlers.texts.say import MEDIA, progress_key
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_runtime.delivery import Delivery

_ID, _MEDIUM = "id", "medium"
_LONGEST: Final = 500
_YES: Final = b"1"


class TextStates:
    """Takes states in, and reads them."""

    def __init__(
        self,
        acceptor: Acceptor,
        reports: Reports,
        sent: RemembersState,
        subscriptions: Subscriptions,
        seconds: float,
    ) -> None:
        """`sent`: where the speaker remembers how far its notifications have come."""
        self._acceptor = acceptor
        self._reports = reports
        self._sent = sent
        self._subscriptions = subscriptions
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
            told |= {name: form.get(name, "") for name in ("From", "To")}
            await self._acceptor.accept("status", f"{sid}/{state}", told, "webhook", self._seconds)

    async def read(
        self, told: Mapping[str, str], delivery: Delivery
    ) -> NotificationDelivered | NotificationFailed | None:
        """The report that a state amounts to; None: to nothing yet. One text of several that fails fails them all, and
        the notification has arrived when each of them has.

        Raises:
            TwilioAway: its other texts are still being sent.
            Temporary: the broker is away.
        """
        notification, medium, state = told.get(_ID, ""), told.get(_MEDIUM, ""), told.get("state", "")
        sid = told.get("sid", "")
        code = int(told["code"]) if told.get("code", "").isdecimal() else None
        if state in FAILED_STATES:
            reason = reason_of(code)
            numbers = e164(told.get("From")), e164(told.get("To"))
            await self._learn(reason, medium, *numbers, sid, _when(told, delivery))
            return self._reports.failed(notification, medium, reason, f"{code or state}: {sid}")
        progress = read_progress(await self._sent.get(progress_key(notification)))
        if not await self._all_have(progress, sid, state):
            return None
        template = progress is not None and progress.template
        read = state == READ_STATE
        return self._reports.delivered(notification, medium, sid, final=True, read=read, template=template)

    async def _learn(
        self, reason: str, medium: str, number: str | None, customer: str | None, sid: str, at: float
    ) -> None:
        """What Twilio found out only later counts for the next text: that somebody wants none, the day is over, or that
        none arrives there.

        Told again, or read after the customer said something newer, it changes nothing.
        """
        if number is None or customer is None:
            return
        if reason == OPTED_OUT:
            await self._subscriptions.note(medium, number, customer, Wish.STOP, sid=sid, at=at)
        elif reason == WINDOW_CLOSED:
            await self._subscriptions.shut(number, customer, sid=sid, at=at)
        elif reason == NO_TEXTS:
            await self._subscriptions.none_arrives(customer, sid=sid, at=at)

    async def _all_have(self, progress: Progress | None, sid: str, state: str) -> bool:
        """Whether every text of a notification has come as far as this one."""
        reached = (state, "delivered") if state == READ_STATE else (state,)  # what was read has arrived
        await self._sent.create_all([_reached_key(sid, one) for one in reached], _YES)
        if progress is None:  # so long ago that nobody remembers
            return True
        if progress.failed:
            return False
        if not progress.done:
            raise TwilioAway("the notification is still being sent")
        return all([await self._sent.get(_reached_key(other, state)) for other in progress.sids if other != sid])


def _when(told: Mapping[str, str], delivery: Delivery) -> float:
    """When Twilio said so: its lists tell it, its webhooks come at once."""
    at = told.get(STATE_AT, "")
    return float(at) if at.isdecimal() else delivery.stored_at.timestamp()


def _reached_key(sid: str, state: str) -> str:
    return f"{state}.{sid}"
