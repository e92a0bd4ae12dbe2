"""What of Slack's events is in the CHAT stream already: so that reading history again adds only what is missing."""

from datetime import datetime, timedelta
from typing import Final

import orjson

from intake_chat.domain.slack.events import Said, happening_of
from intake_chat.handlers.customers.accept import STREAM
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import MSG_ID

_AROUND: Final = 500
"""A message is looked for among so many that were accepted after it was written."""


class ChatStream:
    """Looks into the CHAT stream."""

    def __init__(self, many: Many) -> None:
        self._many = many

    async def since(self, at: datetime) -> set[str]:
        """Ids of what was accepted since a time; of very many the oldest.

        Raises:
            Temporary: the broker is away.
        """
        return await self._many.ids_since(STREAM, at)

    async def said(self, identity: str, at: datetime) -> Said | None:
        """The message of an id that was written at a time; None: it was not accepted, or is forgotten.

        Raises:
            Temporary: the broker is away.
        """
        page = await self._many.page(STREAM, 0, since=at - timedelta(minutes=1), messages=_AROUND)
        for message in page.messages:
            if message.headers.get(MSG_ID) == identity:
                try:
                    happening = happening_of(orjson.loads(message.body))
                except orjson.JSONDecodeError:
                    return None
                return happening if isinstance(happening, Said) else None
        return None
