"""Ways in: where what was heard belongs, whatever the way by which it came.

A message in a direct conversation may go on with the lines before it. A request (`/ticket`) becomes a conversation in
the person's direct messages. A message that is handed in (shortcut, 🎫) begins a conversation in its own thread, which
is heard from then on. Whatever is read twice ends in the same place: decisions are kept before anything is made of
them, and what becomes of a message has the message's own id.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog

from intake_chat.domain.slack.entry.asking import shown_root
from intake_chat.domain.slack.entry.happenings import TICKET_EMOJI, HandedIn, Heard, Requested, is_ours, own
from intake_chat.domain.slack.entry.heard_threads import heard_key, heard_value, renewed
from intake_chat.domain.slack.events import Author, Reacted, Revised, Said, message_said
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.mrkdwn import escaped, plain_text, signed_by
from intake_chat.domain.slack.people import Somebody
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.customers.begin import Beginnings
from intake_chat.handlers.customers.directs import Directs
from intake_chat.ports.entry import Enters, FindsAgents, KeepsPlaces, KnowsProfiles
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.ids import event_id

log = structlog.get_logger()

_DIRECT: Final = "D"
_LONGEST_QUOTED: Final = 2_800
_WHO_SECONDS: Final = 5.0


class WaysIn:
    """Finds the place of what was heard."""

    def __init__(
        self,
        *,
        state: KeepsPlaces,
        slack: Enters,
        people: KnowsProfiles,
        agents: FindsAgents | None,
        directs: Directs,
        beginnings: Beginnings,
        us: Callable[[], Awaitable[Author]],
        channels: frozenset[str],
        internal: frozenset[str] = frozenset(),
    ) -> None:
        """Nothing is asked yet.

        Args:
            agents: None: nobody is known for an agent.
            us: says as whom the app writes, and so which workspace is ours.
            channels: in which all that is said is said to the desk.
            internal: channels of agents, in which nothing is said to customers.
        """
        self._state = state
        self._slack = slack
        self._people = people
        self._agents = agents
        self._directs = directs
        self._beginnings = beginnings
        self._us = us
        self._channels = channels
        self._internal = internal

    async def hears(self, happening: Said | Revised) -> bool:
        """Whether what is said there is said to the desk: by the settings, or because a ticket was made of it.

        Raises:
            Temporary: the broker is away.
        """
        where = happening.where
        if self._hears_all(where):
            return True
        if isinstance(happening, Said) and not happening.reply:
            return False
        key = heard_key(where.channel, where.root)
        value = await self._state.get(key)
        if value is not None and (newer := renewed(value, happening.ts)) is not None:
            await self._state.put_all([key], newer)  # once a day: threads in use are caught up with for longer
        return value is not None

    async def heard(self, happening: Said | Reacted | Requested | HandedIn) -> Heard | None:
        """What is said to the desk, and where it belongs; None: nothing is.

        Raises:
            Temporary: Slack, the desk or the broker does not answer; asking again does nothing twice.
        """
        if isinstance(happening, Requested):
            return await self._requested(happening)
        if isinstance(happening, HandedIn):
            return await self._handed_in(happening)
        if isinstance(happening, Reacted):
            return await self._reacted(happening)
        return Heard(await self._directs.placed(happening))

    def _hears_all(self, where: Conversation) -> bool:
        return where.channel.startswith(_DIRECT) or where.channel in self._channels

    # Requests

    async def _requested(self, request: Requested) -> Heard:
        id_ = event_id(MessageReceived.type, f"slack/{request.source_id}")
        ours = await self._ours(request.author)
        said = Said(
            where=Conversation(ours, request.author.user, request.at),
            ts=request.at,
            author=request.author,
            text=escaped(request.text),
            kind="im",
            reply=False,
            machine=False,
            files=(),
        )
        try:
            where = await self._begun(request, ours)
        except SlackRefused as error:
            log.warning("request.placeless", reason=error.code)
            return Heard(said, id_, placeless=True)
        return Heard(replace(said, where=where, ts=where.root), id_)

    async def _ours(self, author: Author) -> str:
        """The workspace that is ours: a stranger of Slack Connect writes in it, and is not of it."""
        try:
            return (await self._us()).team
        except SlackRefused:
            return author.team  # better there than nowhere: what somebody asked for is never let go

    async def _begun(self, request: Requested, ours: str) -> Conversation:
        async def words() -> str:
            language = (await self._people.profile(request.author.user)).language or "en"
            return shown_root(request.text, language)

        return await self._beginnings.conversation(request.source_id, ours, request.author.user, words)

    # Messages that are handed in

    async def _reacted(self, reacted: Reacted) -> Heard | None:
        if reacted.reaction != TICKET_EMOJI:
            return None
        # The event names our workspace, whoever reacts.
        by = Author((await self._people.profile(reacted.user)).team or reacted.team, reacted.user)
        found = await self._read(reacted.team, reacted.channel, reacted.ts)
        if found is None:
            return None
        if (found.author.user != reacted.user or found.machine) and not await self._is_agent(by):
            log.info("hand_in.refused", reason="not_entitled")
            return None
        return await self._in_thread(found, HandedIn(by, reacted.channel, reacted.ts, reacted.ts, found))

    async def _is_agent(self, author: Author) -> bool:
        if self._agents is None:
            return False
        try:
            async with asyncio.timeout(_WHO_SECONDS):
                return await self._agents.presser(Somebody(author.team, author.user)) is not None
        except TimeoutError as error:  # it is still being found out; what others say does not wait for it
            raise SlackAway(f"nobody has said within {_WHO_SECONDS:g} s who this is") from error

    async def _handed_in(self, handed: HandedIn) -> Heard | None:
        if not await self._slack.take_part(handed.channel):
            return await self._in_own_words(handed)
        said = handed.said
        if said is None or said.machine or await self._is_us(said.author):
            said = await self._read(handed.by.team, handed.channel, handed.ts)
        if said is None:  # words of ours, or gone since; they were told that it is taken
            return await self._in_own_words(handed)
        return await self._in_thread(said, handed)

    async def _in_thread(self, said: Said, handed: HandedIn) -> Heard | None:
        """A message as the first one of a conversation in its thread."""
        if await self._is_internal(said.where):
            return await self._in_own_words(handed)
        by = handed.by
        said = await self._directs.placed(own(said, by) if said.machine else said)
        if not self._hears_all(said.where):
            where = said.where
            await self._state.put_all([heard_key(where.channel, where.root)], heard_value(handed.at, said.author))
        return Heard(said, by=None if said.author.user == by.user else by)

    async def _is_internal(self, where: Conversation) -> bool:
        """Whether agents are among themselves there: in their channels, and in the threads of cards."""
        if where.channel in self._internal:
            return True
        return await self._state.get(f"thread.{where.channel}.{where.root}") is not None

    async def _in_own_words(self, handed: HandedIn) -> Heard | None:
        """Where no customer's conversation can be: the matter of whoever hands it in, in their direct messages."""
        said = handed.said
        if said is None:
            log.warning("hand_in.nobodys")  # whoever hands it in is told so, and it does not come here
            return None
        profile = await self._people.profile(handed.by.user)
        language, words, name = profile.language or "en", said.text, ""
        if await self._is_us(said.author):
            name, words = signed_by(words)
        name = name or (await self._people.profile(said.author.user)).name
        if not name and said.machine:
            quoted = home_word("hand_in.quoted_app", language)
        else:
            quoted = home_word("hand_in.quoted", language, name=name or "?")
        text = f"{plain_text(words, {})[:_LONGEST_QUOTED]}\n\n{quoted}".strip()
        return await self._requested(Requested(handed.source_id, handed.by, text, handed.at))

    async def _read(self, team: str, channel: str, ts: str) -> Said | None:
        message = await self._slack.message(channel, ts)
        if message is None or is_ours(message):
            return None
        said = message_said(team, channel, "im" if channel.startswith(_DIRECT) else "channel", message)
        return None if said is None or await self._is_us(said.author) else said

    async def _is_us(self, author: Author) -> bool:
        """Whether the app wrote something. What it shares with files has nothing else of ours by which to know it."""
        try:
            return author.user == (await self._us()).user
        except SlackRefused:
            return False
