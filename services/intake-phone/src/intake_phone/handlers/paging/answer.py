"""Answer a telephone that was rung for a page: what is said, and the key that acknowledges it."""

import asyncio
from collections.abc import Mapping

import structlog

from intake_phone.domain.calls.heard import read_heard
from intake_phone.domain.calls.paging import ACCEPT_KEY, AGENT, ASKED, LANGUAGE, PAGE, said
from intake_phone.domain.twiml import document
from intake_phone.errors import DeskAway, DeskRefused, NotAccepted
from intake_phone.ports.calling import KeepsWord
from intake_phone.ports.paging import AcknowledgesPages
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()


class PageAnswerer:
    """Answers."""

    def __init__(
        self,
        *,
        desk: AcknowledgesPages,
        kept: KeepsWord,
        words: Mapping[str, Mapping[str, str]],
        doors: str,
        seconds: float,
    ) -> None:
        """The answerer.

        Args:
            seconds: how long an answer waits for what the key asks for.
        """
        self._desk = desk
        self._kept = kept
        self._words = words
        self._doors = doors
        self._seconds = seconds

    async def answer(self, query: Mapping[str, str], form: Mapping[str, str]) -> str:
        """The document for one request: what whoever answers hears."""
        language = query.get(LANGUAGE, "")
        language = language if language in self._words else next(iter(self._words))
        heard = read_heard(form)
        state = ""
        if query.get(ASKED) and not heard.hung_up:
            state = await self._acknowledged(query) if heard.digits[:1] == ACCEPT_KEY else "open"
        return document(said(query, language, heard, state, self._words[language]), self._doors)

    async def acknowledge(self, form: Mapping[str, str], _: Delivery) -> None:
        """A key that the desk could not be told of at once.

        Raises:
            DeskAway: to be tried again.
        """
        try:
            await self._desk.acknowledge(form.get(PAGE, ""), form.get(AGENT, ""))
        except DeskRefused as error:  # somebody has it, or it was withdrawn
            log.info("page.not_acknowledged", page=form.get(PAGE, ""), error=error)

    async def _acknowledged(self, query: Mapping[str, str]) -> str:
        page, agent = query.get(PAGE, ""), query.get(AGENT, "")
        try:
            async with asyncio.timeout(self._seconds / 2):
                by = await self._desk.acknowledge(page, agent)
            return "done" if by == agent else "taken"
        except DeskRefused:
            return "taken"
        except (TimeoutError, DeskAway) as error:
            log.warning("page.acknowledged_later", page=page, error=error)
        try:
            await self._kept.accept("page", page, {PAGE: page, AGENT: agent}, "call", self._seconds / 2)
            return "later"
        except NotAccepted:
            return "unsure"
