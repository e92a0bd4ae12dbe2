"""Callers who want to be called back: their wishes are kept in the transaction that settles their calls."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tickets.adapters.postgres.settling import Settling
from tickets.domain.callbacks.asking import Circumstances, planned, wish_of
from tickets.domain.callbacks.wishes import CallbackPlan
from tickets.domain.rows import Settlement
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.matching import Assignment


async def add_wanted(
    assignments: Iterable[Assignment],
    numbers: Mapping[int | None, int],
    tickets: Mapping[int, TicketRow],
    rows: Settlement,
    settling: Settling,
    now: datetime,
    plan: CallbackPlan,
) -> None:
    """Add the callbacks that calls of the batch ask for to its rows, with lines; a batch that brings none pays nothing.

    Args:
        numbers: target of an assignment → number of the ticket, where they differ.
        tickets: those that were there before, locked.
    """
    after = {**tickets, **rows.changed, **{ticket.number: ticket for ticket in rows.created}}
    asked = [
        wish
        for one in assignments
        if one.message.callback is not None and one.outcome in ("created", "appended")
        if (wish := wish_of(one.message, after[_number(one, numbers)], after)) is not None
    ]
    if not asked:
        return
    callbacks = settling.callbacks
    numbered = [(one.named.number, one.number) for one in asked if one.named is not None and one.number is not None]
    concerned = {one.own.number for one in asked} | {number for number, _ in numbered}
    teams = {one.team for one in asked} | {after[number].team for number in concerned}
    hours = await callbacks.hours(teams)
    circumstances = Circumstances(
        now=now,
        plan=plan,
        open=await callbacks.open_of(concerned),
        lately=await callbacks.asked_lately({one.number for one in asked if one.number is not None}, now),
        known=await callbacks.known_by(numbered),
        teams=hours.teams,
        hours=hours.of,
    )
    made, lines = planned(asked, circumstances)
    rows.callbacks += made
    rows.history += lines


def _number(one: Assignment, numbers: Mapping[int | None, int]) -> int:
    assert one.target is not None
    return numbers.get(one.target, one.target)
