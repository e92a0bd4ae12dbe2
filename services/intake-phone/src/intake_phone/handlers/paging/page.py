"""Page whoever is on call: a text at once, then calls, until somebody has it or the ladder goes on.

What was done is kept under the page's id before and after it: a page that is told of twice texts and rings once.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import structlog
from pydantic import ValidationError

from intake_phone import metrics
from intake_phone.domain.calls.disturbed import Disturbed, read_disturbed
from intake_phone.domain.calls.paging import (
    RING_SECONDS,
    Page,
    Paged,
    Policy,
    is_text_of,
    next_call,
    query_of,
    read_paged,
    text_of,
    write_paged,
)
from intake_phone.domain.teams import title_of
from intake_phone.errors import TwilioBusy
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.texts.once import OneText, Texter
from intake_phone.ports.calling import ReplacesState, Wanted
from intake_phone.ports.paging import KnowsAgents
from intake_phone.ports.teams import KnowsTitles
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.ticket_events import TicketPaged, TicketPageSettled
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

_NOT_SENT: Final = "-"
_SOON_SECONDS: Final = 1.0
_TRIES: Final = 5


class Pager:
    """Pages."""

    def __init__(
        self,
        *,
        state: ReplacesState,
        texter: Texter,
        placer: Placer,
        agents: KnowsAgents,
        teams: KnowsTitles,
        words: Mapping[str, Mapping[str, str]],
        desk: str,
        doors: str,
        policy: Policy,
        dropped: Callable[[str], Awaitable[bool]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is paged yet.

        Args:
            desk: number from which is called and texted; empty: nobody is.
            doors: address that our doors stand below, as Twilio reaches them.
            dropped: whether an operator wants that nobody is called for this page.
        """
        self._dropped = dropped
        self._state = state
        self._texter = texter
        self._placer = placer
        self._agents = agents
        self._teams = teams
        self._words = words
        self._desk = desk
        self._doors = doors
        self._policy = policy
        self._now = now

    async def paged(self, delivery: Delivery) -> float | None:
        """Somebody is paged: do what is due now; says when to look at it again.

        Raises:
            TwilioAway, TwilioBusy, DeskAway: to be tried again.
            Temporary: the broker is away.
            MalformedEvent: it cannot be read.
        """
        page = _read(delivery)
        if page is None or not self._desk or await self._state.get(settled_key(page.id)) is not None:
            return None
        now = self._now()
        if page.answer_by is not None and now >= page.answer_by:
            return None
        if await self._dropped(page.id):
            log.info("page.dropped", page=page.id)
            return None
        agent = await self._agents.agent(page.agent)
        if agent is None or not agent.phone:
            log.info("page.no_phone", page=page.id, agent=page.agent)
            return None
        language = agent.language if agent.language in self._words else next(iter(self._words))
        kept = read_paged(await self._state.get(_key(page.id)))
        if not kept.text:
            kept = await self._text(page, agent.phone, language, kept)
        at = next_call(page, kept.called, now, self._policy)
        if at is None:
            return None
        if at > now:
            return (at - now).total_seconds()
        if await self._may(page, {_call_name(page.id, kept.called + 1): now}):
            await self._call(page, agent.phone, language, kept.called + 1)
        await self._state.put_all([_key(page.id)], write_paged(Paged(kept.text, kept.called + 1)))
        return _SOON_SECONDS

    async def settled(self, delivery: Delivery) -> float | None:
        """A page waits for nobody any more.

        Raises:
            as `paged`.
        """
        try:
            event = TicketPageSettled.model_validate_json(delivery.body)
        except ValidationError as error:
            raise MalformedEvent(f"no page_settled event: {error.error_count()} fields") from error
        await self._state.create_all([settled_key(event.page)], b"1")
        if not read_paged(await self._state.get(_key(event.page))).called:
            await self._change(event.agent, lambda known: known.without(_call_name(event.page, 1)))
        await self._stop(event.page)  # the call on which the key was pressed is answered, so it goes on
        return None

    async def _stop(self, page: str) -> None:
        """End what rings for a page that waits for nobody."""
        # Of one more than were counted nobody may know yet whether it was made.
        for number in range(1, read_paged(await self._state.get(_key(page))).called + 2):
            placing = await self._placer.found_out(_key(page, f"call.{number}"))
            if placing is not None and placing.sid:
                await self._placer.end(placing.sid)

    async def _text(self, page: Page, phone: str, language: str, kept: Paged) -> Paged:
        now = self._now()
        call = next_call(page, kept.called, now, self._policy)
        mine, promised = f"{page.id}/text", _call_name(page.id, 1)
        may = await self._may(page, {mine: now, **({promised: call} if call else {})})
        team = title_of(page.team, await self._teams.titles(page.team), language)
        body = text_of(page, team, self._words[language], called=promised in may)
        paged = Paged(await self._sent(page, phone, body) if mine in may else _NOT_SENT, kept.called)
        await self._state.put_all([_key(page.id)], write_paged(paged))
        return paged

    async def _sent(self, page: Page, phone: str, body: str) -> str:
        # What it promises, and what the team is called, may differ by now from what was sent without our knowing.
        text = OneText(self._desk, phone, body, also=lambda words: is_text_of(page, words))
        sent = await self._texter.text(_key(page.id, "text"), text)
        if sent.refused:
            # A landline, for example; the call that follows reaches it.
            log.warning("page.not_texted", page=page.id, reason=sent.refused)
            return _NOT_SENT
        metrics.PAGED.labels("text").inc()
        return sent.sid

    async def _call(self, page: Page, phone: str, language: str, number: int) -> None:
        query = urlencode(query_of(page, language))
        wanted = Wanted(phone, self._desk, f"{self._doors}/page?{query}", "", RING_SECONDS)
        await self._placer.place(_key(page.id, f"call.{number}"), wanted)
        metrics.PAGED.labels("call").inc()

    async def _may(self, page: Page, wanted: Mapping[str, datetime]) -> frozenset[str]:
        """Which of these texts and calls may disturb somebody, in this order; what may once, may again.

        Args:
            wanted: name → when it is.

        Raises:
            TwilioBusy: others take places of this person just now.
        """
        granted: set[str] = set()

        def once_more(known: Disturbed) -> Disturbed:
            granted.clear()
            for name, at in wanted.items():
                more = known.once_more(name, at.timestamp(), self._policy.each_hour)
                if more is None:
                    break
                known = more
                granted.add(name)
            return known

        await self._change(page.agent, once_more)
        if not granted:
            metrics.PAGED.labels("too_many").inc()
            log.warning("page.too_many", page=page.id, agent=page.agent, each_hour=self._policy.each_hour)
        return frozenset(granted)

    async def _change(self, agent: str, change: Callable[[Disturbed], Disturbed]) -> None:
        key = f"paged.{agent}"
        for _ in range(_TRIES):
            kept = await self._state.read(key)
            known = read_disturbed(kept.value)
            changed = change(known)
            if changed == known:
                return
            try:
                await self._state.replace(key, changed.written(), kept.revision)
            except WrongSequence:  # another page of theirs
                continue
            return
        raise TwilioBusy("others page the same person", _SOON_SECONDS)


def _call_name(page: str, number: int) -> str:
    return f"{page}/call{number}"


def settled_key(page: str) -> str:
    """The key that says that a page waits for nobody any more."""
    return _key(page, "settled")


def _key(page: str, rest: str = "done") -> str:
    return f"page.{page}.{rest}"


def _read(delivery: Delivery) -> Page | None:
    try:
        event = TicketPaged.model_validate_json(delivery.body)
    except ValidationError as error:
        raise MalformedEvent(f"no paged event: {error.error_count()} fields") from error
    if event.page is None or event.agent is None:
        return None
    ticket = event.ticket
    return Page(
        event.page, event.agent, ticket.number, ticket.priority, ticket.team, event.occurred_at, event.answer_by
    )
