"""The clocks of a ticket, folded from its log: each event is a step from one state to the next.

A step counts all clocks up to the event, lets the event change what it changes, and then asks of every clock why it
stands still, what its target is, and what calendar it counts by. So time counts by what was in force while it passed,
and what is due follows from what is in force now. What was met or breached is never rewritten.

The rules for each clock are in docs/service-levels.md, each with the test that holds it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from tickets.domain.service_levels.calendars import ALWAYS, NOTHING, as_utc
from tickets.domain.service_levels.fires import breach_kind
from tickets.domain.service_levels.log import (
    CalendarChanged,
    CustomerWrote,
    Event,
    Fired,
    Merged,
    MergedIn,
    Noted,
    Opened,
    PersonAnswered,
    PolicyChanged,
    PriorityChanged,
    Promised,
    StatusChanged,
    TierChanged,
    Unmerged,
)
from tickets.domain.service_levels.one_clock import (
    ANSWERED,
    AUTOMATICALLY,
    BY_A_PERSON,
    MERGED,
    NO_TARGET,
    OTHER_TIER,
    PAUSED,
    SOLVED,
    Aim,
    Clock,
    Fire,
    advance,
    mark_fired,
    meet,
    start,
    take_aim,
)
from tickets.domain.service_levels.opening import opening_of
from tickets.domain.service_levels.policies import (
    ALWAYS_REF,
    DONE,
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    RESOLUTION,
    TIER,
    UPDATE,
    Desk,
    Policy,
    Ref,
)
from tickets.domain.service_levels.state import State
from tickets.errors import Refused

_MOST_OWED: Final = 64
"""So many breaches of past cycles wait for a worker; beyond that the oldest are given up."""
_MOST_OPENINGS: Final = 1_024
"""Ways in which tickets are opened that a desk remembers; then it begins anew."""


def begin(event: Event, desk: Desk) -> State:
    """The state of a ticket that was just opened.

    Raises:
        Refused: the event is not `Opened`, or speaks of a policy or calendar that is not at hand.
    """
    if not isinstance(event, Opened):
        raise Refused(f"the log of a ticket begins with Opened, not with {type(event).__name__}")
    at = as_utc(event.at)
    alike = (event.policy, event.priority, event.tier, event.status, event.from_customer, *event.calendars.items())
    opening = desk.openings.get(alike)
    if opening is None:
        first = _begun(event, at, desk)
        warn_at = () if event.policy is None else desk.policy(event.policy).warn_at
        if len(desk.openings) >= _MOST_OPENINGS:
            desk.openings.clear()
        opening = desk.openings[alike] = opening_of(first, warn_at, desk)
    return opening.opened(at, event.order)


def _begun(event: Opened, at: datetime, desk: Desk) -> State:
    fresh = Clock()
    clocks = {
        FIRST_RESPONSE: start(fresh, at) if event.from_customer else fresh,
        NEXT_RESPONSE: fresh,
        RESOLUTION: start(fresh, at),
        UPDATE: start(fresh, at),
        f"{TIER}:{event.tier}": start(fresh, at),
    }
    opened = State(
        at=at,
        order=event.order,
        priority=event.priority,
        tier=event.tier,
        status=event.status,
        policy=event.policy,
        calendars=dict(event.calendars),
        answered=not event.from_customer,
        waiting_since=at if event.from_customer else None,
        merged_into=None,
        clocks=clocks,
    )
    return _settle(opened, desk)


def step(state: State, event: Event, desk: Desk) -> State:
    """The state after one more event.

    Raises:
        Refused: the event comes before the last one in the log, or speaks of what is not at hand.
    """
    if event.order <= state.order:
        raise Refused(f"event {event.order} comes after event {state.order}; fold the log of the ticket from its start")
    at = max(as_utc(event.at), state.at)
    if isinstance(event, Noted):
        return state._replace(at=at, order=event.order)
    clocks = {name: advance(clock, at, desk) for name, clock in state.clocks.items()}
    counted = state._replace(at=at, order=event.order, clocks=clocks)
    return _settle(_apply(counted, event), desk, anew=isinstance(event, PolicyChanged))


def fold(events: Iterable[Event], desk: Desk) -> State:
    """The state after a whole log, whatever order its events are given in: their `order` decides.

    Raises:
        Refused: there is no event, or what `begin` and `step` refuse.
    """
    log = sorted(events, key=lambda event: event.order)
    if not log:
        raise Refused("the log of the ticket is empty; it begins with Opened")
    state = begin(log[0], desk)
    for event in log[1:]:
        state = step(state, event, desk)
    return state


def as_of(state: State, at: datetime, desk: Desk) -> State:
    """The state with all clocks counted up to a later time, for showing; it is no step."""
    at = max(as_utc(at), state.at)
    return state._replace(at=at, clocks={name: advance(clock, at, desk) for name, clock in state.clocks.items()})


def _apply(state: State, event: Event) -> State:
    """What an event changes by itself; everything that follows from it is settled afterwards."""
    match event:
        case StatusChanged(status=status):
            return state._replace(status=status)
        case PriorityChanged(priority=priority):
            return state._replace(priority=priority)
        case PolicyChanged(policy=policy, calendars=calendars):
            return state._replace(policy=policy, calendars={**state.calendars, **calendars})
        case CalendarChanged(calendars=calendars):
            return state._replace(calendars={**state.calendars, **calendars})
        case TierChanged(tier=tier):
            name = f"{TIER}:{tier}"
            clocks = state.clocks if name in state.clocks else {**state.clocks, name: start(Clock(), state.at)}
            return state._replace(tier=tier, clocks=clocks)
        case Merged(into=into):
            return state._replace(merged_into=into)
        case Unmerged():
            return state._replace(merged_into=None)
        case CustomerWrote() | MergedIn(unanswered=True):
            return _customer_waits(state)
        case PersonAnswered():
            return _person_answered(state)
        case Promised():
            return _promised(state, event)
        case Fired():
            return _fired(state, event)
        case Opened():
            raise Refused(f"event {event.order} opens the ticket a second time")
        case _:
            return state


def _customer_waits(state: State) -> State:
    """The customer wrote: before anybody has spoken to them that is the first response's business, then the next's."""
    waiting = state._replace(waiting_since=state.waiting_since or state.at)
    name = NEXT_RESPONSE if state.answered else FIRST_RESPONSE
    clock = state.clocks[name]
    if clock.cycle and clock.met_at is None:
        return waiting
    return _restart(waiting, name, start(clock, state.at))


def _person_answered(state: State) -> State:
    clocks = dict(state.clocks)
    for name in (FIRST_RESPONSE, NEXT_RESPONSE):
        clock = clocks[name]
        if clock.cycle and clock.met_at is None:
            clocks[name] = meet(clock, state.at, ANSWERED)
    answered = state._replace(answered=True, waiting_since=None, clocks=clocks)
    if state.status in DONE:
        return answered
    return _restart(answered, UPDATE, start(clocks[UPDATE], state.at))


def _promised(state: State, event: Promised) -> State:
    if state.status in DONE:
        # Nobody waits for an update of a ticket that is done.
        return state
    length = max(as_utc(event.until) - state.at, NOTHING)
    who = AUTOMATICALLY if event.automatic else BY_A_PERSON
    return _restart(state, UPDATE, start(state.clocks[UPDATE], state.at, who, length))


def _fired(state: State, event: Fired) -> State:
    clock = state.clocks.get(event.clock)
    if clock is not None and clock.cycle == event.cycle:
        return state._replace(clocks={**state.clocks, event.clock: mark_fired(clock, event.kind)})
    done = (event.clock, event.cycle, event.kind)
    return state._replace(owed=tuple(fire for fire in state.owed if fire[1:] != done))


def _restart(state: State, name: str, started: Clock) -> State:
    """The state with a clock in its next cycle; a breach of the last one that nobody fired is kept."""
    last, owed = state.clocks[name], state.owed
    if last.breached_at is not None and not last.fired:
        owed = (*owed, Fire(last.breached_at, name, last.cycle, breach_kind(name)))[-_MOST_OWED:]
    return state._replace(clocks={**state.clocks, name: started}, owed=owed)


def _settle(state: State, desk: Desk, *, anew: bool = False) -> State:
    """The state with every clock doing what the ticket's attributes ask of it."""
    policy = None if state.policy is None else desk.policy(state.policy)
    if state.status not in DONE and state.merged_into is None and state.clocks[UPDATE].stands == SOLVED:
        # Solving was the update; after a reopening the next one is due.
        state = _restart(state, UPDATE, start(state.clocks[UPDATE], state.at))
    clocks = {name: _settle_clock(state, name, clock, policy, desk, anew) for name, clock in state.clocks.items()}
    return state._replace(clocks=clocks)


