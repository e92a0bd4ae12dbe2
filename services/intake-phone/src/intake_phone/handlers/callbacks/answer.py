"""What an agent hears on a leg of a callback: within the second that Twilio gives, and once for each attempt."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import structlog

from intake_phone.domain.callbacks.attempt import (
    ASKED,
    CALLING,
    DIALLED,
    LANGUAGE,
    STAGE,
    TAKEN,
    Attempt,
    Name,
    Taken,
    outcome_of,
    read_leg,
    read_taken,
    word,
    write_taken,
)
from intake_phone.domain.callbacks.leg import ACCEPT_KEY, after, connecting, question, unneeded
from intake_phone.domain.calls.heard import Heard, read_heard
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.twiml import Hangup, Say, document
from intake_phone.errors import NotAccepted
from intake_phone.handlers.callbacks.ring import END, KIND
from intake_phone.ports.callbacks import KnowsAttempts
from intake_phone.ports.calling import KeepsWord
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()


class CallbackLegs:
    """Answers what Twilio asks about agents' legs."""

    def __init__(
        self,
        *,
        state: RemembersState,
        attempts: KnowsAttempts,
        words: KeepsWord,
        book: FlowBook,
        texts: Mapping[str, Mapping[str, str]],
        doors: str,
        seconds: float,
        accept_seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is answered yet.

        Args:
            texts: language → key → what is said.
            seconds: how long an answer may take in which somebody waits to hear.
            accept_seconds: how long one may take after which the agent hangs up.
        """
        self._state = state
        self._attempts = attempts
        self._words = words
        self._book = book
        self._texts = texts
        self._doors = doors
        self._seconds = seconds
        self._accept_seconds = accept_seconds
        self._now = now

    async def answer(self, query: Mapping[str, str], form: Mapping[str, str]) -> str:
        """The document for one request.

        Raises:
            Senseless: it does not say for which callback.
        """
        name, handle = read_leg(query)
        heard, stage = read_heard(form), query.get(STAGE, "")
        flow = self._book.flow_for(read_caller(form.get("From", "")).number)
        language = query.get(LANGUAGE, "")
        language = language if language in flow.languages else flow.language
        voice, texts = flow.voices[language], self._texts[language]
        if stage == DIALLED:
            outcome = outcome_of(heard.dial, hung_up=heard.hung_up)
            await self._ended(name, handle, outcome, form)
            return document(after(outcome, voice, texts), self._doors)
        if heard.hung_up:
            return document([Hangup()], self._doors)
        try:
            async with asyncio.timeout(self._seconds):
                attempt = await self._attempts.attempt(name)
                wanted = attempt.wanted
                if wanted is None or not self._is_open(attempt, form.get("CallSid", "")):
                    return document(unneeded(voice, texts), self._doors)
                if stage != ASKED:
                    verbs = question(name, handle, wanted, language, voice, texts)
                elif not _accepts(heard):
                    verbs = [Hangup()]
                elif await self._take(name, handle, form.get("CallSid", "")):
                    verbs = connecting(name, handle, wanted, language, voice, texts)
                else:
                    verbs = unneeded(voice, texts)
        except (TimeoutError, ContractError) as error:
            # Whether somebody else has it cannot be known, so nobody is called, and the agent hears just that.
            log.warning("callback.not_taken", callback=name.callback, error=error)
            verbs = [Say(texts["agent.sorry"], voice), Hangup()]
        return document(verbs, self._doors)

    def _is_open(self, attempt: Attempt, leg: str) -> bool:
        if attempt.taken is not None:
            return attempt.taken.leg == leg
        return not attempt.is_over(self._now().timestamp())

    async def _take(self, name: Name, handle: str, leg: str) -> bool:
        """Whether this leg has it, now or since it asked before."""
        key = f"{name.prefix}{TAKEN}"
        [mine] = await self._state.create_all([key], write_taken(Taken(handle, leg)))
        if not mine:
            taken = read_taken(await self._state.get(key))
            return taken is not None and taken.leg == leg
        try:
            await self._words.accept(KIND, f"{name}.{CALLING}", word(name, CALLING, handle), "call", self._seconds)
        except NotAccepted as error:  # the desk may give the attempt up: the word of its end still counts
            log.warning("callback.not_told", callback=name.callback, error=error)
        return True

    async def _ended(self, name: Name, handle: str, outcome: str, form: Mapping[str, str]) -> None:
        told = word(name, outcome, handle, form.get("DialCallSid", ""), form.get("DialCallDuration", ""))
        try:
            await self._words.accept(KIND, f"{name}.{END}", told, "call", self._accept_seconds)
        except NotAccepted as error:  # the end of the agent's leg asks Twilio for it
            log.warning("callback.not_told", callback=name.callback, error=error)


def _accepts(heard: Heard) -> bool:
    return heard.digits[:1] == ACCEPT_KEY
