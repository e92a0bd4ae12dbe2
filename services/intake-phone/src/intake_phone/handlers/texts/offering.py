"""Files of answers, offered to Twilio at signed addresses for as long as it may want to fetch them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from intake_phone.domain.texts.media_out import LARGEST_BYTES
from intake_phone.domain.texts.offers import LIFE_SECONDS, Offered, Offers, shown
from intake_phone.errors import FilesBusy
from ventanilla_contracts.errors import Permanent
from ventanilla_contracts.events import Attachment, BlobRef

BUCKET: Final = "attachments"
_AT_ONCE: Final = 4
"""Files of up to 16 MB that are in memory for Twilio."""


class HoldsFiles(Protocol):
    """Files of the desk; `ventanilla_runtime.blobs.Blobs` does."""

    async def get(self, ref: BlobRef) -> bytes:
        """Their bytes. Raises BlobLost (Permanent), Temporary."""

    async def find(self, bucket: str, name: str) -> object | None:
        """What is known of one; None: it is gone. Raises Temporary."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes, with what Twilio is told of it."""

    data: bytes
    media_type: str
    filename: str


class FileOffers:
    """Makes addresses, and answers them."""

    def __init__(
        self, offers: Offers, files: HoldsFiles, door: str, seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        """Nothing is offered yet.

        Args:
            door: public address before the token, with a slash at the end.
            seconds: how long whoever fetches one waits for a place, and for the broker.
        """
        self._offers = offers
        self._files = files
        self._door = door
        self._seconds = seconds
        self._clock = clock
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def address_of(self, file: Attachment) -> str | None:
        """Where Twilio can fetch a file from now on; None: it is gone.

        Raises:
            Temporary: the broker is away.
        """
        offered = shown(file)
        if offered is None or await self._files.find(BUCKET, offered.name) is None:
            return None
        return f"{self._door}{self._offers.token(offered, self._clock() + LIFE_SECONDS)}"

    async def content(self, token: str) -> Content | None:
        """What an address offers; None: nothing, or no longer.

        Raises:
            FilesBusy: not now.
            Temporary: the broker is away.
        """
        offered = self._offers.read(token, self._clock())
        if offered is None or not 0 < offered.size_bytes <= LARGEST_BYTES:
            return None
        try:
            async with asyncio.timeout(self._seconds), self._places:
                data = await self._files.get(_ref(offered))
        except TimeoutError as error:
            raise FilesBusy("too many files at once, or the broker is slow") from error
        except Permanent:  # it is gone since it was offered
            return None
        return Content(data, offered.media_type, offered.filename)


def _ref(offered: Offered) -> BlobRef:
    return BlobRef(size_bytes=offered.size_bytes, sha256=offered.sha256, bucket=BUCKET, name=offered.name)
