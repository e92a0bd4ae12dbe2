"""What the API says of similar tickets, as models: they make the OpenAPI document."""

from datetime import datetime

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.bodies import Parameters


class SimilarParameters(Parameters):
    """How many."""

    limit: int = Field(3, ge=1, le=10)


class SimilarTicket(Answer):
    """A solved ticket that is like another."""

    number: int
    subject: str
    status: str = Field(examples=["solved", "closed"])
    category: str
    team: str
    language: str
    priority: str
    assignee: str | None
    solved_at: datetime | None
    resolution: str
    cause: str | None
    shared: float = Field(
        description="How much of what the ticket says this one says too, the rare words the more: 0 to 1."
    )
    words: list[str] = Field(description="Stems that they share, the most telling first.", examples=[["vpn", "hotel"]])
    link: str


class SimilarTickets(Answer):
    """Solved tickets that are like one, best first."""

    items: list[SimilarTicket]