def _settle_clock(state: State, name: str, clock: Clock, policy: Policy | None, desk: Desk, anew: bool) -> Clock:
    if clock.cycle == 0 or (clock.met_at is not None and (clock.stands == ANSWERED or state.merged_into is not None)):
        return clock
    aim = _aim(state, name, clock, policy)
    if aim.stands in (OTHER_TIER, SOLVED) and name not in (FIRST_RESPONSE, NEXT_RESPONSE):
        return clock if clock.met_at is not None else meet(clock, state.at, aim.stands)
    return take_aim(clock, aim, state.at, desk, anew=anew)


def _aim(state: State, name: str, clock: Clock, policy: Policy | None) -> Aim:
    warn_at = () if policy is None else policy.warn_at
    if clock.promise:
        always = _in_force(state.calendars, ALWAYS.name)
        return Aim(_why_it_stands(state, name, policy, promised=True), clock.target, always, warn_at)
    target = None if policy is None else policy.target(name, state.priority)
    counts_by = target
    if target is None and policy is not None and name.startswith(TIER):
        counts_by = policy.target(RESOLUTION, state.priority)
    calendar = None if counts_by is None else _in_force(state.calendars, counts_by.calendar)
    if calendar is None and name.startswith(TIER):
        # The minutes that each tier used are told even if nobody set it a target.
        calendar = _in_force(state.calendars, ALWAYS.name)
    stands = _why_it_stands(state, name, policy, promised=False) or ("" if calendar else NO_TARGET)
    return Aim(stands, None if target is None else target.length, calendar, warn_at)


def _why_it_stands(state: State, name: str, policy: Policy | None, *, promised: bool) -> str:
    if state.merged_into is not None:
        return MERGED
    if name.startswith(TIER) and name != f"{TIER}:{state.tier}":
        return OTHER_TIER
    if state.status in DONE:
        return SOLVED
    if policy is not None and not promised and policy.pauses_in(name, state.status):
        return PAUSED + state.status
    return ""


def _in_force(calendars: Mapping[str, str], name: str) -> Ref:
    version = calendars.get(name)
    if version is not None:
        return Ref(name, version)
    if name == ALWAYS.name:
        return ALWAYS_REF
    raise Refused(f"the log of the ticket does not say which version of the calendar {name} is in force")
