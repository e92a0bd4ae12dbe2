"""Show a call in its team's channel: one message, from its first second in the queue to the ticket that it becomes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.domain.slack.calls.pop import METADATA, Company, Page, pop_card
from intake_chat.domain.slack.cards.card import Card
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.calls.becoming import Becoming
from intake_chat.handlers.calls.records import PostsOnce, Sheet, call_of, pop_key
from intake_chat.handlers.cards.keep_card import CARD_GONE, CHANNEL_GONE, Channels
from intake_chat.handlers.cards.record import Doubts, thread_key
from intake_chat.ports.calls import KnowsCompany
from intake_chat.ports.cards import AgentSeen, KeepsCards, ShowsCards
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

T = TypeVar("T")
OLD_SECONDS: Final = 600.0
"""What happened so long ago calls nobody to the telephone any more."""
_ASKING_SECONDS: Final = 0.4
"""So long a call waits to know what people call its team and its agent; then handles must do."""


class ScreenPops:
    """Keeps the messages about calls, one call at a time. For each call one `tend` may be under way."""

    def __init__(
        self,
        *,
        state: KeepsCards,
        desk: KnowsCompany,
        slack: ShowsCards,
        channels: Channels,
        doubts: Doubts,
        language: str,
        page: Page,
    ) -> None:
        self._state = state
        self._desk = desk
        self._channels = channels
        self._posts = PostsOnce(slack, doubts, METADATA)
        self._becoming = Becoming(desk, doubts.now)
        self._now = doubts.now
        self._language = language
        self._page = page

    async def tend(self, tag: str) -> float | None:
        """Bring a call's message to its last state; seconds until it is to be looked at again, None: not by itself.

        Raises:
            InDoubt: it is not known yet what became of a post; come again after its seconds.
            Temporary: come again.
            SlackRefused: it will never be done like this.
        """
        call = await call_of(tag, self._state)
        if call is None or call.forgotten:
            return None
        sheet = await Sheet.of(pop_key(tag), self._state)
        if sheet.stand.ended:
            return None
        await self._posts.find_out(sheet, tag)
        if not sheet.stand.ts:
            await self._post(sheet, call, tag)
        else:
            await self._update(sheet, tag)
        call = await call_of(tag, self._state)
        if call is None or not call.is_over or not sheet.stand.ts or sheet.stand.ended:
            return None
        return await self._with_ticket(sheet, call, tag)

    async def _with_ticket(self, sheet: Sheet, call: Call, tag: str) -> float | None:
        """Name the ticket that the call became, once it is there."""
        if call.message and not sheet.stand.number:
            again = await self._becoming.look(sheet, call)
            if again is not None:
                return again
        await self._update(sheet, tag)
        if sheet.stand.number:  # what is written below it is a note of the ticket, as below its card
            thread = thread_key(sheet.stand.channel, sheet.stand.ts)
            await self._state.put_all([thread], str(sheet.stand.number).encode())
        await sheet.write(replace(sheet.stand, ended=True))
        return None

    async def _post(self, sheet: Sheet, call: Call, tag: str) -> None:
        if not self._is_news(call):
            return
        for channel in self._channels.of(call.team):
            try:
                if await self._posts.post(sheet, channel, tag, self._saying(sheet, tag, is_new=True)):
                    metrics.SCREEN_POPS.labels("posted").inc()
                    log.info("call.shown", call=tag, state=call.state, team=call.team)
                self._channels.worked(channel)
                return
            except SlackRefused as error:
                if error.code not in CHANNEL_GONE:
                    raise
                self._channels.refused(channel, error.code)
        metrics.SCREEN_POPS.labels("unposted").inc()

    async def _update(self, sheet: Sheet, tag: str) -> None:
        try:
            if await self._posts.update(sheet, self._saying(sheet, tag)):
                metrics.SCREEN_POPS.labels("updated").inc()
        except SlackRefused as error:
            if error.code not in CARD_GONE | CHANNEL_GONE:
                raise
            await sheet.write(replace(sheet.stand, ended=True))  # somebody has deleted it, and wants none

    def _saying(self, sheet: Sheet, tag: str, *, is_new: bool = False) -> Callable[[], Awaitable[Card | None]]:
        """The message as it is to read when its turn has come."""

        async def say() -> Card | None:
            call = await call_of(tag, self._state)
            if call is None or call.forgotten or (is_new and not self._is_news(call)):
                return None
            return pop_card(call, sheet.stand.number, await self._company(call), self._page, self._language)

        return say

    def _is_news(self, call: Call) -> bool:
        """Whether a call is shown that was not shown yet: of one that is over its ticket tells."""
        if call.is_over:
            return False
        if self._now() - call.at <= OLD_SECONDS:
            return True
        metrics.SCREEN_POPS.labels("late").inc()
        return False

    async def _company(self, call: Call) -> Company:
        handle = call.agent
        team, agent = await asyncio.gather(
            self._asked(self._desk.team(call.team, self._language), call.team),
            self._asked(self._desk.agent(handle) if handle else _nobody(), AgentSeen(handle, "")),
        )
        return Company(team, agent.name, agent.user)

    async def _asked(self, asking: Awaitable[T], otherwise: T) -> T:
        """What the desk answers at once; a call is shown whether or not it does."""
        try:
            async with asyncio.timeout(_ASKING_SECONDS):
                return await asking
        except (TimeoutError, Temporary, DeskRefused, SlackRefused) as error:
            log.info("call.company_unknown", reason=type(error).__name__)
            return otherwise


async def _nobody() -> AgentSeen:
    return AgentSeen("", "")
