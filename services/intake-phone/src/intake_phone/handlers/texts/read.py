"""Read a text: with its files it becomes the desk's event."""

from collections.abc import Mapping
from typing import Final

import structlog

from intake_phone.domain.texts.received import received, received_id
from intake_phone.domain.texts.text import read_text
from intake_phone.errors import TwilioAway
from intake_phone.ports.phone import Fetched, FetchesFiles
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

PATIENCE: Final = 12
"""So often a text waits for files that Twilio does not give; about eight minutes."""
CUT: Final = "attachments_cut"


class TextReader:
    """Reads texts."""

    def __init__(self, files: FetchesFiles) -> None:
        self._files = files

    async def read(self, form: Mapping[str, str], delivery: Delivery) -> MessageReceived:
        """The event of a text.

        Raises:
            TwilioAway: its files cannot be had now; after some tries it goes without them, and says so.
            Senseless: it does not say which text it is.
        """
        text = read_text(form)
        found = Fetched()
        if text.media:
            try:
                urls = [(one.url, one.content_type) for one in text.media]
                found = await self._files.fetch(urls, received_id(text))
            except TwilioAway:
                if delivery.deliveries <= PATIENCE:
                    raise
                # What somebody said is worth more than its files.
                log.warning("text.bare", files=len(text.media))
                found = Fetched(missing=(CUT,))
        missing = dict.fromkeys((*found.missing, *((CUT,) if text.cut_media else ())))
        return received(text, found.attachments, tuple(missing))
