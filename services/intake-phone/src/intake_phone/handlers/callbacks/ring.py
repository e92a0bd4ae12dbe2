"""Ring agents, one after the other, until one calls the customer back; and tell the desk what became of it.

What is asked for comes from the desk's events, what became of the telephones from the stream PHONE: both come again
until they were handled, so it happens whatever dies. Each telephone is rung once for an attempt (`place`), and one
agent alone takes it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from pydantic import ValidationError

from intake_phone.domain.callbacks.attempt import (
    FAILED,
    GOES_ON,
    GONE,
    NOBODY,
    WANTED,
    Name,
    Wanted,
    due_for,
    leg_of,
    leg_query,
    outcome_of,
    read_leg,
    read_word,
    word,
    write_wanted,
)
from intake_phone.domain.callbacks.leg import RING_SECONDS as CUSTOMER_RINGS_SECONDS
from intake_phone.domain.callbacks.talk import Talk, is_talk
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.telephones import LOST, TALKED, Agent, end_key, ended_as, out_key
from intake_phone.errors import DeskRefused, TwilioAway, TwilioRefused
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.stop import give_up_legs
from intake_phone.ports import calling
from intake_phone.ports.callbacks import HearsOfAttempts, KnowsAttempts, KnowsCallers, ListsChildren, TellsOfTalks
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.call_events import TicketCallback
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

RING_SECONDS: Final = 25
"""How long an agent's telephone rings before the next one's does."""
KIND: Final = "callback"
"""Of words in PHONE that the desk is to be told."""
LEG_KIND: Final = "callback_leg"
END: Final = "end"
PATIENCE: Final = 12
"""So often the end of a leg waits for what Twilio's list says of the customer's call; about eight minutes."""
_MOST_TURNS: Final = 20
_ACCEPT_SECONDS: Final = 5.0
_ROUNDED_SECONDS: Final = 3.0
"""Twilio's list tells times in whole seconds."""


