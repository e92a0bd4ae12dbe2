"""The API's answers about a ticket's history as models: they make the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.names import Names


class HistoryEntry(Answer):
    """Who did what to a ticket, when and why."""

    id: int
    at: datetime
    actor: str
    via: str | None = Field(
        description="On which way the agent came, where a service asked for them.", examples=["slack:T0123/U0456"]
    )
    action: str
    detail: dict[str, Any]
    why: str
    names: Names
