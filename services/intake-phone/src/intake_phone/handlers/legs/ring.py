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
from intake_phone.domain.calls.received import received_id
from intake_phone.domain.calls.ringing import (
    DECLINED,
    GONE,
    NOBODY,
    TALKED,
    WISH,
    Agent,
    Leg,
    Ring,
    Taken,
    Wish,
    end_key,
    is_exhausted,
    next_legs,
    out_key,
    taken_key,
    write_taken,
    write_wish,
)
from intake_phone.domain.calls.waiting import Name, read_leg, read_name, read_wish
from intake_phone.errors import DeskAway
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.ports.calling import KnowsRings, KnowsStaff, Wanted
from intake_phone.ports.phone import RemembersState
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

_STOPPED: Final = b"stopped"
_MOST_TURNS: Final = 20
"""In one go, of telephones that Twilio refuses to ring."""


class Ringer:
    """Rings."""

    def __init__(
        self,
        *,
        state: RemembersState,
        rings: KnowsRings,
        placer: Placer,
        staff: KnowsStaff,
        teller: CallTeller,
        doors: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nobody is rung yet.

        Args:
            doors: address that our doors stand below, as Twilio reaches them.
        """
        self._state = state
        self._rings = rings
        self._placer = placer
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
        known = (await self._rings.rings(name.call)).get(name.step, Ring())
        if known.over:
            return
        if known.wish is None:
            if wish.caller:
                called, tickets = await self._staff.caller(wish.caller)
                wish = wish.known_as(called, tickets)
            await self._teller.waiting(name, wish, delivery)
            await self._state.create_all([f"{name.prefix}{WISH}"], write_wish(wish))
        await self._go_on(name, again=True)

    async def leg_ended(self, form: Mapping[str, str], _: Delivery) -> None:
        """An agent's leg is over: with a talk, without, or without an answer.

        Raises:
            as `wanted`.
        """
        name, leg = read_leg(form)
        status = form.get("CallStatus", "")
        # Whoever answers and takes nobody has declined; so has the voicemail that answered in their place.
        ended = DECLINED if status == "completed" else status
        await self._state.create_all([f"{name.prefix}{end_key(leg)}"], ended.encode()[:20])
        await self._go_on(name, again=False)

    async def taken(self, form: Mapping[str, str], delivery: Delivery) -> None:
        """An agent took a caller out of the queue; not always the one that the leg was made for.

        Raises:
            as `wanted`.
        """
        rung, leg = read_leg(form)
        handle = leg.rpartition(".")[0]
        call, by = form.get("CallSid", ""), form.get("DequeingCallSid", "")
        at = float(form.get("At", "0") or 0) or self._now().timestamp()
        taken = Taken(handle, await self._name_of(rung, handle), by, at)
        await self._state.create_all([f"ring.{call}.{taken_key(by)}"], write_taken(taken))
        await self._state.create_all([f"{rung.prefix}{end_key(leg)}"], TALKED.encode())
        for step, ring in (await self._rings.rings(call)).items():
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
        await self._state.create_all([f"{name.prefix}{GONE}"], b"1")
        ring = (await self._rings.rings(name.call)).get(name.step, Ring())
        if ring.wish is not None and ring.taken is None:
            await self._teller.left(name, ring, received_id(name.call), delivery)
        await self._stop(name, ring)

    async def _go_on(self, name: Name, *, again: bool) -> None:
        """Ring whoever is next. `again`: at once, those who did not answer too."""
        for _ in range(_MOST_TURNS):
            ring = (await self._rings.rings(name.call)).get(name.step, Ring())
            if ring.wish is None or ring.over:
                await self._stop(name, ring)
                return
            team = await self._staff.team(ring.wish.team)
            unsure = [(agent, leg.number) for leg in ring.ongoing if not leg.sid for agent in _named(team, leg.handle)]
            chosen = [*unsure, *(next_legs(ring, team) if again or ring.wish.in_turn else ())]
            if not chosen:
                if is_exhausted(ring, team):
                    await self._state.create_all([f"{name.prefix}{NOBODY}"], b"1")
                return
            await self._ring_all(name, ring.wish, chosen)
            again = False

    async def _ring_all(self, name: Name, wish: Wish, chosen: Sequence[tuple[Agent, int]]) -> None:
        async def ring(agent: Agent, number: int) -> None:
            leg = f"{agent.handle}.{number}"
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
        ringing = [leg for leg in ring.ongoing if leg.sid and leg.sid != keep]
        await asyncio.gather(*(self._stop_one(name, leg) for leg in ringing))

    async def _stop_one(self, name: Name, leg: Leg) -> None:
        await self._placer.end(leg.sid)
        await self._state.create_all([f"{name.prefix}{end_key(leg.name)}"], _STOPPED)

    async def _name_of(self, rung: Name, handle: str) -> str:
        try:
            wish = (await self._rings.rings(rung.call)).get(rung.step, Ring()).wish
            team = await self._staff.team(wish.team) if wish else ()
        except DeskAway:
            team = ()
        return next((agent.name for agent in team if agent.handle == handle), handle)


def _named(team: Sequence[Agent], handle: str) -> list[Agent]:
    return [agent for agent in team if agent.handle == handle]
