"""Teams and policies that rules decide for and the desk does not have: the ticket's history says so.

The router's rules and the desk are changed apart: a team may be retired while rules in force name it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.retired_teams import LINE

TEAM: Final = "team"
POLICY: Final = "policy"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A ticket that was decided for something that the desk does not have.

    Attributes:
        kind: `team` or `policy`.
        why: in a person's words, also what follows from it.
        retired: the desk had it, and has it no more.
    """

    ticket: int
    kind: str
    name: str
    why: str
    retired: bool = False


def unknown_teams(tickets: Iterable[TicketRow], teams: Mapping[str, bool]) -> Iterator[Unknown]:
    """New tickets of teams that are not at work.

    Args:
        teams: whether a team is in use, of those of the tickets that the desk has.
    """
    for ticket in tickets:
        active = teams.get(ticket.team)
        if active is None:
            why = f"this desk has no team {ticket.team}: nobody is told of it"
            yield Unknown(ticket.number, TEAM, ticket.team, why)
        elif not active:
            why = f"the team {ticket.team} is retired, and rules still decide for it"
            yield Unknown(ticket.number, TEAM, ticket.team, why, retired=True)


def unknown_policies(tickets: Iterable[TicketRow], policies: Collection[str]) -> Iterator[Unknown]:
    """New tickets by policies that are not in force; a desk without any promises nothing to anybody."""
    for ticket in tickets if policies else ():
        if ticket.policy not in policies:
            why = f"no policy {ticket.policy} is in force: nothing is promised"
            yield Unknown(ticket.number, POLICY, ticket.policy, why)


def line_of(unknown: Unknown, now: datetime) -> HistoryRow:
    """What the ticket's history says of it: `team.unknown`, `team.retired` or `policy.unknown`."""
    action = LINE if unknown.retired else f"{unknown.kind}.unknown"
    return HistoryRow(unknown.ticket, now, "desk", action, {unknown.kind: unknown.name}, unknown.why)
