"""A conversation in somebody's direct messages that the desk begins: its first message is written once."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final, Protocol

from intake_chat.domain.slack.places import Conversation
from intake_chat.ports.entry import Enters, KeepsPlaces

_POSTING: Final = b"posting"


class BeginsSpans(Protocol):
    """Direct messages; `handlers.customers.directs.Directs` keeps them."""

    async def begin(self, channel: str, ts: str) -> None:
        """Let a message of ours begin a conversation."""


class Beginnings:
    """Begins conversations, each for a source by which it is known again."""

    def __init__(self, *, state: KeepsPlaces, slack: Enters, directs: BeginsSpans) -> None:
        self._state = state
        self._slack = slack
        self._directs = directs

    async def conversation(
        self, source: str, team: str, user: str, words: Callable[[], Awaitable[str]]
    ) -> Conversation:
        """The conversation for a source; begun now, or earlier. What was cut off is read back from Slack.

        Args:
            team: the workspace that is ours.
            words: the first message, in Slack's words.

        Raises:
            SlackRefused: Slack lets nobody write to this person.
            Temporary: Slack or the broker is away; asking again writes nothing twice.
        """
        name = sha256(source.encode()).hexdigest()[:40]
        key = f"request.{name}"
        [first] = await self._state.create_all([key], _POSTING)
        kept = None if first else await self._state.get(key)
        if kept and kept != _POSTING:
            return Conversation.parse(kept.decode())
        channel = await self._slack.direct(user)
        ts = None if first else await self._slack.begun(channel, name)
        if ts is None:
            ts = await self._slack.begin(channel, await words(), name)
        where = Conversation(team, channel, ts)
        await self._directs.begin(channel, ts)
        await self._state.put_all([key], str(where).encode())
        return where
