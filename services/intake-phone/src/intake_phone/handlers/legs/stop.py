"""Stop what rings for somebody who is not to be rung for any more."""

import asyncio
from collections.abc import Sequence

from intake_phone.domain.telephones import STOPPED, Leg, end_key, ongoing, out_key
from intake_phone.handlers.legs.place import Placer
from intake_phone.ports.phone import RemembersState


async def stop_legs(
    placer: Placer, state: RemembersState, prefix: str, legs: Sequence[Leg], *, keep: str
) -> Sequence[Leg]:
    """End the legs that ring, and keep below a prefix that they are; whoever listens already hears that it is over.

    Args:
        keep: SID of the leg that goes on, or empty.

    Returns:
        Those that could not be stopped, answered or over by themselves: their own word says how they end.

    Raises:
        TwilioAway, TwilioBusy: some may ring on; the same again ends them.
        Temporary: the broker is away; as above.
    """

    async def stop(leg: Leg) -> bool:
        if not await placer.end(leg.sid):
            return False
        await state.create_all([f"{prefix}{end_key(leg.name)}"], STOPPED.encode())
        return True

    ringing = [leg for leg in ongoing(legs) if leg.sid and leg.sid != keep]
    stopped = await asyncio.gather(*map(stop, ringing))
    return [leg for leg, ended in zip(ringing, stopped, strict=True) if not ended]


async def give_up_legs(placer: Placer, state: RemembersState, prefix: str, legs: Sequence[Leg], *, keep: str) -> None:
    """As `stop_legs`, and also what may have been made without our knowing: no telephone is kept from others by it.

    Raises:
        TwilioAway, TwilioBusy: as `stop_legs`; also while a call may be under way.
        Temporary: as there.
    """
    await stop_legs(placer, state, prefix, legs, keep=keep)
    for leg in ongoing(legs):
        if leg.sid:
            continue
        found = await placer.found_out(f"{prefix}{out_key(leg.name)}")
        if found is None or (found.tried and not found.sid):
            continue  # nobody can tell of what a release before this one has kept
        if not found.sid or (found.sid != keep and await placer.end(found.sid)):
            await state.create_all([f"{prefix}{end_key(leg.name)}"], STOPPED.encode())
