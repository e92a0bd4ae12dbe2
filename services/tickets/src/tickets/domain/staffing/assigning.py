"""Who gets a ticket: by turns, by load, or by what somebody can do. Pure: what is known of people is passed in.

Whoever is absent, away, busy, outside their working hours, full, or not at work in the ticket's tier gets nothing.
Everything that a `Dispatch` hands out counts at once, so that one batch spreads as many single tickets would.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Final

from tickets.domain.staffing.people import Agent, Presence, Team, capacity_of, load_of, why_not_now

ASSIGNED: Final = "ticket.assigned"
"""What the history calls an assignment on arrival; later ones are changes of the field `assignee`."""


@dataclass(frozen=True, slots=True)
class Wanting:
    """What matters of a ticket that waits for somebody; `language` is the one in which the customer writes."""

    number: int
    team: str
    channel: str
    tier: str
    language: str
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it, and why, in a few words for the history."""

    agent: str
    why: str


@dataclass(slots=True)
class Dispatch:
    """Hands out the tickets of some teams at one moment.

    Attributes:
        teams: those whose tickets are handed out by themselves; of others nothing is.
        members: team → handles, in order.
        held: agent → channel → open tickets; grows with each ticket that is handed out.
        turns: team → who had the last turn; None: nobody yet.
        taken: ticket → agent, for all that was handed out.
    """

    teams: Mapping[str, Team]
    members: Mapping[str, Sequence[str]]
    agents: Mapping[str, Agent]
    presences: Mapping[str, Presence]
    held: dict[str, dict[str, int]]
    turns: dict[str, str | None]
    at: datetime
    taken: dict[int, str] = field(default_factory=dict)
    _loads: dict[str, float] = field(default_factory=dict)
    _room: dict[tuple[str, str], int] = field(default_factory=dict)
    """(agent, channel) → so many tickets they can still take; 0 for whoever takes none."""

    def choose(self, ticket: Wanting, besides: Collection[str] = ()) -> Choice | None:
        """Who gets a ticket; None: it waits in the team's queue. The ticket counts for them from now on.

        Args:
            besides: these do not get it, whoever else is there.
        """
        team = self.teams.get(ticket.team)
        if team is None or team.assignment == "manual" or not team.active:
            return None
        by_turn = (self.agents[handle] for handle in self._by_turn(ticket.team) if handle not in besides)
        if team.assignment == "round_robin":
            choice = self._next(by_turn, ticket)
        else:
            here = list(by_turn)
            free = [agent for agent in here if self._takes(agent, ticket)]
            if team.assignment == "skills":
                choice = self._skilled(ticket, here, free)
            else:
                choice = self._least(free, "has the least to do")
        if choice is not None:
            held = self.held.setdefault(choice.agent, {})
            held[ticket.channel] = held.get(ticket.channel, 0) + 1
            self._loads.pop(choice.agent, None)
            self._room[choice.agent, ticket.channel] -= 1
            self.turns[ticket.team] = choice.agent
            self.taken[ticket.number] = choice.agent
        return choice

    def in_turn(self, team: str) -> list[Agent]:
        """Everybody of a team in the order in which one more ticket would look for them, whether or not they get it."""
        found = [self.agents[handle] for handle in self._by_turn(team)]
        if team in self.teams and self.teams[team].assignment == "round_robin":
            return found
        return sorted(found, key=self._load)  # stable: among equals, whose turn it is

    def moved(self) -> dict[str, str]:
        """Team → who had the last turn, for teams where that may have changed."""
        if not self.taken:
            return {}
        return {team: agent for team, agent in self.turns.items() if agent is not None}

    def _by_turn(self, team: str) -> Iterator[str]:
        """The members, whoever's turn it is first."""
        order = self.members.get(team, ())
        last = self.turns.get(team)
        begin = bisect_right(order, last) if last is not None else 0
        return chain(islice(order, begin, None), islice(order, begin))

    def _next(self, by_turn: Iterator[Agent], ticket: Wanting) -> Choice | None:
        """The first who takes it; nobody behind them is looked at."""
        return next((Choice(agent.handle, "by turns") for agent in by_turn if self._takes(agent, ticket)), None)

    def _takes(self, agent: Agent, ticket: Wanting) -> bool:
        room = self._room.get((agent.handle, ticket.channel))
        if room is None:
            room = self._room[agent.handle, ticket.channel] = self._first_room(agent, ticket.channel)
        return room > 0 and (not agent.tiers or ticket.tier in agent.tiers)

    def _first_room(self, agent: Agent, channel: str) -> int:
        presence = self.presences.get(agent.handle, Presence())
        if why_not_now(agent, presence, self.at) is not None:
            return 0
        return capacity_of(agent, channel) - self.held.get(agent.handle, {}).get(channel, 0)

    def _least(self, free: Sequence[Agent], why: str) -> Choice | None:
        """Whoever has the least to do; among equals, whose turn it is."""
        if not free:
            return None
        loads = [self._load(agent) for agent in free]
        lowest = min(range(len(free)), key=loads.__getitem__)  # the first of equals
        return Choice(free[lowest].handle, f"{why} ({loads[lowest]:.0%} of what they can hold)")

    def _load(self, agent: Agent) -> float:
        load = self._loads.get(agent.handle)
        if load is None:
            load = self._loads[agent.handle] = load_of(agent, self.held.get(agent.handle, {}))
        return load

    def _skilled(self, ticket: Wanting, here: Sequence[Agent], free: Sequence[Agent]) -> Choice | None:
        """Whoever can do it. If somebody of the team can but is not free, the ticket waits; if nobody can, anybody."""
        needs = ", ".join((*ticket.skills, ticket.language))
        if able := [agent for agent in free if _able(agent, ticket)]:
            return self._least(able, f"can do {needs}; has the least to do")
        if any(agent.active and _able(agent, ticket) for agent in here):
            return None
        speaking = [agent for agent in free if _speaks(agent, ticket)]
        return self._least(speaking or free, f"nobody of the team can do {needs}; has the least to do")


def _speaks(agent: Agent, ticket: Wanting) -> bool:
    return not agent.languages or _primary(ticket.language) in map(_primary, agent.languages)


def _primary(language: str) -> str:
    """A language without region or script: whoever speaks `es-MX` can read `es`, and the other way round."""
    return language.partition("-")[0].lower()


def _able(agent: Agent, ticket: Wanting) -> bool:
    return _speaks(agent, ticket) and set(ticket.skills) <= set(agent.skills)
