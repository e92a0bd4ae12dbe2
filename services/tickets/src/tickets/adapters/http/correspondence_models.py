"""Answers about who gets a ticket's mails and how teams sign; like `models`, they only make the OpenAPI document."""

from datetime import datetime

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.models import Party


class Participant(Answer):
    """Somebody who takes part in a ticket by mail."""

    address: str
    name: str
    role: str = Field(examples=["requester", "cc", "aside"])
    added_at: datetime = Field(description="What was said before is not sent to them.")
    added_by: str


class Participants(Answer):
    """Who takes part in a ticket, and whom unproven mails named in copy."""

    items: list[Participant]
    suggested: list[Party]


class TeamSignature(Answer):
    """How a team signs in one language."""

    text: str
    html: str | None
    updated_at: datetime
    updated_by: str


class TeamSignatures(Answer):
    """How a team signs, by language."""

    team: str
    signatures: dict[str, TeamSignature]
