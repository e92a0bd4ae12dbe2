"""Answers about service levels as models: they make the OpenAPI document, and nothing is passed through them."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from tickets.adapters.http.answer_model import Answer


class Clock(Answer):
    """One promise of the service level."""

    due_at: datetime | None = Field(description="None while it stands still, or where nothing was promised.")
    met_at: datetime | None
    breached_at: datetime | None = Field(description="When it was due without being met; stays, whatever changes.")
    state: str = Field(
        examples=["none", "running", "paused", "met", "breached_open", "met_late", "cancelled"],
        description="none: nothing was promised; cancelled: the ticket was merged into another.",
    )
    paused_by: str | None = Field(description="Why it stands still, for example `paused:pending`.")


class ServiceLevel(Answer):
    """What the customer was promised."""

    policy: str
    first_response: Clock
    next_response: Clock
    resolution: Clock
    update: Clock = Field(description="The next word to the customer, asked for or not.")
    tiers: dict[str, Clock] = Field(description="What each tier that has had the ticket was to keep to.")


class DeskDocument(Answer):
    """A version of a document; docs/service-levels.md and docs/ladders.md describe the contents."""

    kind: str = Field(examples=["calendar", "policy", "lifecycle", "rota", "ladder", "template"])
    name: str
    version: int
    retired: bool
    content: dict[str, Any]
    created_at: datetime
    created_by: str


class PutDocument(DeskDocument):
    """A version that was just put."""

    warnings: list[str] = Field(description="What makes sense and should be looked at all the same.")


class Stretch(Answer):
    """A stretch of time of a clock."""

    model_config = ConfigDict(populate_by_name=True)
    from_: datetime = Field(alias="from")
    to: datetime
    cycle: int
    counted: bool
    seconds: float = Field(description="How much of it counted.")
    why: str = Field(
        examples=["counted", "closed:saturday", "paused:pending", "before_start", "answered", "solved", "no_target"]
    )
    calendar: str | None = Field(description="Name and version of the calendar that decided.")


class ClockSum(Answer):
    """The sum of a clock."""

    state: str
    cycle: int
    target_seconds: float | None
    used_seconds: float = Field(description="Of the present cycle: the sum of its stretches.")
    due_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    excused: bool = Field(description="It was breached, but not by the target that is in force now.")
    promised_by: str | None
    intervals: list[Stretch]


class ServiceLevelSums(Answer):
    """The arithmetic of all clocks of a ticket."""

    until: datetime
    clocks: dict[str, ClockSum]
    tier_minutes: dict[str, float]
