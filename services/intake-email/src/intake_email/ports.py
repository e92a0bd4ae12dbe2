"""What the handlers need of the world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from intake_email.domain.authentication.verdict import Authentication
from intake_email.domain.envelope import Envelope
from intake_email.domain.imap.mailbox import Fetched, Folder, NotFetched, Position, Wanted
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


class Authenticates(Protocol):
    """Finds out who mails are really from; `adapters.authenticator.Authenticator` does."""

    def has_something_to_check(self, raw: bytes, envelope: Envelope) -> bool:
        """Whether awaiting `authenticate` could find anything."""

    def is_outside(self, envelope: Envelope) -> bool:
        """Whether a stranger's host delivered the mail."""

    async def authenticate(
        self, raw: bytes, envelope: Envelope, from_domain: str | None, received_at: float | None = None
    ) -> Authentication:
        """What can be proved about a mail's sender; never raises because of it or the DNS."""


class SignsMail(Protocol):
    """Signs outgoing mails with DKIM."""

    def field_for(self, from_address: str, content: bytes) -> bytes:
        """The header field to put before a mail, with its line end; empty where nobody signs for this From.

        Called in a thread of its own: an RSA signature takes a millisecond.

        Raises:
            ValueError: the mail cannot be signed.
        """


class Delivers(Protocol):
    """Hands mails to the next system; `adapters.relay.Relay` and `adapters.maildir.Maildir` do."""

    repeatable: bool
    """Delivering the same mail again changes nothing."""

    async def deliver_all(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Deliver mails; an outcome for each, in order."""


@dataclass(frozen=True, slots=True)
class Password:
    """What proves who we are: user and password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """What proves who we are: user and a token (XOAUTH2)."""

    user: str
    token: str = field(repr=False)


Credential = Password | Bearer


class ProvesIdentity(Protocol):
    """Knows the credential of an IMAP mailbox; `adapters.imap_login` has them."""

    async def credential(self) -> Credential:
        """The credential now; raises MailboxUnreachable or LoginRefused if there is none to be had."""

    async def keep_fresh(self) -> None:
        """Renew it ahead of its end, if that is due; a failure shows in `problem` and raises nothing."""

    def taken(self) -> None:
        """The server took it."""

    def refused(self, words: str) -> None:
        """The server did not take it."""

    def problem(self) -> str | None:
        """What will stop the mail if nobody acts, in a person's words, or None."""

    def seconds_left(self) -> float | None:
        """How long the credential lasts; None where nobody knows."""


class ReadsFolder(Protocol):
    """An open folder on an IMAP server, as `adapters.imap_session` has them. All may raise MailboxUnreachable."""

    folder: Folder

    async def look(self) -> None:
        """Let the server tell what is new."""

    async def search(self, wanted: Wanted, *, undone: bool = ...) -> list[int]:
        """UIDs, ascending."""

    async def last_done(self) -> int:
        """The highest UID that carries our keyword, or 0."""

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Sizes by UID, as the server believes."""

    async def fetch(self, uid: int, room: Callable[[int], bool]) -> Fetched | NotFetched:
        """The bytes of a mail, or why there are none."""

    async def mark_done(self, uids: Sequence[int]) -> None:
        """Flag or move what was taken in."""

    async def mark_refused(self, uids: Sequence[int]) -> None:
        """Flag or move what can never be taken in."""

    async def wait_for_news(self, seconds: float) -> None:
        """Return when there may be news, or after so long."""

    async def close(self) -> None:
        """Disconnect in order."""

    def drop(self) -> None:
        """Disconnect at once."""


class OpensFolder(Protocol):
    """Connects to a folder; `adapters.imap_session.ImapServer` does."""

    async def open(self) -> ReadsFolder:
        """Connect, log in, select; raises MailboxUnreachable."""


class KeepsPositions(Protocol):
    """Remembers how far a mailbox has been taken in; `adapters.imap_positions.Positions` does."""

    async def load(self, key: str) -> Position | None:
        """The stored position; None if the mailbox is new. Raises Temporary."""

    async def save(self, key: str, position: Position) -> None:
        """Store it durably. Raises Temporary."""


class Reserves(Protocol):
    """A part of the byte budget; `adapters.smtp_limits.Allowance` is one."""

    def cover(self, count: int) -> bool:
        """Make the reservation at least so many bytes; False if there is no room."""

    def end(self) -> None:
        """Give everything back."""
