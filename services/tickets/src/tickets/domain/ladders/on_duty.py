"""What steps of ladders need to know of the desk at the moment at which they are done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from tickets.domain.ladders.documents import Ladder
from tickets.domain.ladders.rotas import Rota
from tickets.domain.service_levels.calendars import ALWAYS, Calendar, is_open, next_open
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Agent, CalendarHours, Team

_DAY_BEGINS, _DAY_ENDS = 8 * 60, 20 * 60
_EVERY_DAY: Final = range(1, 8)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The desk as ladders see it.

    Attributes:
        ladders: (name, version) → that version.
        rotas: those in force.
        calendars: those in force, and `always`.
        agents: everybody who may be told of something, retired ones too.
        members: team → its active people, (handle, role).
        at_night: policy → priorities of tickets about which people are paged at night too.
    """

    ladders: Mapping[tuple[str, int], Ladder]
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    members: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    at_night: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def told(self, team: str, role: str | None) -> list[Agent]:
        """Whom to tell of a team: those with the role, or all."""
        named = [handle for handle, has in self.members.get(team, ()) if role is None or has == role]
        return [self.agents[handle] for handle in named if handle in self.agents]

    def sleeps_until(self, agent: Agent, ticket: TicketRow, at: datetime, zone: str) -> datetime | None:
        """When an agent may be paged about a ticket; None: now, also where no time would ever come.

        Args:
            zone: of the desk, for people without hours.
        """
        if ticket.priority in self.at_night.get(ticket.policy, ()):
            return None
        team = self.teams.get(ticket.team)
        named = self.calendars.get(team.calendar) if team and team.calendar else None
        day = named or daytime(self._zone_of(agent) or zone)
        if is_open(day, at):
            return None
        return next_open(day, at)

    def _zone_of(self, agent: Agent) -> str | None:
        if isinstance(agent.hours, CalendarHours):
            if agent.hours.name == ALWAYS.name:  # which is the same everywhere, and says nothing about where they are
                return None
            calendar = self.calendars.get(agent.hours.name)
            return calendar.zone if calendar else None
        return agent.hours.zone if agent.hours else None


@lru_cache(maxsize=256)
def daytime(zone: str) -> Calendar:
    """Eight in the morning to eight in the evening, every day."""
    return Calendar("daytime", "1", zone, dict.fromkeys(_EVERY_DAY, ((_DAY_BEGINS, _DAY_ENDS),)))
