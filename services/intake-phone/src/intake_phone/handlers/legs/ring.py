"""Ring the telephones of a team while a caller waits in its queue, until one agent has the caller or nobody waits.

Everything here is read out of the stream PHONE, so it happens whatever dies, and may happen twice: each telephone is
rung once for each of its turns (`place`), and who waits no longer stops the ringing, whichever word comes first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import structlog

from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.received import OVER, received_id
from intake_phone.domain.calls.ringing import (
    ENTERS,
    GONE,
    LEFT,
    NOBODY,
    SERVED,
    WISH,
    Ring,
    Taken,
    Wish,
    due_for,
    taken_key,
    write_taken,
    write_wish,
)
from intake_phone.domain.calls.waiting import ENTERS_FIELD, SERVED_FIELD, Name, read_leg, read_name, read_wish
from intake_phone.domain.telephones import DECLINED, LOST, TALKED, Agent, end_key, ended_as, leg_name, out_key
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.settle import name_of
from intake_phone.handlers.legs.stop import give_up_legs
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.ports.calling import KnowsRings, KnowsStaff, TellsStatus, Wanted
from intake_phone.ports.phone import RemembersState
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

_MOST_TURNS: Final = 20
"""In one go, of telephones that Twilio refuses to ring."""
_LATE_SECONDS: Final = 5.0
"""So long after it should have stopped ringing a leg may still be without the word of its end."""
_DECIDED_SECONDS: Final = 30
"""Whoever answers has pressed the key or not by then, however long the whisper is."""
_PATIENCE: Final = 3
"""So often the word of a talk waits for the word that the wait it was made for has ended; about twelve seconds."""


class Ringer:
    """Rings."""

    def __init__(
        self,
        *,
        state: RemembersState,
        rings: KnowsRings,
        placer: Placer,
        calls: TellsStatus,
        staff: KnowsStaff,
        teller: CallTeller,
        doors: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is rung yet.

        Args:
            calls: what Twilio says of a leg whose end nobody told.
            doors: address that our doors stand below, as Twilio reaches them.
        """
        self._state = state
        self._rings = rings
        self._placer = placer
        self._calls = calls
        self._staff = staff
        self._teller = teller
        self._doors = doors
        self._now = now

    async def wanted(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """Somebody waits, or still does.

        Raises:
            TwilioAway, TwilioBusy, DeskAway: to be tried again.
            Temporary: the broker is away.
            Senseless: it does not say for whom.
        """
        name, wish = read_name(form), read_wish(form)
        if form.get(ENTERS_FIELD):
            await self._enters(name, wish, delivery)
            return
        known = await self._ring(name)
        if known.over:
            await self._stop(name, known)  # what this very word may have made, before it failed
            return
        await self._ask_for_ends(name, known)
        if known.wish is None:
            if wish.caller:
                called, tickets = await self._staff.caller(wish.caller)
                wish = wish.known_as(called, tickets)
            await self._teller.waiting(name, wish, delivery)
            await self._state.create_all([f"{name.prefix}{WISH}"], write_wish(wish))
            await self._tell_if_left(name, await self._ring(name), delivery)  # meanwhile: who ended it saw no wish
        await self._go_on(name, again=True)

    async def _enters(self, name: Name, wish: Wish, delivery: Delivery) -> None:
        """Somebody comes into the queue: keep it, as an agent may wait there already, after a key for somebody else."""
        await self._state.create_all([f"{name.prefix}{ENTERS}"], write_wish(wish))
        ring = await self._ring(name)
        if ring.wish is not None and ring.taken is not None and not ring.gone:
            await self._teller.answered(name, ring, delivery)

    async def leg_ended(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """An agent's leg is over: with a talk, without, or without an answer.

        Raises:
            as `wanted`; TwilioAway also where it lasted so long that the word of a talk may be under way.
        """
        name, leg = read_leg(form)
        ended = ended_as(form.get("CallStatus", ""))
        if ended == DECLINED and _seconds(form) > _DECIDED_SECONDS and delivery.deliveries <= _PATIENCE:
            ring = await self._ring(name)
            known = any(one.name == leg and one.ended for one in ring.legs)
            if not (ring.over or known):
                raise TwilioAway("with whom an agent talked is not known yet")
        await self._state.create_all([f"{name.prefix}{end_key(leg)}"], ended.encode())
        await self._go_on(name, again=False)

    async def taken(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """An agent took a caller out of the queue; not always the one that the leg was made for.

        Raises:
            as `wanted`.
        """
        at = float(form.get("At", "0") or 0) or self._now().timestamp()
        await self._take(form.get("CallSid", ""), form, form.get("DequeingCallSid", ""), at, delivery)

    async def talked(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """An agent's leg has talked to a caller: the word that they were taken may have been lost.

        Raises:
            as `wanted`; TwilioAway also where it is not known yet to whom they talked.
        """
        rung, leg = read_leg(form)
        by, named = form.get("CallSid", ""), form.get("DialCallSid", "")
        own = await self._rings.waits(rung.call)
        known = next((one.ended for one in own.at(rung.step).legs if one.name == leg), "")
        if known == TALKED or any(ring.taken and ring.taken.leg == by for ring in own.rings.values()):
            return
        # Twilio's pages do not say whether it names whoever was taken out of a queue.
        dialled = await self._rings.waits(named) if named else None
        call, waits = (named, dialled) if dialled is not None and dialled.last else (rung.call, own)
        if call != named and not waits.at(rung.step).gone:  # it may have been the one of another call
            if delivery.deliveries <= _PATIENCE:
                raise TwilioAway("with whom an agent talked is not known yet")
            await self._state.create_all([f"{rung.prefix}{end_key(leg)}"], TALKED.encode())
            return
        began = waits.last[1].wish if waits.last else None
        at = float(form.get("At", "0") or 0) or self._now().timestamp()
        await self._take(call, form, by, max(at, began.at if began else 0.0), delivery)

    async def _take(self, call: str, form: Mapping[str, str], by: str, at: float, delivery: Delivery) -> None:
        rung, leg = read_leg(form)
        handle = leg.rpartition(".")[0]
        taken = Taken(handle, await self._name_of(rung, handle), by, at)
        await self._state.create_all([f"ring.{call}.{taken_key(by)}"], write_taken(taken))
        await self._state.create_all([f"{rung.prefix}{end_key(leg)}"], TALKED.encode())
        for step, ring in (await self._rings.waits(call)).rings.items():
            if ring.wish is not None and ring.taken is not None and ring.taken.leg == by and not ring.gone:
                await self._teller.answered(Name(call, step), ring, delivery)
            if ring.over:
                await self._stop(Name(call, step), ring)

    async def gone(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """The caller waits no longer.

        Raises:
            as `wanted`.
        """
        name = read_name(form)
        ended = SERVED if form.get(SERVED_FIELD) else LEFT
        await self._state.create_all([f"{name.prefix}{GONE}"], ended.encode())
        ring = await self._ring(name)
        await self._tell_if_left(name, ring, delivery)
        await self._stop(name, ring)

    async def _tell_if_left(self, name: Name, ring: Ring, delivery: Delivery) -> None:
        """Tell of who waits no longer and talked to nobody; where that is not sure the end of the call tells it."""
        if ring.wish is not None and ring.taken is None and ring.ended == LEFT:
            await self._teller.left(name, ring, received_id(name.call), delivery)

    async def _ask_for_ends(self, name: Name, ring: Ring) -> None:
        """Ask Twilio for legs that should have ended long ago: the word of it is told once, and may be lost.

        With each round of waiting, so that of one leg it is asked every ten seconds at most.
        """
        if ring.wish is None:
            return
        until = self._now().timestamp() - ring.wish.ring_seconds - _LATE_SECONDS
        for leg in ring.ongoing:
            if not leg.sid or leg.at > until:
                continue
            try:
                status = await self._calls.status_of(leg.sid)
            except TwilioRefused:  # it knows of no such call
                status = LOST
            except (TwilioAway, TwilioBusy) as error:  # the next round asks again
                log.info("leg.end_unknown", sid=leg.sid, error=error)
                return
            if status in OVER or status == LOST:
                log.warning("leg.end_found", sid=leg.sid, status=status)
                await self._state.create_all([f"{name.prefix}{end_key(leg.name)}"], ended_as(status).encode())

    async def _go_on(self, name: Name, *, again: bool) -> None:
        """Ring whoever is next. `again`: at once, those who did not answer too."""
        for _ in range(_MOST_TURNS):
            ring = await self._ring(name)
            if ring.wish is None or ring.over:
                await self._stop(name, ring)
                return
            due = due_for(ring, await self._staff.team(ring.wish.team))
            if due.lost:  # they hold nobody up
                await self._state.create_all([f"{name.prefix}{end_key(leg.name)}" for leg in due.lost], LOST.encode())
            chosen = [*due.unsure, *(due.fresh if again or ring.wish.in_turn else ())]
            if not chosen:
                if due.hopeless:
                    await self._state.create_all([f"{name.prefix}{NOBODY}"], b"1")
                return
            await self._ring_all(name, ring.wish, chosen)
            again = False

    async def _ring_all(self, name: Name, wish: Wish, chosen: Sequence[tuple[Agent, int]]) -> None:
        async def ring(agent: Agent, number: int) -> None:
            leg = leg_name(agent.handle, number)
            query = urlencode({LEG: f"{name}/{leg}"})
            wanted = Wanted(
                number=agent.phone,
                desk=wish.desk,
                document=f"{self._doors}/leg?{wish.leg}&{query}",
                told=f"{self._doors}/status/leg?{query}",
                ring_seconds=wish.ring_seconds,
            )
            await self._placer.place(f"{name.prefix}{out_key(leg)}", wanted)

        results = await asyncio.gather(*(ring(agent, number) for agent, number in chosen), return_exceptions=True)
        failure = next((one for one in results if isinstance(one, BaseException)), None)
        if failure is not None:
            raise failure

    async def _stop(self, name: Name, ring: Ring) -> None:
        """End what rings for somebody who waits no longer."""
        keep = ring.taken.leg if ring.taken else ""
        await give_up_legs(self._placer, self._state, name.prefix, ring.legs, keep=keep)

    async def _name_of(self, rung: Name, handle: str) -> str:
        wish = (await self._ring(rung)).wish
        return await name_of(self._staff, wish.team, handle) if wish else handle

    async def _ring(self, name: Name) -> Ring:
        return (await self._rings.waits(name.call)).at(name.step)


def _seconds(form: Mapping[str, str]) -> int:
    """How long a call lasted; 0: nobody says."""
    said = form.get("CallDuration", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0
