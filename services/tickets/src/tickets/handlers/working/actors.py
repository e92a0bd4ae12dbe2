"""What the desk's mails call whoever did something: people by their names, not by the handles of the desk."""

from tickets.adapters.postgres.assignment_store import Assigning
from tickets.handlers.working.work import Asked


async def name_of(asked: Asked, assigning: Assigning) -> str:
    """Name of whoever asks: an agent's own, else that of the token; "" where the desk does it by itself."""
    somebody = await assigning.somebody(asked.agent, "") if asked.agent else None
    return somebody.agent.name if somebody else asked.name
