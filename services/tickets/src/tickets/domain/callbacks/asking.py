"""What becomes of callers' wishes to be called back, in the batch that brings their calls. Pure."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tickets.domain.callbacks.telling import COSTS_EXTRA, NO_NUMBER, TOO_MANY, refused_line, scheduled_line
from tickets.domain.callbacks.wishes import (
    CUSTOMER,
    SCHEDULED,
    Callback,
    CallbackPlan,
    by_number,
    desk_number,
    within_hours,
)
from tickets.domain.rows import HistoryRow
from tickets.domain.service_levels.calendars import Calendar
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import Incoming, TicketRow, effect_id
from tickets.domain.staffing.phones import costs_extra, phone_of
from ventanilla_contracts.ids import event_id

_SOURCE: Final = "callback"


@dataclass(frozen=True, slots=True)
class Asked:
    """A caller's wish.

    Attributes:
        own: the ticket that the call went to.
        named: the ticket that the caller says it is about, if that is another, open, and nobody's but its own.
        number: to call, in E.164; None: there is none that can be called.
    """

    message: Incoming
    team: str
    own: TicketRow
    named: TicketRow | None
    number: str | None


@dataclass(slots=True)
class Circumstances:
    """What a batch of wishes is judged by.

    Attributes:
        open: callbacks of the tickets that have not ended.
        lately: number → how many callbacks that callers asked for have made telephones ring within a day.
        known: tickets whose requester is known by the number of a wish that names them.
        teams: those in use; empty: the desk has none of the wished ones.
    """

    now: datetime
    plan: CallbackPlan
    open: Sequence[Callback]
    lately: Mapping[str, int]
    known: AbstractSet[int]
    teams: AbstractSet[str]
    hours: Callable[[str], Calendar | None]


def wish_of(message: Incoming, own: TicketRow, tickets: Mapping[int, TicketRow]) -> Asked | None:
    """The wish that a call brings, if it brings one.

    Args:
        tickets: by number, as they are after the batch.
    """
    wanted = message.callback
    if wanted is None:
        return None
    named = tickets.get(wanted.ticket) if wanted.ticket not in (None, own.number) else None
    if named is not None and (named.status in DONE or named.merged_into is not None):
        named = None
    return Asked(message, wanted.team, own, named, _callable(_given(message)))


def planned(asked: Sequence[Asked], at: Circumstances) -> tuple[list[Callback], list[HistoryRow]]:
    """Callbacks for wishes, and the lines that tell of them or why there is none.

    A wish that repeats one that is still open adds nothing. A ticket that a caller only names gets it where its own
    requester is known by that number: a caller id proves nothing.
    """
    made: list[Callback] = []
    lines: list[HistoryRow] = []
    for one in asked:
        ticket = one.named if one.named is not None and one.named.number in at.known else one.own
        if one.number is None:
            why = COSTS_EXTRA if costs_extra(_given(one.message)) else NO_NUMBER
            lines.append(refused_line(ticket.number, at.now, why))
            continue
        if by_number([each for each in (*at.open, *made) if each.ticket_number == ticket.number], one.number):
            continue
        if at.lately.get(one.number, 0) >= at.plan.per_day:
            lines.append(refused_line(ticket.number, at.now, TOO_MANY))
            continue
        team = one.team if one.team in at.teams else ticket.team
        made.append(_callback(one, ticket, team, at))
        lines.append(scheduled_line(made[-1]))
    return made, lines


def _callback(one: Asked, ticket: TicketRow, team: str, at: Circumstances) -> Callback:
    number = one.number
    assert number is not None
    return Callback(
        id=effect_id(event_id(_SOURCE, str(one.message.id))),
        ticket_number=ticket.number,
        team=team,
        agent=None,
        number=number,
        account=desk_number(one.message.account),
        asked_by=CUSTOMER,
        asked_at=at.now,
        wanted_at=one.message.accepted_at,
        state=SCHEDULED,
        attempt=0,
        next_at=within_hours(at.now, at.hours(team), None),
    )


def _given(message: Incoming) -> str:
    """The number that a caller typed, else the one that was shown, as the call tells it."""
    return (message.callback.number if message.callback else None) or message.sender_address


def _callable(number: str) -> str | None:
    try:
        return phone_of(number)
    except ValueError:
        return None
