"""What is kept of calls in the bucket, while it is worked on; and a message that is posted once whatever dies."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from intake_chat.domain.slack.calls.heard import Call
from intake_chat.domain.slack.calls.stand import Stand
from intake_chat.domain.slack.cards.card import Card
from intake_chat.errors import SlackRefused
from intake_chat.handlers.cards.keep_card import CHANNEL_GONE
from intake_chat.handlers.cards.record import Doubts
from intake_chat.ports.cards import KeepsCards, Post, ShowsCards

Say = Callable[[], Awaitable[Card | None]]
"""Asked once it is a call's turn at Slack, so that it shows the last state; None: there is nothing to say any more."""


def call_key(tag: str) -> str:
    """Where it is kept what was heard of a call."""
    return f"call.{tag}"


def pop_key(tag: str) -> str:
    """Where it is remembered what the team's channel shows of a call."""
    return f"screenpop.{tag}"


def wrap_up_key(tag: str) -> str:
    """Where it is remembered how the wrap-up note was asked for."""
    return f"wrapup.{tag}"


async def call_of(tag: str, state: KeepsCards) -> Call | None:
    """A call as it stands; None: nothing is known of it.

    Raises:
        Temporary: the broker is away.
    """
    return Call.parse(await state.get(call_key(tag)))


@dataclass(slots=True)
class Sheet:
    """The record of one message. Each write goes over the last one, so that of two keepers one gives way."""

    key: str
    stand: Stand
    revision: int
    state: KeepsCards

    @classmethod
    async def of(cls, key: str, state: KeepsCards) -> "Sheet":
        """The record under a key, as it stands.

        Raises:
            Temporary: the broker is away.
        """
        entry = await state.read(key)
        return cls(key, Stand.parse(entry.value), entry.revision, state)

    async def write(self, stand: Stand) -> None:
        """Keep this from now on; durable when it returns.

        Raises:
            WrongSequence: another keeper has written it meanwhile; nothing may be posted on what was read.
            Temporary: it may be written or not.
        """
        if stand == self.stand and self.revision:
            return
        self.revision = await self.state.replace(self.key, stand.written(), self.revision)
        self.stand = stand


class PostsOnce:
    """Posts messages of one kind, and changes them; each names its call in its metadata."""

    def __init__(self, slack: ShowsCards, doubts: Doubts, kind: str) -> None:
        self._slack = slack
        self._doubts = doubts
        self._kind = kind

    async def find_out(self, sheet: Sheet, tag: str) -> None:
        """Learn what became of a post that nobody saw the end of.

        Raises:
            InDoubt: it may still be under way.
            SlackRefused: Slack does not say.
            Temporary: come again.
        """
        attempt = sheet.stand.posting
        if attempt is None:
            return
        self._doubts.must_be_over(attempt)
        try:
            ts = await self._slack.find(attempt.channel, self._kind, "call", tag, attempt.at)
        except SlackRefused as error:
            if error.code not in CHANNEL_GONE:
                raise
            ts = None
        stand = replace(sheet.stand, posting=None)
        await sheet.write(stand if ts is None else replace(stand, channel=attempt.channel, ts=ts, shown=""))

    async def post(self, sheet: Sheet, channel: str, tag: str, say: Say) -> bool:
        """Post it; False where there was nothing to say any more.

        Raises:
            SlackRefused: it was not posted.
            SlackAway: nobody knows whether it was; `find_out` will.
            Temporary: come again.
        """
        shown = ""

        async def make() -> Post | None:
            nonlocal shown
            said = await say()
            if said is None:
                return None
            shown = said.digest
            attempt = self._doubts.attempt(secrets.token_hex(8), channel)
            await sheet.write(replace(sheet.stand, posting=attempt))
            return Post(said.text, said.blocks, self._kind, {"call": tag})

        try:
            ts = await self._slack.post(channel, make)
        except SlackRefused:
            await sheet.write(replace(sheet.stand, posting=None))
            raise
        if ts is None:
            if sheet.stand.posting is not None:  # refused for being too many, and nothing to say at the next turn
                await sheet.write(replace(sheet.stand, posting=None))
            return False
        await sheet.write(replace(sheet.stand, channel=channel, ts=ts, shown=shown, posting=None))
        return True

    async def update(self, sheet: Sheet, say: Say) -> bool:
        """Let it show the last state; False where there was nothing to change.

        Raises:
            SlackRefused: somebody has deleted it, or it can be changed no more.
            Temporary: come again.
        """
        stand = sheet.stand
        now = await say()
        if now is None or now.digest == stand.shown:
            return False
        shown = stand.shown

        async def make() -> Post | None:
            nonlocal shown
            said = await say()
            if said is None or said.digest == stand.shown:
                shown = stand.shown
                return None
            shown = said.digest
            # Until Slack answers nobody knows what it shows.
            await sheet.write(replace(sheet.stand, shown=""))
            return Post(said.text, said.blocks)

        changed = await self._slack.update(stand.channel, stand.ts, make)
        await sheet.write(replace(sheet.stand, shown=shown))
        return changed