class CallsBack:
    """Rings."""

    def __init__(
        self,
        *,
        state: RemembersState,
        attempts: KnowsAttempts,
        placer: Placer,
        staff: KnowsCallers,
        lists: ListsChildren,
        desk: HearsOfAttempts | None,
        words: calling.KeepsWord,
        teller: TellsOfTalks,
        book: FlowBook,
        doors: str,
        dropped: Callable[[str], Awaitable[bool]],
        default: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is rung yet.

        Args:
            desk: None: nobody can be told.
            words: keeps what the desk is to be told until it was.
            teller: tells agents' channel of talks, so that whoever talked is asked what was said.
            doors: address that our doors stand below, as Twilio reaches them.
            dropped: whether an operator wants that nobody is called for what this event asks for.
            default: number to call from where the desk names none.
        """
        self._dropped = dropped
        self._state = state
        self._attempts = attempts
        self._placer = placer
        self._staff = staff
        self._lists = lists
        self._desk = desk
        self._words = words
        self._teller = teller
        self._book = book
        self._doors = doors
        self._default = default
        self._now = now

    async def asked(self, delivery: Delivery) -> None:
        """Somebody is to be called back, or not any more.

        Raises:
            TwilioAway, TwilioBusy, DeskAway: to be tried again.
            Temporary: the broker is away.
            MalformedEvent: it cannot be read.
        """
        event = _read(delivery)
        name = Name(event.callback, event.attempt)
        dropped = event.state == "due" and await self._dropped(event.id)
        if event.state != "due" or dropped:
            await self._state.create_all([f"{name.prefix}{GONE}"], b"1")
            await self._stop(name)
            if dropped:
                log.info("callback.dropped", callback=name.callback, attempt=name.attempt)
                await self._tell(name, word(name, FAILED))
            return
        until = event.answer_by.timestamp() if event.answer_by else 0.0
        desk = event.account or self._default or next(iter(self._book.by_number), "")
        wanted = Wanted(event.ticket.number, event.team, event.agent or "", event.number, desk, until)
        await self._state.create_all([f"{name.prefix}{WANTED}"], write_wanted(wanted))
        await self._go_on(name)

    async def leg_ended(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """An agent's leg is over: with a call to the customer, without, or without an answer.

        Raises:
            as `asked`.
        """
        name, handle = read_leg(form)
        sid = form.get("CallSid", "")
        attempt = await self._attempts.attempt(name)
        mine = attempt.taken is not None and attempt.taken.leg == sid
        ended = TALKED if mine else ended_as(form.get("CallStatus", ""))
        await self._state.create_all([f"{name.prefix}{end_key(leg_of(handle))}"], ended.encode())
        if mine:
            await self._tell_of_call(name, handle, sid, patient=delivery.deliveries <= PATIENCE)
        else:
            await self._go_on(name)

    async def report(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """Tell the desk what became of an attempt, and of a talk the agents' channel too.

        Raises:
            as `asked`.
        """
        name, told = read_word(form)
        if self._desk is None:
            return
        try:
            await self._desk.report_attempt(name.callback, name.attempt, told)
        except DeskRefused as error:  # the ticket is gone: nobody waits for this word
            log.warning("callback.not_reported", callback=name.callback, error=error)
            return
        log.info("callback.reported", callback=name.callback, attempt=name.attempt, outcome=told["outcome"])
        if is_talk(told):
            await self._tell_agents(name, told, delivery)

    async def _tell_agents(self, name: Name, told: Mapping[str, Any], delivery: Delivery) -> None:
        wanted = (await self._attempts.attempt(name)).wanted
        if wanted is None:  # so long ago that nothing is kept of it
            return
        caller, _ = await self._staff.caller(wanted.number)
        language = self._book.flow_for(wanted.desk).language
        talk = Talk(name, wanted, told["agent"], told["seconds"], caller, language)
        await self._teller.called_back(talk, delivery)

    async def _tell_of_call(self, name: Name, handle: str, leg: str, *, patient: bool) -> None:
        """Tell what became of the customer's call, by Twilio's list: the word of its end may have been lost.

        Raises:
            TwilioAway: the list does not know its end yet, and there is patience left.
        """
        try:
            children = await self._lists.children_of(leg)
        except TwilioRefused as error:
            log.warning("callback.call_unknown", callback=name.callback, error=error)
            children = ()
        if not children:
            await self._tell(name, word(name, FAILED, handle))
            return
        call = children[0]
        if patient and call.status in GOES_ON:
            raise TwilioAway("the end of the customer's call is not in the list yet")
        # Nobody else ends the ringing sooner; whether it was the agent the list itself does not say.
        early = call.rang_seconds is not None and call.rang_seconds < CUSTOMER_RINGS_SECONDS - _ROUNDED_SECONDS
        outcome = outcome_of(call.status, hung_up=early)
        await self._tell(name, word(name, outcome, handle, call.sid, call.seconds))

    async def _tell(self, name: Name, told: dict[str, str]) -> None:
        await self._words.accept(KIND, f"{name}.{END}", told, "call", _ACCEPT_SECONDS)

    async def _go_on(self, name: Name) -> None:
        """Ring whoever is next."""
        for _ in range(_MOST_TURNS):
            attempt = await self._attempts.attempt(name)
            if attempt.wanted is None or attempt.gone:
                await self._stop(name)
                return
            if attempt.is_over(self._now().timestamp()):
                return
            due = due_for(attempt, await self._there(attempt.wanted))
            if due.lost:  # they hold nobody up
                await self._state.create_all([f"{name.prefix}{end_key(leg.name)}" for leg in due.lost], LOST.encode())
            if due.hopeless:
                await self._tell(name, word(name, FAILED if not attempt.wanted.desk else NOBODY))
                return
            chosen = [*due.unsure, *due.fresh]
            if not chosen:  # one rings
                return
            for agent, _ in chosen:
                await self._ring(name, attempt.wanted, agent)

    async def _there(self, wanted: Wanted) -> Sequence[Agent]:
        """Whoever can be rung now; nobody where no number of the desk's could be shown to them."""
        if not wanted.desk:
            return ()
        return await (self._staff.reachable(wanted.agent) if wanted.agent else self._staff.team(wanted.team))

    async def _ring(self, name: Name, wanted: Wanted, agent: Agent) -> None:
        flow = self._book.flow_for(wanted.desk)
        language = next((one for one in agent.languages if one in flow.languages), flow.language)
        ask = calling.Wanted(
            number=agent.phone,
            desk=wanted.desk,
            document=f"{self._doors}/callback?{leg_query(name, agent.handle, language)}",
            told=f"{self._doors}/status/leg?{leg_query(name, agent.handle)}",
            ring_seconds=RING_SECONDS,
        )
        await self._placer.place(f"{name.prefix}{out_key(leg_of(agent.handle))}", ask)

    async def _stop(self, name: Name) -> None:
        """End what rings for a customer who is not to be called any more; who talks goes on."""
        attempt = await self._attempts.attempt(name)
        keep = attempt.taken.leg if attempt.taken else ""
        await give_up_legs(self._placer, self._state, name.prefix, attempt.legs, keep=keep)


def _read(delivery: Delivery) -> TicketCallback:
    try:
        return TicketCallback.model_validate_json(delivery.body)
    except ValidationError as error:
        raise MalformedEvent(str(error)[:300]) from error
