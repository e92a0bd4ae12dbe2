"""How tickets go from tier to tier: where to, what stands against it, and what is said to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.lifecycle import FINAL
from tickets.domain.service_levels.calendars import Calendar
from tickets.domain.service_levels.promising import Standing, weekdays
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Agent, Team
from tickets.errors import Invalid, NotFound, Refused

ESCALATE, DE_ESCALATE, RETURN = "escalate", "de_escalate", "return"
FEWEST_WORDS: Final = 3
"""Of a reason and of a handover note: `too hard` helps nobody."""
LONGEST_PROMISE: Final = timedelta(days=30)
_UP = {ESCALATE: "escalating", DE_ESCALATE: "de-escalating"}
DESKS_OWN: Final = "default"
"""The calendar of teams that name none."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where somebody wants a ticket to go; tier or team is given.

    Attributes:
        anyway: also where that is no step up or down, or the team works in another tier: rules say so.
    """

    tier: str | None = None
    team: str | None = None
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Handover:
    """A way of a ticket from team to team.

    Attributes:
        from_agent: who had it; None: nobody.
        reason: why, for the desk's people; customers never read it.
    """

    kind: str
    from_team: str
    from_tier: str
    from_agent: str | None
    to_team: str
    to_tier: str
    reason: str


def must_be_open(ticket: TicketRow) -> None:
    """Let no ticket go anywhere that nobody waits for any more.

    Raises:
        Refused: it is solved or closed, or goes on in another one.
    """
    must_be_its_own(ticket)
    if ticket.status == "solved":
        raise Refused(
            f"ticket {ticket.number} is solved: nobody waits for anything; reopen it first (PATCH its status)"
        )
    if ticket.status == FINAL:
        raise Refused(f"ticket {ticket.number} is closed; open a new one that points at it")


def destination_of(
    kind: str, ticket: TicketRow, wanted: Destination, named: Team | None, there: Sequence[Team]
) -> tuple[str, str]:
    """(team, tier) that a ticket goes to.

    Args:
        named: the team that was asked for, if the desk has it.
        there: teams that work in the tier that was asked for.

    Raises:
        NotFound: there is no such team.
        Invalid: it is not clear which one is meant.
        Refused: it is there already, or that is the other way.
    """
    if wanted.team is not None:
        if named is None:
            raise NotFound(f"this desk has no team {wanted.team!r}; GET /teams names those that it has")
        if not named.active:
            raise NotFound(f"the team {wanted.team} is retired; name another")
        if wanted.anyway:
            return named.name, wanted.tier or named.tier
        if wanted.tier is not None and wanted.tier != named.tier:
            raise Invalid("/tier", f"the team {named.name} works in tier {named.tier}; leave out one of the two")
        _must_go(kind, ticket, named.tier)
        return named.name, named.tier
    tier = wanted.tier or ticket.tier
    _must_go(kind, ticket, tier)
    if not there:
        raise NotFound(f"no team of this desk works in tier {tier}; name a team, or give a team this tier")
    if len(there) > 1:
        raise Invalid("/team", f"several teams work in tier {tier}: {', '.join(team.name for team in there)}; name one")
    return there[0].name, tier


def wanted_of(handover: Handover, assignee: str | None) -> dict[str, Any]:
    """The ticket's fields after a handover: whoever had it is free of it, and whoever gets it has not begun."""
    return {"tier": handover.to_tier, "team": handover.to_team, "assignee": assignee}


def works_by(team: Team, standing: Standing, zone: str) -> Calendar:
    """The calendar of a team's working days: its own, else the one named `default`, else Monday to Friday.

    Args:
        zone: the desk's, for the last of these.
    """
    return standing.calendar(team.calendar) or standing.calendar(DESKS_OWN) or weekdays(zone)


def check_promise(promised: datetime | None, now: datetime) -> None:
    """Let nobody promise what is over, or so far away that it means nothing.

    Raises:
        Invalid: they do.
    """
    if promised is None:
        return
    if promised <= now:
        raise Invalid("/next_update_by", "is over already; name a time when the customer will hear from the desk")
    if promised > now + LONGEST_PROMISE:
        raise Invalid("/next_update_by", f"is more than {LONGEST_PROMISE.days} days away; promise something nearer")


def customer_values(ticket: TicketRow, team: Team, link: str, told: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the customer's mail says: who has it now, and when they hear next. Nothing that stays inside.

    Args:
        told: that time, as `time_told` gives it; None: none is named.
    """
    about = {"number": ticket.number, "team": team.title(ticket.language), "link": link}
    return {**about, **(told or {}), "promises": told is not None}


def agent_values(ticket: TicketRow, handover: Handover, teams: Mapping[str, str], by: str) -> dict[str, Any]:
    """What the mail to an agent who follows the ticket says.

    Args:
        by: name of whoever handed it over; "": the desk did, by itself.
    """
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "kind": handover.kind,
        "from_team": teams.get(handover.from_team, handover.from_team),
        "to_team": teams.get(handover.to_team, handover.to_team),
        "from_tier": handover.from_tier,
        "to_tier": handover.to_tier,
        "reason": handover.reason,
        "actor": by,
    }


def language_of_agent(agent: Agent, spoken: Sequence[str], default: str) -> str:
    """The language in which the desk writes to one of its own."""
    return next((language for language in agent.languages if language in spoken), default)


def _must_go(kind: str, ticket: TicketRow, tier: str) -> None:
    if tier == ticket.tier:
        raise Refused(
            f"ticket {ticket.number} is in tier {tier} already, with the team {ticket.team};"
            " to another team of the same tier it goes with PATCH"
        )
    up = tier > ticket.tier
    if up != (kind == ESCALATE):
        other = "escalate" if up else "de-escalate"
        raise Refused(f"from tier {ticket.tier} to tier {tier} is no {_UP[kind]}; use POST …/{other}")
