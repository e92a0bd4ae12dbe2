"""What the rooms for calls need of the world."""

from typing import Protocol

from intake_chat.ports.cards import AgentSeen


class KnowsCompany(Protocol):
    """What the ticket service says of whoever takes part in a call; `adapters.ticket_facts.TicketFacts` asks it."""

    async def agent(self, handle: str) -> AgentSeen:
        """Who an agent is."""

    async def team(self, name: str, language: str) -> str:
        """What people call a team; its handle where it has no other name."""

    async def ticket_of(self, message: str) -> int | None:
        """The ticket that a message is part of, by the message's id; None: it is in none (yet)."""
