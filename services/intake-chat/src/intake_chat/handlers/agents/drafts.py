"""Give an answer with files back to whoever wrote it, if it does not go: their window may be closed, and we may end.

What was written is kept before anybody is told that they may close the window, and forgotten once it waits at the desk.
What did not go is told to its author in a direct message with all of the words, by one replica under a lease; so is
what nobody speaks for any more, because whoever was to send it has ended.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.replies.draft import METADATA, Draft, draft_message
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.cards.keeper import ReadsKeys
from intake_chat.handlers.cards.record import draft_key, pause
from intake_chat.ports.cards import Post, ShowsCards
from intake_chat.ports.desk import ActsAtDesk
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

SENDING_SECONDS: Final = 240.0
"""So long its sender tries; later nobody speaks for it any more."""
_ABANDONED_SECONDS: Final = SENDING_SECONDS + 30.0
_KEEP_SECONDS: Final = 0.8
_LATER_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, *(5.0,) * 40)
_LOOK_SECONDS: Final = 1.0
_AWAY_SECONDS: Final = 3.0
_DOUBT_SECONDS: Final = 20.0
"""A post that nobody saw the end of may still be done at Slack for so long."""
_PAGE, _MOST = 500, 2_000
_NOT_FOUND: Final = 404


class KeepsDrafts(Protocol):
    """Keys of the bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""


class Drafts:
    """Keeps what is on its way."""

    def __init__(self, state: KeepsDrafts, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._state = state
        self._pause = pause

    async def keep(self, draft: Draft) -> bool:
        """Whether it is kept; if not, its author must not close the window."""
        try:
            async with asyncio.timeout(_KEEP_SECONDS):
                await self._state.put_all([draft_key(draft.id)], draft.written())
        except (Temporary, TimeoutError) as error:
            log.warning("draft.not_kept", ticket=draft.number, reason=type(error).__name__)
            return False
        return True

    async def sent(self, draft: Draft) -> None:
        """It waits at the desk, or its author has it in front of them: nobody needs it any more."""
        await self._put(draft, b"")

    async def give_back(self, draft: Draft, why: str) -> None:
        """It did not go, and its author does not see that: they are told."""
        metrics.REPLIES.labels("given_back").inc()
        await self._put(draft, replace(draft, why=why).written())

    async def find_out(self, draft: Draft) -> None:
        """Nobody knows whether the desk has it, and its author does not see that: the desk is asked soon."""
        await self._put(draft, replace(draft, since=draft.since - SENDING_SECONDS).written())

    async def find(self, id_: str) -> Draft | None:
        """What was kept; None: nothing any more.

        Raises:
            Temporary: the broker is away.
        """
        return Draft.parse(await self._state.get(draft_key(id_)))

    async def _put(self, draft: Draft, value: bytes) -> None:
        for seconds in _LATER_SECONDS:
            try:
                await self._state.put_all([draft_key(draft.id)], value)
                return
            except Temporary as error:
                log.info("draft.delayed", ticket=draft.number, error=error)
                await self._pause(seconds)
        log.warning("draft.left", ticket=draft.number)  # what is kept of it is found: it went, or its author is told


@dataclass(slots=True)
class _Left:
    draft: Draft
    next_at: float = 0.0


class DraftsGivenBack:
    """Tells authors of what did not go."""

    def __init__(
        self,
        *,
        state: KeepsDrafts,
        keys: ReadsKeys,
        desk: ActsAtDesk,
        slack: ShowsCards,
        direct: Callable[[str], Awaitable[str]],
        bucket: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is looked after yet.

        Args:
            direct: the direct conversation with a user.
        """
        self._state = state
        self._keys = keys
        self._desk = desk
        self._slack = slack
        self._direct = direct
        self._bucket = bucket
        self._now = now
        self._stopping = asyncio.Event()
        self._left: dict[str, _Left] = {}
        self._read_to = 0

    async def run(self) -> None:
        """Look after them until `stop`."""
        while not self._stopping.is_set():
            try:
                while await self.look():
                    pass
            except Temporary as error:
                log.info("drafts.delayed", error=error)
                await pause(self._stopping, _AWAY_SECONDS)
                continue
            await self.tend()
            await pause(self._stopping, _LOOK_SECONDS)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    async def look(self) -> bool:
        """Read what was written since; whether there may be more."""
        if len(self._left) >= _MOST:
            return False
        subject = f"$KV.{self._bucket}.draft."
        page = await self._keys.page(f"KV_{self._bucket}", self._read_to + 1, subject=f"{subject}*", messages=_PAGE)
        for message in page.messages:
            self._read_to = max(self._read_to, message.sequence)
            draft = Draft.parse(message.body)
            if draft is None:
                self._left.pop(message.subject.removeprefix(subject), None)
            elif not draft.ts:
                self._left[draft.id] = _Left(draft, draft.posting_at + _DOUBT_SECONDS if draft.posting_at else 0.0)
        return page.more

    async def tend(self) -> None:
        """Tell of those that did not go, one after the other: they are few."""
        for one in [one for one in self._left.values() if one.next_at <= self._now()]:
            try:
                await self._tend(one)
            except Temporary as error:
                log.info("draft.delayed", ticket=one.draft.number, error=error)
                one.next_at = self._now() + _AWAY_SECONDS
            except SlackRefused as error:  # nobody can write to them: what they wrote stays kept, and the log says so
                log.warning("draft.untold", ticket=one.draft.number, user=one.draft.user, reason=str(error))
                self._left.pop(one.draft.id, None)

    async def _tend(self, one: _Left) -> None:
        draft = one.draft
        if not draft.why:
            if draft.since + _ABANDONED_SECONDS > self._now():
                one.next_at = draft.since + _ABANDONED_SECONDS
                return
            if await self._went(draft):
                await self._state.put_all([draft_key(draft.id)], b"")
                self._left.pop(draft.id, None)
                return
            draft = replace(draft, why=phrase("draft.interrupted", draft.language))
        await self._tell(one, draft)

    async def _went(self, draft: Draft) -> bool:
        """Whether the desk has it: whoever sent it may have ended right behind that."""
        try:
            await self._desk.act("GET", f"/tickets/{draft.number}/replies", draft.actor, key=draft.key)
        except DeskRefused as error:
            if error.status == _NOT_FOUND:
                return False
            log.warning("draft.unclear", ticket=draft.number, reason=error.code)
            return False
        return True

    async def _tell(self, one: _Left, draft: Draft) -> None:
        channel = draft.channel or await self._direct(draft.user)
        ts = None
        if draft.posting_at:
            ts = await self._slack.find(channel, METADATA, "draft", draft.id, draft.posting_at)
        if ts is None:
            begun = replace(draft, channel=channel, posting_at=self._now())
            one.draft, one.next_at = begun, self._now() + _DOUBT_SECONDS

            async def make() -> Post | None:
                await self._state.put_all([draft_key(begun.id)], begun.written())
                text, blocks = draft_message(begun)
                return Post(text, blocks, METADATA, {"draft": begun.id})

            ts = await self._slack.post(channel, make)
        await self._state.put_all(
            [draft_key(draft.id)], replace(draft, channel=channel, posting_at=0.0, ts=ts or "").written()
        )
        self._left.pop(draft.id, None)
