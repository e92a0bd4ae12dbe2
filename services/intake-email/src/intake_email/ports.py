"""What the handlers need of the world."""

from collections.abc import Sequence
from typing import Protocol

from intake_email.domain.outbound import Letter, Outcome
from ventanilla_contracts.events import BlobRef
from ventanilla_runtime.blobs import NewBlob
from ventanilla_runtime.publish import Outgoing, PubAck


class Publishes(Protocol):
    """Stores messages in streams; `ventanilla_runtime.publish.Publisher` does."""

    async def publish(self, message: Outgoing) -> PubAck:
        """Store one message durably."""

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[PubAck]:
        """Store messages of one stream durably, in order."""


class StoresBlobs(Protocol):
    """Stores and fetches bytes by reference; `ventanilla_runtime.blobs.Blobs` does."""

    async def put(self, bucket: str, data: bytes, *, content_type: str = ..., owners: Sequence[str] = ...) -> BlobRef:
        """Store bytes durably, for the sake of the events named."""

    async def put_all(self, bucket: str, blobs: Sequence[NewBlob]) -> list[BlobRef]:
        """Store many durably, in few writes."""

    async def get(self, ref: BlobRef) -> bytes:
        """Fetch bytes."""


class RemembersState(Protocol):
    """Keys that say what was begun and finished; `ventanilla_runtime.state.StateBucket` does."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys; says for each whether this call made it."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""


class Delivers(Protocol):
    """Hands mails to the next system; `adapters.relay.Relay` and `adapters.maildir.Maildir` do."""

    repeatable: bool
    """Delivering the same mail again changes nothing."""

    async def deliver_all(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Deliver mails; an outcome for each, in order."""
