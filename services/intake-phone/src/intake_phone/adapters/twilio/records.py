"""What an account keeps of a number: texts, calls and recordings, found by Twilio's lists and deleted one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from intake_phone.adapters.twilio.api import Twilio

_WHATSAPP: Final = "whatsapp:"


class TwilioRecords:
    """Finds and deletes. Methods raise TwilioRefused, TwilioAway and TwilioBusy as `Twilio` does."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio

    async def kept_of(self, number: str, before: datetime) -> Sequence[tuple[str, str]]:
        """(kind, SID) of everything to and from a number until a time; calls that these made too."""
        found: list[tuple[str, str]] = []
        for address in (number, f"{_WHATSAPP}{number}"):
            texts = await self._twilio.texts_with(address)
            found += [("text", str(one.sid)) for one in texts if _at(one.date_sent or one.date_created) <= before]
        for call in await self._twilio.calls_with(number):
            if _at(call.start_time or call.date_created) <= before:
                found += [("recording", sid) for sid in await self._twilio.all_recordings_of(str(call.sid))]
                found.append(("call", str(call.sid)))
        return list(dict.fromkeys(found))

    async def delete(self, kind: str, sid: str) -> None:
        """Delete a text, a call or a recording for good."""
        await self._twilio.delete(kind, sid)


def _at(moment: Any) -> datetime:
    found: datetime = moment if moment is not None else datetime.now(UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
