"""Direct messages whose first line was deleted: where their conversation goes on, both ways.

Whoever deletes the first line of a thread that nobody has replied in leaves nothing behind; what answers it then stands
in the direct messages by itself. There nobody else reads it, so it stays, and the conversation goes on below it: what
is answered later, what is written there, and what is written soon after it belong to the conversation that it was. In
channels nothing goes on: what was asked there was taken back before everybody's eyes, and so is what would answer it.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.entry import directs
from intake_chat.domain.slack.places import is_direct
from intake_chat.errors import InDoubt, SlackRefused, StandsApart
from intake_chat.ports.customers import ChangesPosts, Posts, SharesFiles
from intake_chat.ports.entry import KeepsPlaces
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

_TRIES: Final = 8
_AGAIN_SECONDS: Final = 1.0
_GONE: Final = "thread_not_found"


class Threads:
    """Keeps where conversations of direct messages go on."""

    def __init__(self, state: KeepsPlaces) -> None:
        self._state = state

    async def place(self, channel: str, root: str) -> str:
        """The message below which a conversation goes on: its first one, or what stands in its place.

        Raises:
            Temporary: the broker is away.
        """
        if not is_direct(channel):
            return root
        return directs.read_ts(await self._state.get(directs.goes_on_key(channel, root))) or root

    async def moved(self, channel: str, root: str, ts: str) -> None:
        """Let a conversation go on below a message that stands by itself; again changes nothing.

        Raises:
            Temporary: the broker is away, or others write there all the time; come again.
        """
        await self._state.put_all([directs.root_key(channel, ts)], root.encode())
        for _ in range(_TRIES):
            entry = await self._state.read(directs.key(channel))
            spans = directs.joined(ts, root, directs.read(entry.value))
            try:
                await self._state.replace(directs.key(channel), directs.written(spans), entry.revision)
            except WrongSequence:
                continue
            break
        else:
            raise InDoubt(_AGAIN_SECONDS)
        await self._state.put_all([directs.goes_on_key(channel, root)], ts.encode())
        metrics.MOVED.inc()
        log.info("conversation.moved", channel=channel)


class SlackWords(Posts, ChangesPosts, Protocol):
    """Says words and changes them; `adapters.slack.web.Slack` does."""

    async def find_apart(self, channel: str, notification: str, since: float) -> str | None:
        """As `find_post`, of what stands below no other message."""


class ThreadedWords:
    """Words of the desk, said where a conversation goes on."""

    def __init__(self, slack: SlackWords, threads: Threads) -> None:
        self._slack = slack
        self._threads = threads

    async def post(self, channel: str, root: str, text: str, notification: str, *, automatic: bool = False) -> str:
        """As `Posts.post`."""
        place = await self._threads.place(channel, root)
        try:
            return await self._slack.post(channel, place, text, notification, automatic=automatic)
        except StandsApart as error:
            await self._threads.moved(channel, root, error.ts)
            return error.ts

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        """As `Posts.find_post`."""
        place = await self._threads.place(channel, root)
        try:
            return await self._slack.find_post(channel, place, notification, since)
        except SlackRefused as error:
            if error.code != _GONE or not is_direct(channel):
                raise
        # Whoever posted it may have died before it was noted where it stands.
        ts = await self._slack.find_apart(channel, notification, since)
        if ts is not None:
            await self._threads.moved(channel, root, ts)
        return ts

    async def change(self, channel: str, ts: str, text: str, notification: str = "") -> None:
        """As `ChangesPosts.change`."""
        await self._slack.change(channel, ts, text, notification)

    async def take_back(self, channel: str, ts: str) -> None:
        """As `ChangesPosts.take_back`."""
        await self._slack.take_back(channel, ts)


class ThreadedFiles:
    """Files of the desk, shared where a conversation goes on."""

    def __init__(self, slack: SharesFiles, threads: Threads) -> None:
        self._threads = threads
        self._slack = slack
        self.upload = slack.upload
        self.find_share = slack.find_share
        self.take_back = slack.take_back

    async def share(self, channel: str, root: str, text: str, files: Sequence[tuple[str, str]]) -> None:
        """As `SharesFiles.share`."""
        await self._slack.share(channel, await self._threads.place(channel, root), text, files)

    async def stands_in(self, channel: str, root: str, ts: str) -> bool:
        """As `SharesFiles.stands_in`; in direct messages it stands where it may, and the conversation goes on there."""
        if await self._slack.stands_in(channel, await self._threads.place(channel, root), ts):
            return True
        if not is_direct(channel):
            return False
        await self._threads.moved(channel, root, ts)
        return True
