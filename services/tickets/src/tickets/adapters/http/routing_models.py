"""What the API tells of decisions about messages that joined a ticket."""

from datetime import datetime
from typing import Any

from pydantic import Field

from tickets.adapters.http.answer_model import Answer


class LaterDecision(Answer):
    """A message that joined a ticket, and whose rules changed it."""

    message_id: str
    at: datetime
    rules: list[str]
    changed: dict[str, Any] = Field(description="Field of the ticket → the value that it got.")
    href: str = Field(description="Why: this answer, for that message.")


class SplitOff(Answer):
    """The ticket out of which this one was made: what rules decided was about that one."""

    number: int
    by: str | None = Field(description="Handle of the agent who did.")
    why: str
