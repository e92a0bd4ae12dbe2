"""What the dialogs are made with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from intake_chat.domain.actors import Actor
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.interactions import Views

TeamOf = Callable[[str], Awaitable[str]]


class Desk(Protocol):
    """The ticket service; `adapters.tickets_api.TicketsApi` is."""

    async def get(self, path: str, **parameters: str) -> Any:
        """The JSON of an answer."""

    async def text(self, path: str, **parameters: str) -> str:
        """An answer as lines to read."""

    async def act(
        self,
        method: str,
        path: str,
        actor: Actor | None,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Do something, as an agent or as this service."""


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
