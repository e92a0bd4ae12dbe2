"""What the ways in need of the world."""

from collections.abc import Mapping
from typing import Any, Protocol

from intake_chat.domain.slack.normalise import Profile
from intake_chat.domain.slack.people import Presser, Somebody
from ventanilla_runtime.state import Entry


class KeepsPlaces(Protocol):
    """What conversations are where; `ventanilla_runtime.state.StateBucket` of the bucket `chat_state` keeps it."""

    async def create_all(self, keys: list[str], value: bytes) -> list[bool]:
        """Create keys; says for each whether this call made it."""

    async def put_all(self, keys: list[str], value: bytes) -> None:
        """Overwrite keys."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def read(self, key: str) -> Entry:
        """Value and revision of a key."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over a revision; raises WrongSequence where somebody else was quicker."""


class Enters(Protocol):
    """What the ways in ask of Slack; `adapters.slack.entrance.Entrance` does."""

    async def take_part(self, channel: str) -> bool:
        """Whether the app hears a channel and can answer there."""

    async def direct(self, user: str) -> str:
        """The direct conversation with somebody; raises SlackRefused where there can be none."""

    async def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """One message as Slack shows it; None: it is gone."""

    async def begin(self, channel: str, text: str, request: str) -> str:
        """Write the first message of a conversation."""

    async def begun(self, channel: str, request: str) -> str | None:
        """The first message that was written for a request."""


class FindsAgents(Protocol):
    """Who is an agent; `handlers.agents.directory.Agents` does."""

    async def presser(self, somebody: Somebody) -> Presser | None:
        """The agent, or None."""


class KnowsProfiles(Protocol):
    """Who somebody is; `adapters.slack.people.People` does."""

    async def profile(self, user: str) -> Profile:
        """What is known of a user."""
