"""What catching up needs of the world: Slack's history, what was accepted, and a place to remember where it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from intake_chat.domain.slack.events import Said

Json = Mapping[str, Any]


class SeenPlace(Protocol):
    """A conversation that the app is in."""

    @property
    def channel(self) -> str: ...  # noqa: D102  # its id
    @property
    def kind(self) -> str: ...  # noqa: D102  # such as `im`, `group`, `channel`
    @property
    def archived(self) -> bool: ...  # noqa: D102  # nobody can write there


class SeenPage(Protocol):
    """Messages, the newest first, and whether there are older ones."""

    @property
    def messages(self) -> Sequence[Json]: ...  # noqa: D102  # as Slack gives them
    @property
    def more(self) -> bool: ...  # noqa: D102  # older ones are behind them


class ReadsHistory(Protocol):
    """Reads conversations; `adapters.slack.history.History` does. All raise SlackRefused or Temporary."""

    async def ourselves(self) -> tuple[str, frozenset[str]]:
        """The workspace, and the ids of this app in it."""

    async def places(self, *, direct: bool = True) -> Sequence[SeenPlace]:
        """The conversations that the app is in, in the order in which to read them; `direct`: direct messages too."""

    async def page(self, channel: str, oldest: str, latest: str) -> SeenPage:
        """The newest messages between two time stamps."""

    async def replies(self, channel: str, root: str, after: str) -> Sequence[Json]:
        """Replies below a message after a time stamp, the oldest first."""

    async def thread(self, channel: str, root: str, after: str) -> tuple[Json | None, Sequence[Json]]:
        """The first message of a thread, or what stands in its place, and the replies after a time stamp."""


class KnowsKeys(Protocol):
    """Keys that catching up goes by; `adapters.chat_keys.ChatKeys` reads them. Both raise Temporary."""

    async def threads(self, since: datetime, most: int) -> Sequence[str]:
        """Names of threads that are heard by themselves and in use since a time, the latest first."""

    async def called(self, after: int) -> tuple[set[str], int]:
        """Channels that are to be looked at, of what was written after a sequence; and the last sequence."""


class KnowsAccepted(Protocol):
    """What is accepted already; `adapters.chat_stream.ChatStream` does. Both raise Temporary."""

    async def since(self, at: datetime) -> set[str]:
        """Ids of what was accepted since a time."""

    async def said(self, identity: str, at: datetime) -> Said | None:
        """The message of an id that was written at a time."""


class KeepsPosition(Protocol):
    """A key that is written over the revision that was read; `ventanilla_runtime.state.StateBucket` has them."""

    async def read(self, key: str) -> Any:
        """Value and revision of a key. Raises Temporary."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over a revision; the new one. Raises Temporary."""
