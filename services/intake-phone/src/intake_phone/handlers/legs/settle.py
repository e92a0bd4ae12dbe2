"""The end of a call settles its waits: nobody is rung for it any more, and who talked to the caller is found out.

How a wait ended is told by words of its own (`gone`, `taken`, `talked`), each of which may be lost: whoever hangs up
before the queue is asked for nothing there, and the broker may be away for longer than anybody tries. The end of the
call is never lost, since the reconciler finds it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from intake_phone.domain.calls.queueing import is_recorded
from intake_phone.domain.calls.record import CallRecord
from intake_phone.domain.calls.ringing import LEFT, SERVED, Ring, Taken, Waits, over_key
from intake_phone.domain.calls.waiting import Name
from intake_phone.domain.telephones import DECLINED, Leg
from intake_phone.errors import DeskAway, TwilioAway, TwilioBusy
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.stop import stop_legs
from intake_phone.ports.calling import KnowsRings, KnowsStaff
from intake_phone.ports.phone import RemembersState


class Settler:
    """Settles waits."""

    def __init__(
        self,
        *,
        state: RemembersState,
        rings: KnowsRings,
        placer: Placer,
        staff: KnowsStaff,
    ) -> None:
        self._state = state
        self._rings = rings
        self._placer = placer
        self._staff = staff

    async def settle(self, call: str, *, patient: bool) -> Waits:
        """All that is kept of an ended call's waits, after what rang for them was stopped.

        Args:
            patient: a word that may be under way is waited for.

        Raises:
            TwilioAway, TwilioBusy: something may ring on, or somebody may have talked whom the next words name; only
                of somebody who is patient.
            Temporary: the broker is away.
        """
        await self._state.create_all([over_key(call)], b"1")
        for step, ring in (await self._rings.waits(call)).rings.items():
            keep = ring.taken.leg if ring.taken else ""
            try:
                await stop_legs(self._placer, self._state, Name(call, step).prefix, ring.legs, keep=keep)
            except (TwilioAway, TwilioBusy):  # its telephone rings on a little, and no other does
                if patient:
                    raise
        waits = await self._rings.waits(call)
        if patient and (doubtful := _in_doubt(waits)) is not None and may_have_talked(doubtful[1]):
            raise TwilioAway("who talked to the caller is not known yet")
        return waits

    async def talk(
        self, waits: Waits, record: CallRecord, recordings: Callable[[str], Awaitable[Sequence[Any]]]
    ) -> tuple[int, Ring] | None:
        """The wait of an ended call that an agent ended, with its step; None: nobody talked, or nobody can tell who.

        Where no word names the agent it is the one on whose leg the talk was recorded, or the only one who can have
        talked. Of two nobody is taken for it: their talks may be with somebody else.

        Args:
            recordings: SID of a leg → the recordings of it.
        """
        found = _in_doubt(waits)
        if waits.talk is not None or found is None:
            return waits.talk
        step, ring = found
        assert ring.wish is not None
        served = ring.ended == SERVED or any(one.kind == "answered" and one.step >= step for one in record.entries)
        legs = may_have_talked(ring)
        if is_recorded(ring.wish.queue):
            legs = [leg for leg in legs if await recordings(leg.sid)]
        elif not served:
            legs = []
        if len(legs) != 1:
            return None
        at = ring.wish.at + (record.waited_seconds(step) or 0)
        name = await name_of(self._staff, ring.wish.team, legs[0].handle)
        return step, replace(ring, taken=Taken(legs[0].handle, name, legs[0].sid, at))


def may_have_talked(ring: Ring) -> Sequence[Leg]:
    """Legs of a wait on which an agent may have had its caller: they were answered, as far as is known."""
    return [leg for leg in ring.legs if leg.sid and leg.ended in ("", DECLINED)]


def _in_doubt(waits: Waits) -> tuple[int, Ring] | None:
    """The wait of an ended call of which it is not known whether, or to whom, somebody talked."""
    last = waits.last
    return last if last is not None and last[1].taken is None and last[1].ended != LEFT else None


async def name_of(staff: KnowsStaff, team: str, handle: str) -> str:
    """What an agent of a team is called; the handle where nobody can say."""
    try:
        agents = await staff.team(team)
    except DeskAway:
        agents = ()
    return next((agent.name for agent in agents if agent.handle == handle), handle)
