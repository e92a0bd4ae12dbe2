"""Page whoever is on call: a text at once, then calls, until somebody has it or the ladder goes on.

What was done is kept under the page's id before and after it: a page that is told of twice texts and rings once.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import structlog
from pydantic import ValidationError

from intake_phone import metrics
from intake_phone.domain.calls.paging import (
    RING_SECONDS,
    Page,
    Paged,
    Policy,
    next_call,
    query_of,
    read_paged,
    text_of,
    write_paged,
)
from intake_phone.domain.calls.placing import read_placing
from intake_phone.errors import TwilioRefused
from intake_phone.handlers.legs.place import CLOCKS_APART_SECONDS, Placer
from intake_phone.ports.calling import Wanted
from intake_phone.ports.paging import KnowsAgents
from intake_phone.ports.phone import RemembersState, SendsTexts
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.ticket_events import TicketPaged, TicketPageSettled
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

_NOT_SENT: Final = "-"
_SOON_SECONDS: Final = 1.0


class Pager:
    """Pages."""

    def __init__(
        self,
        *,
        state: RemembersState,
        texts: SendsTexts,
        placer: Placer,
        agents: KnowsAgents,
        words: Mapping[str, Mapping[str, str]],
        desk: str,
        doors: str,
        policy: Policy,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is paged yet.

        Args:
            desk: number from which is called and texted; empty: nobody is.
            doors: address that our doors stand below, as Twilio reaches them.
        """
        self._state = state
        self._texts = texts
        self._placer = placer
        self._agents = agents
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
        if await self._may(page, now, f"call{kept.called + 1}"):
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
        if event.by != event.agent:  # whoever has just pressed the key is not to be cut off
            await self._stop(event.page)
        return None

    async def _stop(self, page: str) -> None:
        """End what rings for a page that waits for nobody."""
        for number in range(1, read_paged(await self._state.get(_key(page))).called + 1):
            placing = read_placing(await self._state.get(_key(page, f"call.{number}")))
            if placing is not None and placing.sid:
                await self._placer.end(placing.sid)

    async def _text(self, page: Page, phone: str, language: str, kept: Paged) -> Paged:
        body = text_of(page, self._words[language])
        begun = _key(page.id, "text")
        [new] = await self._state.create_all([begun], str(self._now().timestamp()).encode())
        sid = "" if new else await self._sent_unseen(begun, phone, body)
        if not sid and not await self._may(page, self._now(), "text"):
            sid = _NOT_SENT
        if not sid:
            try:
                sid = (await self._texts.send_text({"to": phone, "from_": self._desk, "body": body})).sid
                metrics.PAGED.labels("text").inc()
            except TwilioRefused as error:
                # A landline, for example; the call that follows reaches it.
                log.warning("page.not_texted", page=page.id, code=error.code)
                sid = _NOT_SENT
        paged = Paged(sid, kept.called)
        await self._state.put_all([_key(page.id)], write_paged(paged))
        return paged

    async def _sent_unseen(self, begun: str, phone: str, body: str) -> str:
        since = float(await self._state.get(begun) or b"0") - CLOCKS_APART_SECONDS
        listed = await self._texts.texts_to(self._desk, phone, since)
        return next((sent.sid for sent, words in listed if words == body), "")

    async def _call(self, page: Page, phone: str, language: str, number: int) -> None:
        query = urlencode(query_of(page, language))
        wanted = Wanted(phone, self._desk, f"{self._doors}/page?{query}", "", RING_SECONDS)
        await self._placer.place(_key(page.id, f"call.{number}"), wanted)
        metrics.PAGED.labels("call").inc()

    async def _may(self, page: Page, now: datetime, what: str) -> bool:
        """Whether somebody may be disturbed once more in this hour; the same page and try counts once."""
        mine = f"{page.id}/{what}".encode()
        for place in range(self._policy.each_hour):
            key = f"paged.{page.agent}.{now:%Y%m%d%H}.{place}"
            [made] = await self._state.create_all([key], mine)
            if made or await self._state.get(key) == mine:
                return True
        metrics.PAGED.labels("too_many").inc()
        log.warning("page.too_many", page=page.id, agent=page.agent, each_hour=self._policy.each_hour)
        return False


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
