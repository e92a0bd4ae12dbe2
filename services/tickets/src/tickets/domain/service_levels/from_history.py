"""The log of a ticket's clocks, read from its history: one line may be several events, most are none.

The history is the log. Whatever writes a line that clocks can see writes its facts into the line's detail, so that the
same lines give the same states for ever, whatever the ticket is like by now.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from tickets.domain.rows import BOT
from tickets.domain.service_levels.log import (
    CalendarChanged,
    CustomerWrote,
    Event,
    Fired,
    Merged,
    MergedIn,
    Opened,
    PersonAnswered,
    PolicyChanged,
    PriorityChanged,
    Promised,
    StatusChanged,
    TierChanged,
    Unmerged,
)
from tickets.domain.service_levels.policies import Ref

CREATED: Final = "ticket.created"
WARNED, BREACHED = "service_level.warned", "service_level.breached"
RECALCULATED: Final = "service_level.recalculated"
PROMISED: Final = "update.promised"
TOLD: Final = "customer.told"
"""A mail to the customer that names the time of the next one."""
REPLIED: Final = "reply.sent"
CALLED_BACK: Final = "callback.talked"
CALL_TAKEN: Final = "call.taken"
SPOKEN: Final = frozenset({CALLED_BACK, CALL_TAKEN})
"""An agent has talked with the customer: that is an answer."""
BEGUN: Final = "service_level.begun"
"""A ticket that nothing was promised for gets clocks, from then on."""
_CUSTOMER: Final = "customer"
_CHANGES: Final = {"status": StatusChanged, "priority": PriorityChanged, "tier": TierChanged}

SEEN: Final = frozenset(
    {
        CREATED, WARNED, BREACHED, RECALCULATED, PROMISED, TOLD, "message.added", REPLIED, BEGUN, "ticket.changed",
        "ticket.merged", "ticket.unmerged", "ticket.merged_in", *SPOKEN,
    }
)  # fmt: skip
"""Actions of lines that clocks may see."""


def events_of(at: datetime, actor: str, action: str, detail: Mapping[str, Any], after: int) -> Iterator[Event]:
    """What the clocks see in one line of the history.

    Args:
        after: order of the last event before it.
    """
    if action == CREATED:
        if "level" in detail:
            yield _opened(at, actor, detail, after + 1)
    elif action == "message.added":
        if actor == _CUSTOMER:
            yield CustomerWrote(at, after + 1)
        if "status" in detail:
            yield StatusChanged(at, after + 2, detail["status"][1])
    elif action == REPLIED or action in SPOKEN:
        if answers_customer(actor, detail):
            yield PersonAnswered(at, after + 1)
    elif action == "ticket.changed":
        if (kind := _CHANGES.get(detail["field"])) is not None:
            yield kind(at, after + 1, str(detail["new"]))
        elif detail["field"] == "policy" and "level" in detail:
            yield _recalculated(at, detail["level"], after + 1)
    elif action in (WARNED, BREACHED):
        yield Fired(at, after + 1, detail["clock"], detail["cycle"], detail["kind"])
    elif action in (PROMISED, TOLD):
        yield from _promised(at, action, detail, after + 1)
    elif action == BEGUN:
        yield _begun(at, detail["level"], after + 1)
    elif action == RECALCULATED:
        yield _recalculated(at, detail, after + 1)
    elif action == "ticket.merged":
        yield Merged(at, after + 1, detail["into"])
    elif action == "ticket.unmerged":
        yield Unmerged(at, after + 1)
    elif action == "ticket.merged_in":
        yield MergedIn(at, after + 1, detail["ticket"], bool(detail.get("unanswered")))


def answers_customer(actor: str, detail: Mapping[str, Any]) -> bool:
    """Whether a reply is a person's answer to the customer: not so what goes to others, or what a program wrote."""
    return not detail.get("aside") and not actor.startswith(BOT)


def _promised(at: datetime, action: str, detail: Mapping[str, Any], order: int) -> Iterator[Event]:
    """Nothing where the customer was told what a clock keeps anyway. A ticket without clocks has them from here on."""
    if action == TOLD and not detail.get("promised", True):
        return
    if (level := detail.get("level")) is not None:
        yield _begun(at, level, order)
        order += 1
    until = datetime.fromisoformat(detail["until" if action == PROMISED else "next_update_by"])
    yield Promised(at, order, until, bool(detail.get("automatic")))


def _opened(at: datetime, actor: str, detail: Mapping[str, Any], order: int) -> Event:
    level = detail["level"]
    policy = Ref(*level["policy"]) if level["policy"] else None
    wrote = actor == _CUSTOMER or actor.startswith(BOT)  # a web form says what its customer wrote into it
    return Opened(at, order, level["priority"], level["tier"], level["status"], policy, level["calendars"], wrote)


def _begun(at: datetime, level: Mapping[str, Any], order: int) -> Event:
    wrote = not level["answered"]
    return Opened(at, order, level["priority"], level["tier"], level["status"], None, level["calendars"], wrote)


def _recalculated(at: datetime, detail: Mapping[str, Any], order: int) -> Event:
    calendars = detail.get("calendars", {})
    if "policy" in detail:
        policy = detail["policy"]
        return PolicyChanged(at, order, Ref(*policy) if policy else None, calendars)
    return CalendarChanged(at, order, calendars)
