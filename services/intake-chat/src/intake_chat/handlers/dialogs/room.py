"""What the dialogs are made with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.interactions import Views
from intake_chat.ports.desk import Desk as AnyDesk

TeamOf = Callable[[str], Awaitable[str]]


class Desk(AnyDesk, Protocol):
    """The ticket service; `adapters.tickets_api.TicketsApi` is."""

    async def text(self, path: str, **parameters: str) -> str:
        """An answer as lines to read."""


@dataclass(frozen=True, slots=True)
class Room:
    """The neighbours of the dialogs.

    Attributes:
        page: a ticket's page in the portal; None: there is no portal.
        background: where work goes on that nobody waits for.
        team_of: of which workspace somebody in Slack is; "" where nobody knows.
    """

    api: Desk
    views: Views
    page: Callable[[int], str | None]
    background: Background
    team_of: TeamOf
