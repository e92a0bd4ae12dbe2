"""Where answers, drafts and their lines are kept and stand, for tests: buckets, Slack's channels, Slack's files."""

from collections.abc import Awaitable, Callable
from typing import Any

from intake_chat.domain.slack.events import File
from intake_chat.errors import SlackAway
from intake_chat.handlers.keeping.keeper import Work
from intake_chat.ports.cards import Make
from ventanilla_contracts.errors import Temporary
from ventanilla_devstack.slack.blocks import check_blocks
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.many import Page
from ventanilla_runtime.state import Entry


class FakeBucket:
    """Keys with the order in which they were written."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[int, bytes]] = {}
        self.written = 0

    async def get(self, key: str) -> bytes | None:
        return self.values[key][1] if key in self.values else None

    async def read(self, key: str) -> Entry:
        found = self.values.get(key)
        return Entry(found[1], found[0]) if found else Entry(None, 0)

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if (await self.read(key)).revision != revision:
            raise WrongSequence(key)
        await self.put_all([key], value)
        return self.written

    async def put_all(self, keys: Any, value: bytes) -> None:
        for key in keys:
            self.written += 1
            self.values[key] = (self.written, value)

    async def create_all(self, keys: Any, value: bytes) -> list[bool]:
        made = [key not in self.values for key in keys]
        await self.put_all([key for key, fresh in zip(keys, made, strict=True) if fresh], value)
        return made

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = 100) -> Page:
        wanted = (subject or "").removeprefix("$KV.chat_state.").rstrip("*>")
        found = sorted((at, key, value) for key, (at, value) in self.values.items() if key.startswith(wanted))
        shown = [StoredMessage(f"$KV.chat_state.{key}", at, "", value) for at, key, value in found if at >= sequence]
        return Page(shown, more=False)


class Turned:
    """Looks after keys as `handlers.keeping.keeper` does, by a clock that a test turns: one look at a time."""

    def __init__(self, work: Work[str], bucket: FakeBucket, beginning: str, now: Callable[[], float]) -> None:
        self._work, self._bucket, self._beginning, self._now = work, bucket, beginning, now
        self._due: dict[str, float] = {}
        self._read_to = 0

    async def look(self) -> None:
        """Read what was written, and do all that is due by now once."""
        page = await self._bucket.page("", self._read_to + 1, subject=f"$KV.chat_state.{self._beginning}>")
        for message in page.messages:
            self._read_to = message.sequence
            rest = message.subject.removeprefix(f"$KV.chat_state.{self._beginning}")
            self._due |= dict.fromkeys(self._work.keys_of(rest, message.body), 0.0)
        for key in sorted((key for key, at in self._due.items() if at <= self._now()), key=self._due.__getitem__):
            seconds = await self._work.tend(key)
            if seconds is not None:
                self._due[key] = self._now() + seconds
            else:
                del self._due[key]
                await self._work.done(key, self._read_to, self._due.keys())


class FakeBoard:
    """What stands in Slack: (channel, root, metadata, text, blocks) by time stamp."""

    def __init__(self) -> None:
        self.lines: dict[str, tuple[str, str, Any, str, Any]] = {}
        self.error: Exception | None = None
        self.unseen = False
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens while a post waits for its turn."""

    async def post(self, channel: str, make: Make) -> str | None:
        return await self.say(channel, "", make)

    async def say(self, channel: str, root: str, make: Make) -> str | None:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        made = await make()
        assert made is not None
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        ts = f"{len(self.lines) + 1}.0"
        self.lines[ts] = (channel, root, made.payload, made.text, made.blocks)
        assert not check_blocks(made.blocks, "message")
        if self.unseen:
            self.unseen = False
            raise SlackAway("nobody saw the end of it")
        return ts

    async def update(self, channel: str, ts: str, make: Make, *, yields_seconds: float = 0.0) -> bool:
        made = await make()
        assert made is not None
        assert not check_blocks(made.blocks, "message")
        self.lines[ts] = (*self.lines[ts][:3], made.text, made.blocks)
        return True

    async def find_line(self, channel: str, root: str, kind: str, name: str, value: str) -> str | None:
        return next(
            (ts for ts, one in self.lines.items() if one[:2] == (channel, root) and one[2][name] == value), None
        )

    async def find(self, channel: str, kind: str, name: str, value: str, since: float) -> str | None:
        return await self.find_line(channel, "", kind, name, value)


class FakeFiles:
    """Files of Slack by id."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes | Exception | None] = {}

    async def content(self, file: File) -> bytes | None:
        found = self.contents.get(file.id)
        if isinstance(found, Exception):
            raise found
        return found


class FakeState:
    """What is to be shown of replies."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.failures = 0

    async def create_all(self, keys: Any, value: bytes) -> list[bool]:
        if self.failures:
            self.failures -= 1
            raise Temporary("the broker is away")
        made = [key not in self.kept for key in keys]
        self.kept = dict.fromkeys(keys, value) | self.kept
        return made
