"""What the handlers need of the world."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from intake_chat.domain.slack.entry.happenings import HandedIn, Heard, Requested
from intake_chat.domain.slack.events import File, Reacted, Revised, Said
from intake_chat.domain.slack.normalise import Fetched, Profile
from intake_chat.domain.slack.outgoing_files import Share
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import Outgoing, PubAck
from ventanilla_runtime.state import Entry

Accept = Callable[[bytes, Mapping[str, Any], str], Awaitable[None]]
"""(body, the same read, which door) → it is durable; raises NotAccepted."""


class Publishes(Protocol):
    """Stores messages in streams; `ventanilla_runtime.publish.Publisher` does."""

    async def publish(self, message: Outgoing) -> PubAck:
        """Store one message durably."""

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[PubAck]:
        """Store messages of one stream durably, in order."""


class RemembersState(Protocol):
    """Keys that say what was begun and finished; `ventanilla_runtime.state.StateBucket` does."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys; says for each whether this call made it."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""


class ReplacesState(Protocol):
    """Keys that are written only over what was read; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def read(self, key: str) -> Entry:
        """Value and revision of a key."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over a revision; the new one. Raises WrongSequence if somebody else was quicker."""


class WritesDepartures(Protocol):
    """Keys that say whose account was deactivated; `ventanilla_runtime.state.StateBucket` has them."""

    async def read(self, key: str) -> Entry:
        """Value and revision of a key."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""


class KnowsPeople(Protocol):
    """Who somebody in Slack is; `adapters.slack.people.People` does."""

    async def profile(self, user: str) -> Profile:
        """What is known of a user; an empty profile where Slack does not say."""

    async def organisation(self, team: str) -> str:
        """The name of a workspace that is not ours; "" where Slack does not say."""

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """User → name, of those of whom it is known soon; raises nothing for the others."""


class KnowsWhoIsGone(Protocol):
    """Whether anybody still reads direct messages; `adapters.slack.people.People` does."""

    async def profile(self, user: str) -> Profile:
        """What is known of a user, perhaps for some minutes."""

    async def is_gone(self, user: str) -> bool:
        """Whether an account is deactivated: as of now where Slack told of it, else as of a minute ago."""


class FetchesFiles(Protocol):
    """Fetches what customers upload; `adapters.slack.files.Files` does."""

    async def fetch(self, files: Sequence[File], owner: str) -> Fetched:
        """The files, stored for the sake of an event."""


class TellsOfMissing(Protocol):
    """Tells customers of files that were left out; `handlers.customers.missing_files.MissingFiles` does."""

    async def tell(self, said: Said, event: MessageReceived) -> None:
        """Say it once, if anything is missing."""


class FindsPlaces(Protocol):
    """Where what was heard belongs; `handlers.customers.entry.WaysIn` finds out."""

    async def hears(self, happening: Said | Revised) -> bool:
        """Whether what is said there is said to the desk."""

    async def heard(self, happening: Said | Reacted | Requested | HandedIn) -> Heard | None:
        """What is said to the desk, in its place; None: nothing is."""


class HearsNotes(Protocol):
    """Takes what is said in threads of cards; `handlers.cards.notes.Notes` does."""

    async def hear(self, happening: Said | Revised, delivery: Delivery, batch: Batch) -> bool:
        """Take in what was said or changed, if it was in the thread of a card; whether it was."""


class Posts(Protocol):
    """Says something in a channel; `adapters.slack.web.Slack` does."""

    async def post(self, channel: str, root: str, text: str, notification: str, *, automatic: bool = False) -> str:
        """Post into a thread; returns the time stamp of the message."""

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        """The time stamp of what was posted for a notification at or after a time; None: nothing was."""


class ChangesPosts(Protocol):
    """Changes what the desk has said; `adapters.slack.web.Slack` does."""

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        """As `Posts.find_post`."""

    async def change(self, channel: str, ts: str, text: str, notification: str = "") -> None:
        """Let a message of ours say something else."""

    async def take_back(self, channel: str, ts: str) -> None:
        """Delete a message of ours."""


class SharesFiles(Protocol):
    """Puts files into threads; `adapters.slack.uploads.Uploads` does."""

    async def upload(self, name: str, data: bytes) -> str:
        """The id of a file that nobody sees before it is shared."""

    async def share(self, channel: str, root: str, text: str, files: Sequence[tuple[str, str]]) -> None:
        """Post uploaded files (id, title) and a text in a thread, as one message."""

    async def find_share(self, channel: str, file: str) -> Share | None:
        """The message of a channel that holds a file; None: none does, as far as Slack knows yet."""

    async def stands_in(self, channel: str, root: str, ts: str) -> bool:
        """Whether a message is in a thread."""

    async def take_back(self, channel: str, ts: str, files: Sequence[str], *, gone_before: bool = False) -> None:
        """Delete a message of ours and the files in it; `gone_before`: they may have been deleted before."""
