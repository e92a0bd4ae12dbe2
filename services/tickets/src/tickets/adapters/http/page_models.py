"""What the API says of pages and rotas, as models: they make the OpenAPI document."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.bodies import Body, PageParameters, Parameters
from tickets.adapters.http.texts import Slug


class PagesParameters(PageParameters):
    """Which pages."""

    agent: Slug | None = Field(None, description="Handle of whoever was called.")
    state: Literal["open", "acknowledged", "withdrawn"] | None = None


class CalledPage(Answer):
    """Somebody who was called about a ticket."""

    id: str
    ticket: int
    subject: str
    priority: str
    team: str
    agent: str
    agent_name: str
    ladder: str
    ladder_version: int
    run: str
    step: int
    round: int
    attempt: int
    paged_at: datetime
    answer_by: datetime
    state: str = Field(examples=["open", "acknowledged", "withdrawn"])
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    withdrawn_at: datetime | None
    withdrawn_why: str | None


class LinkedPage(Answer):
    """What the holder of a page's link may see."""

    number: int
    subject: str
    priority: str
    agent: str = Field(description="Name of whoever was called.")
    paged_at: datetime
    answer_by: datetime
    state: str = Field(examples=["open", "acknowledged", "withdrawn"])
    acknowledged_at: datetime | None
    acknowledged_by: str | None = Field(description="Name, or handle of somebody else.")
    withdrawn_why: str | None


class ShiftsParameters(Parameters):
    """Which stretch of time."""

    since: AwareDatetime | None = Field(None, description="Now, if not given.")
    until: AwareDatetime | None = Field(None, description="Four weeks after `since`, if not given; a year at most.")


class Shift(Answer):
    """A stretch of time in which one person is on call."""

    model_config = ConfigDict(populate_by_name=True)
    agent: str | None = Field(description="None: nobody.")
    from_: datetime = Field(alias="from")
    until: datetime


class Gap(Answer):
    """A stretch of time that nobody covers."""

    model_config = ConfigDict(populate_by_name=True)
    from_: datetime = Field(alias="from")
    until: datetime


class Shifts(Answer):
    """Who is on call when."""

    rota: str
    version: int
    zone: str
    items: list[Shift]
    gaps: list[Gap]


class OverrideBody(Body):
    """Somebody stands in, whoever's turn it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"agent": "eva", "since": "2026-12-24T18:00:00+01:00", "until": "2026-12-25T09:00:00+01:00"}]
        }
    )
    agent: Slug | None = Field(description="Handle; null: nobody, on purpose.")
    since: AwareDatetime
    until: AwareDatetime
