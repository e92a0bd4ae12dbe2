"""What the dialogs are made with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from intake_chat.domain.slack.newcomers import Newcomer
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import Views
from intake_chat.ports.desk import Desk as AnyDesk

LookAt = Callable[[str, str], Awaitable[Newcomer | None]]
"""(user, account of a ticket) → who they are there; None: Slack knows nobody of that id."""


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
        look_at: who somebody is who is to ask in a ticket of Slack.
    """

    api: Desk
    views: Views
    page: Callable[[int], str | None]
    background: Background
    look_at: LookAt
