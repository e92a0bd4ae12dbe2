"""Twilio's lists, as the forms that webhooks would have had."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from intake_phone.adapters.twilio.api import Twilio
from intake_phone.domain.calls.made import end_of
from intake_phone.domain.calls.received import OVER, RECONCILED
from intake_phone.domain.texts.refusals import ARRIVED_STATES, FAILED_STATES, STATE_AT
from intake_phone.domain.texts.text import SENT_AT
from intake_phone.ports.lists import Listed

_INBOUND: Final = "inbound"
_OUTBOUND: Final = "outbound-api"


class TwilioLists:
    """Reads lists of an account."""

    def __init__(
        self,
        twilio: Twilio,
        whose: Callable[[str], Awaitable[tuple[str, str] | None]],
        made_under: Callable[[str], Awaitable[str]],
    ) -> None:
        """Nothing is read yet.

        Args:
            whose: SID of a text of ours → (notification, medium); None: it is nobody's.
            made_under: SID of a call of ours → the key that it was made under; empty: nobody knows.
        """
        self._twilio = twilio
        self._whose = whose
        self._made_under = made_under

    async def since(self, at: datetime) -> Sequence[Listed]:
        """Texts and calls that came in, and ends of our own texts and calls, since a time.

        Raises:
            TwilioAway, TwilioBusy, TwilioRefused: they cannot be read.
        """
        found: list[Listed] = []
        for call in await self._twilio.calls_since(at):
            if call.direction == _INBOUND:
                found.append(_call(call))
            elif call.direction == _OUTBOUND and (end := await self._leg(call)) is not None:
                found.append(end)
        for message in await self._twilio.messages_since(at):
            if message.direction == _INBOUND:
                found.append(await self._text(message))
            elif (state := await self._state(message)) is not None:
                found.append(state)
        return found

    async def _leg(self, call: Any) -> Listed | None:
        """The end of a call of ours; None: nobody waits for it."""
        listed = _call(call)
        ended = end_of(await self._made_under(call.sid), call.sid, listed.told)
        if ended is None:
            return None
        kind, sid, told = ended
        return Listed(kind, sid, told, listed.at, listed.over)

    async def _text(self, message: Any) -> Listed:
        at = _moment(message.date_sent or message.date_created)
        told = {
            "MessageSid": message.sid,
            "AccountSid": message.account_sid,
            "From": message.from_ or "",
            "To": message.to or "",
            "Body": message.body or "",
            "NumMedia": str(message.num_media or 0),
            SENT_AT: str(int(at.timestamp())),
        }
        if int(message.num_media or 0):
            told |= await self._twilio.media_of(message.sid)
        return Listed("text", message.sid, told, at)

    async def _state(self, message: Any) -> Listed | None:
        state = str(message.status or "")
        if state not in FAILED_STATES and state not in ARRIVED_STATES:
            return None
        owner = await self._whose(message.sid)
        if owner is None:
            return None
        notification, medium = owner
        code = str(message.error_code or "")
        told = {"id": notification, "medium": medium, "sid": message.sid, "state": state, "code": code}
        at = _moment(message.date_updated or message.date_created)
        told |= {"From": message.from_ or "", "To": message.to or "", STATE_AT: str(int(at.timestamp()))}
        return Listed("status", f"{message.sid}/{state}", told, at)


def _call(call: Any) -> Listed:
    told: Mapping[str, str] = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call._from or "",  # noqa: SLF001  # the library gives its caller no other name
        "To": call.to or "",
        "CallStatus": str(call.status or ""),
        "CallDuration": str(call.duration or ""),
        "Direction": str(call.direction or ""),
        RECONCILED: "1",
    }
    over = str(call.status) in OVER
    return Listed("call", call.sid, told, _moment(call.start_time or call.date_created), over=over)


def _moment(at: datetime | None) -> datetime:
    return at.astimezone(UTC) if at is not None else datetime.now(UTC)
