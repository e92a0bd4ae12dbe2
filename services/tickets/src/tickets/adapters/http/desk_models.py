"""Answers about the desk's people; like `models`, they only make the OpenAPI document."""

from datetime import datetime

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.names import Names


class Member(Answer):
    """Somebody of a team."""

    agent: str
    role: str = Field(examples=["member", "lead"])


class Team(Answer):
    """A team."""

    name: str
    title: dict[str, str]
    tier: str
    assignment: str = Field(examples=["manual", "round_robin", "least_loaded", "skills"])
    calendar: str | None
    ladder: str | None
    active: bool = Field(description="false: retired; it gets no more work.")
    members: list[Member]
    version: int


class Membership(Answer):
    """A team that an agent belongs to."""

    team: str
    role: str


class Hours(Answer):
    """When somebody works, by the wall clock of a zone."""

    zone: str
    week: dict[str, list[str]]


class Absence(Answer):
    """A while in which an agent is not there."""

    id: int
    from_: datetime = Field(alias="from")
    until: datetime
    why: str
    created_by: str


class SlackUser(Answer):
    """Somebody in Slack."""

    team_id: str = Field(examples=["T024BE7LD"])
    user_id: str = Field(examples=["U023BECGF"])


class Agent(Answer):
    """Somebody who works on tickets."""

    handle: str
    name: str
    email: str
    languages: list[str]
    skills: list[str]
    weight: float
    hours: Hours | str | None = Field(description="A text is the name of a calendar. null: around the clock.")
    capacity: dict[str, int]
    tiers: list[str]
    teams: list[Membership]
    active: bool
    phone: str | None = Field(
        examples=["+34600000011"],
        description="Where the desk may ring them, in E.164: shown to themselves, to `admin`, and to a service with"
        " `act` that asks for nobody. null: nowhere, or not shown.",
    )
    availability: str = Field(examples=["available", "busy", "away"])
    availability_since: datetime
    slack: list[SlackUser] = Field(description="Who they are in Slack: once in each team.")
    absences: list[Absence]
    names: Names = Field(description="What their teams are called.")
    version: int


class ChannelLoad(Answer):
    """Open tickets of one channel."""

    open: int
    capacity: int


class Load(Answer):
    """What an agent holds, and whether they get more."""

    agent: str
    channels: dict[str, ChannelLoad]
    load: float = Field(description="Open tickets by capacity and weight, over all channels.")
    takes_work: bool
    why_not: str | None = Field(examples=["away", "absent", "outside working hours", "retired"])


class Organisation(Answer):
    """A customer that is more than one person."""

    name: str
    domains: list[str]
    vip: bool | None
    plan: str | None
    tags: list[str]
    version: int


class Customer(Answer):
    """A single customer whom the desk has marked; rules see it as `customer.vip` and `customer.tags`."""

    kind: str = Field(examples=["email", "slack"])
    address: str
    vip: bool | None = Field(description="null: not known.")
    tags: list[str]
    ways: list[str] = Field(
        examples=[["+34 *** *** 22", "a***@cliente.example"]],
        description="On file for them; whole only with the scope `admin`.",
    )
    version: int


class Follower(Answer):
    """An agent who wants to know what becomes of a ticket."""

    agent: str
    since: datetime
    why: str


class Handover(Answer):
    """A way of a ticket from team to team."""

    at: datetime
    kind: str = Field(examples=["escalate", "de_escalate", "return"])
    from_team: str
    from_tier: str
    from_agent: str | None
    to_team: str
    to_tier: str
    reason: str
    note_id: str
    actor: str
    next_update_by: datetime | None = Field(description="What the customer was told; null: no time.")


class Handovers(Answer):
    """Which ways a ticket has gone, oldest first, and who follows it."""

    items: list[Handover]
    followers: list[Follower]
