"""Answers to the telephone; like `models`, they only make the OpenAPI document."""

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.names import Names


class RungAgent(Answer):
    """An agent whose telephone can be rung now."""

    agent: str
    name: str
    phone: str = Field(description="In E.164.", examples=["+34600000011"])
    language: str = Field(description="In which of the desk's languages to speak to them.", examples=["es", "en"])
    languages: list[str] = Field(description="In which they can help; []: in any.")


class Ringing(Answer):
    """Whom to ring."""

    teams: dict[str, list[RungAgent]] = Field(
        description="Each team in use → whom to ring, in order: whoever is on call first. []: nobody can be rung now."
    )
    names: Names = Field(description="What the teams are called.")


class CallersTicket(Answer):
    """An open ticket of a caller."""

    number: int
    subject: str
    team: str
    status: str


class Caller(Answer):
    """Who calls, as far as agents may see it before they pick up."""

    number: str
    known: bool = Field(description="The desk has heard from this number before.")
    name: str | None = Field(description="Of the one person whom the desk knows by it. null: of nobody, or several.")
    grade: str | None = Field(
        description="How sure it is that it is they: a caller's number proves nothing. null: the number is not known.",
        examples=["plausible", "claimed"],
    )
    tickets: list[CallersTicket] = Field(description="The newest five that are open, newest first.")
