"""Give an answer with files back to whoever wrote it, if it does not go: their window may be closed, and we may end.

What was written is kept before anybody is told that they may close the window, and forgotten once it waits at the desk.
What did not go is told to its author in a direct message with all of the words, by one replica under a lease; so is
what nobody speaks for any more, because whoever was to send it has ended.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.replies.draft import METADATA, Draft, draft_message
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.errors import DeskRefused, Overtaken, SlackRefused
from intake_chat.handlers.cards.record import draft_key
from intake_chat.handlers.keeping.keeper import KeyKeeper, ReadsKeys
from intake_chat.ports.cards import Post, ShowsCards
from intake_chat.ports.desk import ActsAtDesk
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.state import Entry

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
_MOST: Final = 2_000
_NOT_FOUND: Final = 404


class KeepsDrafts(Protocol):
    """Keys of the bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""

    async def read(self, key: str) -> Entry:
        """A key with its revision."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over exactly this revision of a key; returns the new one."""


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


class DraftsGivenBack:
    """The work of `handlers.keeping.keeper`: tells authors of what did not go, by the id of the draft."""

    def __init__(
        self,
        *,
        state: KeepsDrafts,
        desk: ActsAtDesk,
        slack: ShowsCards,
        direct: Callable[[str], Awaitable[str]],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is looked after yet.

        Args:
            direct: the direct conversation with a user.
        """
        self._state = state
        self._desk = desk
        self._slack = slack
        self._direct = direct
        self._now = now
        self._left: dict[str, Draft] = {}

    def keys_of(self, rest: str, value: bytes) -> Iterable[str]:
        """The draft that was written; nothing once it went, or its author was told."""
        draft = Draft.parse(value)
        if draft is None or draft.ts:
            self._left.pop(rest, None)
            return ()
        self._left[rest] = draft
        return (rest,)

    async def tend(self, key: str) -> float | None:
        """Tell of one that did not go; seconds until it is known whether it did, None: nobody is to be told."""
        draft = self._left.get(key)
        if draft is None:
            return None
        if draft.posting_at and 0 < (left := draft.posting_at + _DOUBT_SECONDS - self._now()) <= _DOUBT_SECONDS:
            return left
        try:
            return await self._tend(draft)
        except Temporary as error:
            log.info("draft.delayed", ticket=draft.number, error=error)
            return _AWAY_SECONDS
        except SlackRefused as error:  # nobody can write to them: what they wrote stays kept, and the log says so
            log.warning("draft.untold", ticket=draft.number, user=draft.user, reason=str(error))
            return None

    async def put_behind(self, _key: str) -> bool:
        """What somebody wrote is never written anew: its author may just be doing so."""
        return False

    async def done(self, key: str, _sequence: int, _still: Collection[str]) -> None:
        """Nobody has to be told of it."""
        self._left.pop(key, None)

    async def _tend(self, draft: Draft) -> float | None:
        if not draft.why:
            if (left := draft.since + _ABANDONED_SECONDS - self._now()) > 0:
                return left
            if await self._went(draft):
                await self._state.put_all([draft_key(draft.id)], b"")
                return None
            draft = replace(draft, why=phrase("draft.interrupted", draft.language))
        await self._tell(draft)
        return None

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

    async def _tell(self, draft: Draft) -> None:
        entry = await self._state.read(draft_key(draft.id))
        kept = Draft.parse(entry.value)
        # A keeper before us may go on for a moment: what it has begun is waited for, what it has ended is over.
        if kept is None or kept.ts:
            self._left.pop(draft.id, None)
            return
        if kept.posting_at > draft.posting_at:
            self._left[draft.id] = kept
            raise Overtaken("a keeper before us has begun to tell of it")
        channel = draft.channel or await self._direct(draft.user)
        ts = None
        if draft.posting_at:
            ts = await self._slack.find(channel, METADATA, "draft", draft.id, draft.posting_at)
        if ts is None:
            begun, revision = replace(draft, channel=channel, posting_at=self._now()), entry.revision
            self._left[draft.id] = begun

            async def make() -> Post | None:
                nonlocal revision
                # Over what was read: of two keepers that tell of one, one of them in its last moment, one does.
                revision = await self._state.replace(draft_key(begun.id), begun.written(), revision)
                text, blocks = draft_message(begun)
                return Post(text, blocks, METADATA, {"draft": begun.id})

            ts = await self._slack.post(channel, make)
        await self._state.put_all(
            [draft_key(draft.id)], replace(draft, channel=channel, posting_at=0.0, ts=ts or "").written()
        )
        self._left.pop(draft.id, None)


def draft_keeper(work: DraftsGivenBack, state: KeepsDrafts, keys: ReadsKeys, bucket: str) -> KeyKeeper[str]:
    """What is done under the lease: `run` until `stop`.

    Args:
        bucket: its name.
    """
    return KeyKeeper(
        name="drafts",
        state=state,
        keys=keys,
        work=work,
        bucket=bucket,
        beginning=draft_key(""),
        position=None,
        most_known=_MOST,
        look_seconds=_LOOK_SECONDS,
    )
