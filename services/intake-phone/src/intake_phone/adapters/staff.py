"""Whose telephones can be rung, what teams are called, and who a caller is: asked of the ticket service.

Who can be rung is asked at most every few seconds, for all calls together. While the desk is away the last word holds
for some minutes: telephones ring on.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import structlog

from intake_phone.domain.telephones import Agent
from intake_phone.errors import DeskAway, DeskRefused

log = structlog.get_logger()

FRESH_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Rung:
    """Teams in use.

    Attributes:
        teams: each → whom to ring, in order. titles: each → language → what it is called.
    """

    teams: Mapping[str, Sequence[Agent]]
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class AsksDesk(Protocol):
    """Asks the ticket service; `adapters.tickets_api.TicketsApi` does. Raises DeskAway, DeskRefused."""

    async def ringing(self) -> Rung:
        """Whom to ring, for each team."""

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        """The name that the desk knows by a number, and its open tickets."""


class Staff:
    """Who is there."""

    def __init__(self, desk: AsksDesk | None, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody is asked yet.

        Args:
            desk: None: nobody can be asked, so nobody is there.
            seconds: how long a question about a caller may take.
        """
        self._desk = desk
        self._seconds = seconds
        self._clock = clock
        self._kept: tuple[float, Rung] | None = None
        self._tried = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._never: frozenset[str] = frozenset()
        self._told: frozenset[str] = frozenset()
        self._expected: frozenset[str] = frozenset()

    def never_ring(self, numbers: Collection[str]) -> None:
        """Leave out telephones with these numbers, in E.164: where the desk answers by itself nobody can be rung."""
        self._never = frozenset(numbers)

    def expect(self, teams: Collection[str]) -> None:
        """Warn once of those among these teams that the desk does not have: callers who want them reach nobody."""
        self._expected = frozenset(teams)

    async def look(self) -> None:
        """Ask the desk before anybody calls, so that what is warned of stands in the log when the service has begun.

        What it says is not kept: whoever calls next finds the telephones as they are then.
        """
        if self._desk is not None:
            with contextlib.suppress(DeskAway, DeskRefused):  # then the first call asks
                self._miss(frozenset((await self._desk.ringing()).teams))

    async def available(self) -> frozenset[str] | None:
        """Teams of whom somebody can be rung; None: nobody can tell in time."""
        try:
            async with asyncio.timeout(self._seconds):
                rung = await self._rung()
        except (TimeoutError, DeskAway):
            return None
        return frozenset(team for team, agents in rung.teams.items() if agents)

    async def titles(self, team: str) -> Mapping[str, str]:
        """What a team is called, by language; nothing where nobody can tell in time."""
        try:
            async with asyncio.timeout(self._seconds):
                return (await self._rung()).titles.get(team, {})
        except (TimeoutError, DeskAway):
            return {}

    async def team(self, name: str) -> Sequence[Agent]:
        """A team's agents in the order in which they are rung.

        Raises:
            DeskAway: nobody can tell now.
        """
        return (await self._rung()).teams.get(name, ())

    async def reachable(self, handle: str) -> Sequence[Agent]:
        """One agent, if their telephone can be rung now.

        Raises:
            DeskAway: nobody can tell now.
        """
        agents = (agent for team in (await self._rung()).teams.values() for agent in team)
        found = next((agent for agent in agents if agent.handle == handle), None)
        return (found,) if found else ()

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        """The name that the desk knows by a number, and its open tickets; nothing where it cannot be asked in time."""
        if self._desk is None:
            return "", ()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._desk.caller(number)
        except (TimeoutError, DeskAway, DeskRefused) as error:
            log.warning("call.caller_unknown", error=error)
            return "", ()

    async def _rung(self) -> Rung:
        if self._desk is None:
            return Rung({})
        now = self._clock()
        if now - self._tried >= FRESH_SECONDS and self._asking is None:
            self._tried = now
            self._asking = asyncio.create_task(self._ask(self._desk))
        if self._asking is not None and (self._kept is None or now - self._kept[0] >= 2 * FRESH_SECONDS):
            # Whoever asks shares the question; it outlives one whose time is up.
            await asyncio.wait({self._asking})
        if self._kept is None or self._clock() - self._kept[0] > KEPT_SECONDS:
            raise DeskAway("the ticket service does not say whom to ring")
        return self._kept[1]

    async def _ask(self, desk: AsksDesk) -> None:
        try:
            found = await desk.ringing()
            self._kept = self._clock(), self._without_ours(found)
            self._miss(frozenset(found.teams))
        except (DeskAway, DeskRefused) as error:
            log.warning("staff.unknown", error=error)
        finally:
            self._asking = None

    def _miss(self, teams: frozenset[str]) -> None:
        for team in sorted(self._expected - teams):
            log.warning("staff.team_missing", team=team, reason="a flow names it and the desk has no such team")
        self._expected = frozenset()

    def _without_ours(self, found: Rung) -> Rung:
        ours = frozenset(one.handle for agents in found.teams.values() for one in agents if one.phone in self._never)
        for handle in sorted(ours - self._told):
            log.warning("staff.left_out", agent=handle, reason="the telephone has a number of the desk")
        self._told = ours
        if not ours:
            return found
        teams = {team: tuple(one for one in agents if one.handle not in ours) for team, agents in found.teams.items()}
        return replace(found, teams=teams)
