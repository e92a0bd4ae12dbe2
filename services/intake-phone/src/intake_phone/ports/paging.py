"""What paging needs of the desk."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody who may be paged. `phone` is in E.164, or empty."""

    name: str
    phone: str = field(repr=False)
    language: str


class KnowsAgents(Protocol):
    """Knows agents; `adapters.tickets_api.TicketsApi` does."""

    async def agent(self, handle: str) -> OnCall | None:
        """An agent; None: the desk has no such one. Raises DeskAway, DeskRefused."""


class AcknowledgesPages(Protocol):
    """Tells the desk that somebody has a page; `adapters.tickets_api.TicketsApi` does."""

    async def acknowledge(self, page: str, agent: str) -> str:
        """An agent has it; the handle of who has it, perhaps since before.

        Raises:
            DeskRefused: it waits for nobody.
            DeskAway: nobody knows.
        """
