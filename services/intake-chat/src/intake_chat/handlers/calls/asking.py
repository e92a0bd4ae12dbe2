"""Ask whoever took a call for a wrap-up note, once its ticket is there: once, in a direct message."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.domain.slack.calls.pop import Page
from intake_chat.domain.slack.calls.wrap_up import METADATA, ask_card, noted_card
from intake_chat.domain.slack.cards.card import Card
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.calls.becoming import Becoming
from intake_chat.handlers.calls.records import PostsOnce, Sheet, call_of, wrap_up_key
from intake_chat.handlers.cards.keep_card import CARD_GONE, CHANNEL_GONE, NO_TOKEN, Channels
from intake_chat.handlers.cards.record import Doubts
from intake_chat.ports.calls import KnowsCompany
from intake_chat.ports.cards import AgentSeen, KeepsCards, ShowsCards
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

LATE_SECONDS: Final = 8 * 3_600.0
"""What was said so long ago is asked for no more."""


class WrapUpsAsked:
    """Keeps the messages that ask for notes, one call at a time. For each call one `tend` may be under way."""

    def __init__(
        self,
        *,
        state: KeepsCards,
        desk: KnowsCompany,
        slack: ShowsCards,
        channels: Channels,
        doubts: Doubts,
        direct: Callable[[str], Awaitable[str]],
        speaks: Callable[[str], Awaitable[str]],
        language: str,
        page: Page,
    ) -> None:
        """Nobody is asked yet.

        Args:
            direct: the direct conversation with a user.
            speaks: their language; "" where Slack does not say.
            language: of the channels, and of whoever's is not known.
        """
        self._state = state
        self._desk = desk
        self._channels = channels
        self._posts = PostsOnce(slack, doubts, METADATA)
        self._becoming = Becoming(desk, doubts.now)
        self._now = doubts.now
        self._direct = direct
        self._speaks = speaks
        self._language = language
        self._page = page

    async def tend(self, tag: str) -> float | None:
        """Ask for the note of a call that is over; seconds until it is to be looked at again, None: not by itself.

        Raises:
            as `ScreenPops.tend`.
        """
        call = await call_of(tag, self._state)
        if call is None or not call.is_over or not (call.agent and call.leaves_a_ticket):
            return None
        sheet = await Sheet.of(wrap_up_key(tag), self._state)
        if sheet.stand.ended:
            return None
        await self._posts.find_out(sheet, tag)
        if sheet.stand.ts:
            if call.noted_by:
                await self._noted(sheet, call)
            return None
        if call.forgotten or call.noted_by or self._now() - call.at > LATE_SECONDS:
            await sheet.write(replace(sheet.stand, ended=True))
            return None
        if not sheet.stand.number and (again := await self._becoming.look(sheet, call)) is not None:
            return again
        await self._ask(sheet, call, tag)
        return None

    async def _ask(self, sheet: Sheet, call: Call, tag: str) -> None:
        if not sheet.stand.number:
            metrics.WRAP_UPS.labels("no_ticket").inc()
            await sheet.write(replace(sheet.stand, ended=True))
            return
        agent = await self._agent(call.agent)
        if agent.user and await self._asked_directly(sheet, call, tag, agent.user):
            return
        sheet.stand = replace(sheet.stand, language=self._language)
        for channel in self._channels.of(call.team):
            try:
                if await self._posts.post(sheet, channel, tag, self._asking(sheet, tag, agent.name)):
                    metrics.WRAP_UPS.labels("asked_team").inc()
                return
            except SlackRefused as error:
                if error.code not in CHANNEL_GONE:
                    raise
                self._channels.refused(channel, error.code)
        metrics.WRAP_UPS.labels("unasked").inc()
        log.warning("wrap_up.unasked", call=tag, agent=call.agent)
        await sheet.write(replace(sheet.stand, ended=True))

    async def _asked_directly(self, sheet: Sheet, call: Call, tag: str, user: str) -> bool:
        """Whether they were asked; False: nobody can write to them."""
        try:
            channel = await self._direct(user)
            sheet.stand = replace(sheet.stand, language=await self._language_of(user))
            if await self._posts.post(sheet, channel, tag, self._asking(sheet, tag)):
                metrics.WRAP_UPS.labels("asked").inc()
        except SlackRefused as error:
            if error.code in NO_TOKEN:
                raise
            log.info("wrap_up.not_direct", call=tag, agent=call.agent, reason=error.code)
            return False
        return True

    def _asking(self, sheet: Sheet, tag: str, name: str = "") -> Callable[[], Awaitable[Card | None]]:
        async def say() -> Card | None:
            call = await call_of(tag, self._state)
            if call is None or call.forgotten or call.noted_by:
                return None
            return ask_card(call, tag, sheet.stand.number, self._page, sheet.stand.language, agent=name)

        return say

    async def _noted(self, sheet: Sheet, call: Call) -> None:
        """Nobody is to write it twice: the message says that it is written."""
        stand = sheet.stand
        agent = await self._agent(call.noted_by)

        async def say() -> Card | None:
            return noted_card(call.noted_in or stand.number, agent.name, self._page, stand.language)

        try:
            await self._posts.update(sheet, say)
        except SlackRefused as error:
            if error.code not in CARD_GONE | CHANNEL_GONE:
                raise
        metrics.WRAP_UPS.labels("noted").inc()
        await sheet.write(replace(sheet.stand, ended=True))

    async def _agent(self, handle: str) -> AgentSeen:
        try:
            return await self._desk.agent(handle)
        except (DeskRefused, SlackRefused) as error:
            log.info("call.company_unknown", reason=type(error).__name__)
            return AgentSeen(handle, "")

    async def _language_of(self, user: str) -> str:
        try:
            return await self._speaks(user) or self._language
        except (Temporary, SlackRefused) as error:
            log.info("wrap_up.language_unknown", reason=type(error).__name__)
            return self._language
