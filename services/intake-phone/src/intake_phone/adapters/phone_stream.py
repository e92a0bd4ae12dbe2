"""What of Twilio's words is in the PHONE stream already: so that reading its lists again adds only what is missing."""

from datetime import datetime
from typing import Final

from intake_phone.handlers.accept import STREAM
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import MSG_ID

_MOST_PAGES: Final = 200


class PhoneStream:
    """Looks into the PHONE stream."""

    def __init__(self, many: Many) -> None:
        self._many = many

    async def since(self, at: datetime) -> set[str]:
        """Ids of what was accepted since a time; of very many the oldest.

        Raises:
            Temporary: the broker is away.
        """
        found: set[str] = set()
        page = await self._many.page(STREAM, 0, since=at)
        for _ in range(_MOST_PAGES):
            found.update(message.headers.get(MSG_ID, "") for message in page.messages)
            if not page.more or not page.messages:
                break
            page = await self._many.page(STREAM, page.messages[-1].sequence + 1)
        return found
