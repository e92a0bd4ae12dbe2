"""Answer what Twilio asks about a call: always, with a document that is right, within a second.

Whatever is asked or kept beside the answer has so long and no longer: a caller who waits is worth more than a line in
a log, and what was not kept the end of the call, or the reconciler, tells less of.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from intake_phone.domain.calls.effects import (
    CheckCode,
    LeftByKey,
    NotifyWhenSolved,
    RememberLanguage,
    SendCode,
    WantCallback,
)
from intake_phone.domain.calls.facts import Facts, Ringing
from intake_phone.domain.calls.heard import Heard, read_heard
from intake_phone.domain.calls.legs import LEG, is_missed, is_talk, leg
from intake_phone.domain.calls.record import noted
from intake_phone.domain.calls.ringing import Ring
from intake_phone.domain.calls.state import State, read_state
from intake_phone.domain.calls.step import step, wait
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.calls.waiting import Name, read_leg
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.flows.flow import Flow
from intake_phone.domain.numbers import Caller, read_caller
from intake_phone.domain.twiml import Door, document
from intake_phone.handlers.calls.codes import Codes
from intake_phone.handlers.calls.doing import Doer, NotPaused
from intake_phone.ports.calling import KnowsRings
from intake_phone.ports.calls import KeepsCalls, KnowsCallers
from intake_phone.ports.teams import KnowsTitles
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()

_OUTBOUND: Final = "outbound"
PROMISES: Final = (WantCallback, NotifyWhenSolved)
"""What the caller is promised, and nobody but us keeps."""
LEFT: Final = "leave"
"""How a wait ended: by our own word, whatever its reason was."""


class Answerer:
    """Answers for all calls; nothing of them is kept here between two requests."""

    def __init__(
        self,
        *,
        book: FlowBook,
        calls: KeepsCalls,
        facts: KnowsCallers,
        rings: KnowsRings,
        teams: KnowsTitles,
        doer: Doer,
        codes: Codes,
        doors: str,
        region: str | None,
        seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """The answerer.

        Args:
            doors: address that our doors stand below, as Twilio reaches them.
            seconds: how long an answer waits for what is asked or kept beside it.
        """
        self._book = book
        self._calls = calls
        self._facts = facts
        self._rings = rings
        self._teams = teams
        self._doer = doer
        self._codes = codes
        self._doors = doors
        self._region = region
        self._seconds = seconds
        self._now = now

    async def answer(self, door: Door, query: Mapping[str, str], form: Mapping[str, str]) -> str:
        """The document for one request."""
        outbound = form.get("Direction", "").startswith(_OUTBOUND)
        number = read_caller(form.get("From" if outbound else "To", "")).number
        flow = self._book.flow_for(number)
        caller = read_caller(form.get("To" if outbound else "From", ""), self._region)
        state, heard, call = read_state(query, flow), read_heard(form), form.get("CallSid", "")
        if door == "taken":
            self._doer.taken(call, query.get(LEG, ""), form.get("DequeingCallSid", ""))
            return document((), self._doors)
        if door == "leg":
            name = query.get(LEG, "")
            if is_talk(state, heard):
                # Nobody waits to hear what follows a talk, and whatever ends the leg is told after this was kept.
                await self._doer.talked(name, call, heard.dialled, heard.dial_seconds)
            elif is_missed(state, heard):
                await self._missed(name)
            return document(leg(flow, state, heard, await self._ringing(name, call), name).verbs, self._doors)
        if door == "wait":
            made = await self._waited(flow, state, heard, caller, Name(call, state.step))
            self._doer.beside(call, number, caller, made, came_from=state.step)
            return document(made.verbs, self._doors)
        facts = Facts(caller=caller, region=self._region)
        if not heard.hung_up:
            facts = await self._facts.facts(caller, call, number)
        if heard.queue == LEFT:
            facts = replace(facts, left_by_key=(await self._ring(Name(call, state.step))).by_key)
        made = await self._stepped(flow, state, heard, facts, call)
        if not await self._doer.links_kept(call, number, made):
            # Nobody would text it: the caller goes on where those go who take no texts.
            made = await self._stepped(flow, state, heard, replace(facts, links_lost=True), call)
        try:
            await self._doer.before(call, made.effects)
        except NotPaused:
            # Whatever would have been asked for must not be on the recording: somebody takes over, or a message.
            made = self._fallen_back(flow, state, facts)
        if not await self._kept(call, caller, flow, made, heard) and any(
            isinstance(one, PROMISES) for one in made.effects
        ):
            # What is promised must be kept somewhere: somebody takes over, or a message, which Twilio keeps.
            made = self._fallen_back(flow, state, facts)
            await self._kept(call, caller, flow, made, heard)
        self._doer.beside(call, number, caller, made, came_from=state.step)
        return document(made.verbs, self._doors)

    def _fallen_back(self, flow: Flow, state: State, facts: Facts) -> Step:
        """The step of a call that cannot go on as it should; it promises no link, as nobody keeps one for it."""
        return step(flow, replace(state, foreign=True), Heard(), replace(facts, links_lost=True), self._now())

    async def _stepped(self, flow: Flow, state: State, heard: Heard, facts: Facts, call: str) -> Step:
        """The step; made once more with what the desk says of a code, where it needs that."""
        made = step(flow, state, heard, facts, self._now())
        question = next((one for one in made.effects if isinstance(one, SendCode | CheckCode)), None)
        if question is None:
            return made
        said = await self._codes.answer(question, f"{call}.{made.state.step}")
        return step(flow, state, heard, replace(facts, code=said), self._now())

    async def _waited(self, flow: Flow, state: State, heard: Heard, caller: Caller, name: Name) -> Step:
        """A round of waiting; whoever presses the key to leave stays while that cannot be kept."""
        now = self._now()
        ring = Ring() if heard.hung_up else await self._ring(name)
        waited = max(round(now.timestamp() - ring.wish.at), 0) if ring.wish else 0
        facts = Facts(caller=caller, exhausted=ring.nobody, waited_seconds=waited)
        made = wait(flow, state, heard, facts, now)
        if any(isinstance(effect, LeftByKey) for effect in made.effects) and not await self._doer.noted_key(name):
            return wait(flow, state, replace(heard, digits=""), facts, now)
        return made

    async def _missed(self, leg_name: str) -> None:
        try:
            name, rung = read_leg({LEG: leg_name})
        except ContractError as error:
            log.warning("leg.caller_unknown", error=error)
            return
        await self._doer.noted_miss(name, rung)

    async def _ringing(self, leg_name: str, by: str) -> Ringing:
        """For whom an agent's phone rings; what cannot be read in time is left out."""
        try:
            name, _ = read_leg({LEG: leg_name})
        except ContractError as error:
            log.warning("leg.caller_unknown", error=error)
            return Ringing()
        ring = await self._ring(name)
        if ring.wish is None:
            return Ringing()
        over = ring.gone or (ring.taken is not None and ring.taken.leg != by)
        titles = await self._teams.titles(ring.wish.team)
        return Ringing(read_caller(ring.wish.caller), ring.wish.name, titles, over)

    async def _ring(self, name: Name) -> Ring:
        """What is kept of a wait; nothing where it cannot be read in time."""
        try:
            async with asyncio.timeout(self._seconds / 2):
                return (await self._rings.waits(name.call)).at(name.step)
        except (TimeoutError, ContractError) as error:
            log.warning("ring.unknown", call=name.call, error=error)
            return Ring()

    async def _kept(self, call: str, caller: Caller, flow: Flow, made: Step, heard: Heard) -> bool:
        """Whether what a step noted is kept."""
        tasks = [self._calls.note(call, noted(flow, made, over=heard.hung_up))]
        tasks += [
            self._facts.remember_language(caller, effect.language)
            for effect in made.effects
            if isinstance(effect, RememberLanguage)
        ]
        try:
            async with asyncio.timeout(self._seconds / 2):
                await asyncio.gather(*tasks)
        except (TimeoutError, ContractError) as error:
            log.warning("call.not_noted", call=call, error=error)
            return False
        return True
