"""Clocks worked out anew from the history: for explaining them, and for checking that they are what it says."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.domain.service_levels.arithmetic import explain
from tickets.domain.service_levels.clocks import fold
from tickets.domain.service_levels.next_due import next_due_at
from tickets.domain.service_levels.shown import shown_arithmetic
from tickets.domain.service_levels.state import State, as_data
from tickets.errors import NotFound, Refused

_AT_ONCE = 500
_ELSEWHERE = "queues take it to fall due at another time than its clocks say"


@dataclass(frozen=True, slots=True)
class Difference:
    """A ticket whose clocks are not what its history amounts to; `right` is None where that cannot be folded."""

    number: int
    stored: State
    right: State | None
    why: str = ""


async def arithmetic_of(number: int, clocks: ClockReads) -> dict[str, Any]:
    """The sums of a ticket's clocks up to now, as plain data.

    Raises:
        NotFound: there is no such ticket, or nothing was promised for it.
    """
    log = (await clocks.logs([number])).get(number)
    if not log:
        raise NotFound(f"there is no ticket {number}, or nothing was promised for it")
    return shown_arithmetic(explain(log, clocks.levels.desk, await clocks.now()))


async def differences(clocks: ClockReads) -> AsyncIterator[tuple[int, list[Difference]]]:
    """How many tickets were folded anew, and those that differ, chunk by chunk."""
    after = 0
    while numbers := await clocks.numbers(after, _AT_ONCE):
        after = numbers[-1]
        stored = await clocks.states(numbers)
        places = await clocks.places(numbers)
        logs = await clocks.logs(numbers)
        found = []
        for number, state in stored.items():
            try:
                right = fold(logs.get(number, ()), clocks.levels.desk)
            except Refused as error:
                found.append(Difference(number, state, None, str(error)))
                continue
            if as_data(right) != as_data(state):
                found.append(Difference(number, state, right))
            elif next_due_at(state) != places.get(number):
                found.append(Difference(number, state, right, _ELSEWHERE))
        yield len(numbers), [one for one in found if await _still(one, clocks)]


async def _still(difference: Difference, clocks: ClockReads) -> bool:
    """Whether it differs although nobody changed the ticket between the two looks."""
    state = (await clocks.states([difference.number])).get(difference.number)
    if state is None or as_data(state) != as_data(difference.stored):
        return False
    if difference.why != _ELSEWHERE:
        return True
    return (await clocks.places([difference.number])).get(difference.number) != next_due_at(state)


async def mend(found: Sequence[Difference], clocks: ClockReads) -> None:
    """Put right the clocks of these tickets, and what is to be fired next; what cannot be folded stays."""
    for one in found:
        if one.right is not None:
            await clocks.put_right(one.number, one.stored, one.right)
