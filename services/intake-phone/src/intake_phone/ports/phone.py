"""What the handlers need of the broker, of Twilio and of files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ventanilla_contracts.events import Attachment
from ventanilla_runtime.publish import Outgoing, PubAck


class Publishes(Protocol):
    """Stores messages in streams; `ventanilla_runtime.publish.Publisher` does."""

    async def publish(self, message: Outgoing) -> PubAck:
        """Store one message durably."""


class RemembersState(Protocol):
    """Keys that say what was begun and finished; `ventanilla_runtime.state.StateBucket` does."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys; says for each whether this call made it."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Files that the desk has, and words about those that it has not."""

    attachments: Sequence[Attachment] = ()
    missing: Sequence[str] = ()


class FetchesFiles(Protocol):
    """Fetches what lies at Twilio's; `adapters.twilio.media.Files` does."""

    async def fetch(self, urls: Sequence[tuple[str, str]], owner: str) -> Fetched:
        """Files by (address, media type), stored for the sake of an event."""


class KeepsFiles(Protocol):
    """Keeps files as the desk does; `adapters.twilio.media.Files` does."""

    async def keep(self, data: bytes, name: str, media_type: str, owner: str) -> Attachment:
        """Bytes as a file of the desk's, for the sake of an event."""


class OffersFiles(Protocol):
    """Lets Twilio fetch files; `handlers.texts.offering.FileOffers` does."""

    async def address_of(self, file: Attachment) -> str | None:
        """Where Twilio can fetch one from now on; None: it is gone. Raises Temporary."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A text as Twilio has it.

    Attributes:
        status: `queued`, `sent`, `delivered`, `failed`, …
        error: Twilio's code of what went wrong, or None.
    """

    sid: str
    status: str
    error: int | None = None


class SendsTexts(Protocol):
    """Sends texts; `adapters.twilio.api.Twilio` does."""

    async def send_text(self, fields: Mapping[str, str | Sequence[str]]) -> Sent:
        """Send one.

        Raises:
            TwilioRefused: it never will be.
            TwilioAway: it may have been sent or not.
            TwilioBusy: it was not; later it may be.
        """

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        """What was sent between two numbers since a time, newest first, each with its words."""
