"""The API's answers about a ticket's history as models: they make the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import Field

from tickets.adapters.http.answer_model import Answer


class HistoryNames(Answer):
    """What whoever an entry of the history speaks of is called; of whom nobody knows any more there is nothing."""

    agents: dict[str, str] = Field(description="Handle → name.", examples=[{"eva": "Eva Ruiz"}])
    teams: dict[str, dict[str, str]] = Field(
        description="Team → language → title.", examples=[{"network": {"es": "Redes", "en": "Network"}}]
    )
    people: dict[str, str] = Field(description="Address in a chat → name.", examples=[{"T0123/U0456": "Ana"}])


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
    names: HistoryNames
