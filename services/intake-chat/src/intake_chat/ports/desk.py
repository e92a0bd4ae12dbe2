"""What the handlers ask of the ticket service; `adapters.tickets_api.TicketsApi` does all of it."""

from collections.abc import Mapping
from typing import Any, Protocol

from intake_chat.domain.actors import Actor


class AsksDesk(Protocol):
    """Reads."""

    async def get(self, path: str, **parameters: str) -> Any:
        """The JSON of an answer."""


class ActsAtDesk(Protocol):
    """Does something, as an agent or as this service."""

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
        """The JSON of the answer; with the same key again it changes nothing."""


class Desk(AsksDesk, ActsAtDesk, Protocol):
    """Both."""
