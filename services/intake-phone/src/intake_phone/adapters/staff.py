"""Whose telephones can be rung, and who a caller is: asked of the ticket service.

Who can be rung is asked at most every few seconds, for all calls together. While the desk is away the last word holds
for some minutes: telephones ring on.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from intake_phone.domain.calls.ringing import Agent
from intake_phone.errors import DeskAway, DeskRefused

log = structlog.get_logger()

FRESH_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 600.0


class AsksDesk(Protocol):
    """Asks the ticket service; `adapters.tickets_api.TicketsApi` does. Raises DeskAway, DeskRefused."""

    async def ringing(self) -> Mapping[str, Sequence[Agent]]:
        """Each team → whom to ring, in order."""

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
        self._kept: tuple[float, Mapping[str, Sequence[Agent]]] | None = None
        self._tried = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def available(self) -> frozenset[str] | None:
        """Teams of whom somebody can be rung; None: nobody can tell in time."""
        try:
            async with asyncio.timeout(self._seconds):
                teams = await self._teams()
        except (TimeoutError, DeskAway):
            return None
        return frozenset(team for team, agents in teams.items() if agents)

    async def team(self, name: str) -> Sequence[Agent]:
        """A team's agents in the order in which they are rung.

        Raises:
            DeskAway: nobody can tell now.
        """
        return (await self._teams()).get(name, ())

    async def reachable(self, handle: str) -> Sequence[Agent]:
        """One agent, if their telephone can be rung now.

        Raises:
            DeskAway: nobody can tell now.
        """
        agents = (agent for team in (await self._teams()).values() for agent in team)
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

    async def _teams(self) -> Mapping[str, Sequence[Agent]]:
        if self._desk is None:
            return {}
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
            self._kept = self._clock(), found
        except (DeskAway, DeskRefused) as error:
            log.warning("staff.unknown", error=error)
        finally:
            self._asking = None
