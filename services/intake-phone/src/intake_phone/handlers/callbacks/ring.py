"""Ring agents, one after the other, until one calls the customer back; and tell the desk what became of it.

What is asked for comes from the desk's events, what became of the telephones from the stream PHONE: both come again
until they were handled, so it happens whatever dies. Each telephone is rung once for an attempt (`place`), and one
agent alone takes it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import structlog
from pydantic import ValidationError

from intake_phone.domain.callbacks.attempt import (
    FAILED,
    GOES_ON,
    GONE,
    NOBODY,
    WANTED,
    Attempt,
    Name,
    Wanted,
    end_key,
    leg_key,
    leg_query,
    next_agent,
    outcome_of,
    read_leg,
    read_word,
    word,
    write_wanted,
)
from intake_phone.domain.calls.ringing import DECLINED, TALKED, Agent
from intake_phone.domain.flows.book import FlowBook
from intake_phone.errors import DeskRefused, TwilioAway, TwilioRefused
from intake_phone.handlers.legs.place import Placer
from intake_phone.ports import calling
from intake_phone.ports.callbacks import HearsOfAttempts, KnowsAttempts, KnowsCallers, ListsChildren
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
LOST: Final = b"lost"
PATIENCE: Final = 12
"""So often the end of a leg waits for what Twilio's list says of the customer's call; about eight minutes."""
_MOST_TURNS: Final = 20
_ACCEPT_SECONDS: Final = 5.0


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
        book: FlowBook,
        doors: str,
        default: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is rung yet.

        Args:
            desk: None: nobody can be told.
            words: keeps what the desk is to be told until it was.
            doors: address that our doors stand below, as Twilio reaches them.
            default: number to call from where the desk names none.
        """
        self._state = state
        self._attempts = attempts
        self._placer = placer
        self._staff = staff
        self._lists = lists
        self._desk = desk
        self._words = words
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
        if event.state != "due":
            await self._state.create_all([f"{name.prefix}{GONE}"], b"1")
            await self._stop(name)
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
        sid, status = form.get("CallSid", ""), form.get("CallStatus", "")
        attempt = await self._attempts.attempt(name)
        mine = attempt.taken is not None and attempt.taken.leg == sid
        ended = TALKED if mine else DECLINED if status == "completed" else status or DECLINED
        await self._state.create_all([f"{name.prefix}{end_key(handle)}"], ended.encode()[:20])
        if mine:
            await self._tell_of_call(name, handle, sid, patient=delivery.deliveries <= PATIENCE)
        else:
            await self._go_on(name)

    async def report(self, form: Mapping[str, str], _: Delivery) -> None:
        """Tell the desk what became of an attempt.

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
        await self._tell(name, word(name, outcome_of(call.status), handle, call.sid, call.seconds))

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
            unsure = next((leg.handle for leg in attempt.ongoing if not leg.sid), None)
            if unsure is None and attempt.ongoing:
                return
            agent = await self._next(attempt, attempt.wanted, unsure)
            if agent is None and unsure is not None:  # whoever it was cannot be rung any more: nobody can look it up
                await self._state.create_all([f"{name.prefix}{end_key(unsure)}"], LOST)
                continue
            if agent is None:
                await self._tell(name, word(name, FAILED if not attempt.wanted.desk else NOBODY))
                return
            await self._ring(name, attempt.wanted, agent)

    async def _next(self, attempt: Attempt, wanted: Wanted, unsure: str | None) -> Agent | None:
        if not wanted.desk:
            return None
        if wanted.agent:
            there = await self._staff.reachable(wanted.agent)
        else:
            there = await self._staff.team(wanted.team)
        if unsure is not None:  # perhaps it rings: the same key finds out
            return next((one for one in there if one.handle == unsure), None)
        return next_agent(attempt, there)

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
        await self._placer.place(f"{name.prefix}{leg_key(agent.handle)}", ask)

    async def _stop(self, name: Name) -> None:
        """End what rings for a customer who is not to be called any more; who talks goes on."""
        attempt = await self._attempts.attempt(name)
        keep = attempt.taken.leg if attempt.taken else ""
        for leg in attempt.ongoing:
            if leg.sid and leg.sid != keep:
                await self._placer.end(leg.sid)


def _read(delivery: Delivery) -> TicketCallback:
    try:
        return TicketCallback.model_validate_json(delivery.body)
    except ValidationError as error:
        raise MalformedEvent(str(error)[:300]) from error
