"""What clients send about the desk: teams, agents, organisations, and the way of tickets through them."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from tickets.adapters.desk_file import MOST_CAPACITY
from tickets.adapters.http.bodies import Body, LanguageWord, PageParameters, Parameters, TierWord
from tickets.adapters.http.texts import Address, Line, Name, Sender, Slug, Text, Word, Zone
from tickets.domain.staffing.escalating import FEWEST_WORDS
from tickets.domain.staffing.people import (
    WEEKDAYS,
    Agent,
    CalendarHours,
    Customer,
    Membership,
    Organisation,
    Team,
    WorkingHours,
    slots_of,
    way_of,
)
from tickets.domain.staffing.phones import MOST_PHONE_CHARS, phone_of
from ventanilla_contracts.words import CHANNELS

AssignmentWord = Literal["manual", "round_robin", "least_loaded", "skills"]
AvailabilityWord = Literal["available", "busy", "away"]
SlackTeam = Annotated[str, Field(pattern=r"^[TE][A-Z0-9]{2,30}$")]
Phone = Annotated[str, StringConstraints(max_length=MOST_PHONE_CHARS), AfterValidator(phone_of)]
Way = Annotated[str, StringConstraints(max_length=254), AfterValidator(way_of)]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}$", examples=["es"])]


def _says_enough(value: str) -> str:
    if len(value.split()) < FEWEST_WORDS:
        raise ValueError(f"must say it in at least {FEWEST_WORDS} words: somebody else works on from them")
    return value


Reason = Annotated[Line, AfterValidator(_says_enough)]
Note = Annotated[Text, AfterValidator(_says_enough)]


class TeamBody(Body):
    """A team, whole: what is left out has its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"title": {"es": "Redes", "en": "Networks"}, "tier": "2", "assignment": "skills", "calendar": "office"}
            ]
        }
    )
    title: dict[LanguageWord, Line] = Field({}, description="What customers are told that it is called.")
    tier: TierWord = "1"
    assignment: AssignmentWord = "manual"
    calendar: Slug | None = None
    ladder: Slug | None = None
    active: bool = True

    def team(self, name: str) -> Team:
        """The team that the body describes."""
        titles = self.title.get("es", ""), self.title.get("en", "")
        return Team(name, *titles, self.tier, self.assignment, self.calendar, self.ladder, self.active)


class HoursBody(Body):
    """When somebody works, by the wall clock of a zone."""

    zone: Zone = Field(examples=["Europe/Madrid"])
    week: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[str]] = Field(
        examples=[{"mon": ["09:00-14:00", "15:00-18:00"]}]
    )

    @field_validator("week")
    @classmethod
    def _are_slots(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for slots in value.values():
            slots_of(slots)
        return value

    def hours(self) -> WorkingHours:
        """The hours that the body describes."""
        week: dict[Any, list[str]] = dict(self.week)
        return WorkingHours(self.zone, tuple(slots_of(week.get(day, ())) for day in WEEKDAYS))


Hours = Annotated[
    Annotated[HoursBody, Tag("<slots>")] | Annotated[Slug, Tag("<calendar>")],
    Discriminator(lambda value: "<calendar>" if isinstance(value, str) else "<slots>"),
]


def _hours(body: HoursBody | None) -> WorkingHours | None:
    return body.hours() if body else None


class MembershipBody(Body):
    """A team that an agent belongs to."""

    team: Slug
    role: Literal["member", "lead"] = "member"


def of_channels(value: dict[str, int]) -> dict[str, int]:
    """The same, if each key is a channel or `default`."""
    if unknown := sorted(value.keys() - {"default", *CHANNELS}):
        raise ValueError(f"{unknown[0]!r} is neither default nor one of {', '.join(CHANNELS)}")
    return value


class AgentBody(Body):
    """An agent, whole: what is left out has its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Eva Ruiz",
                    "email": "eva@desk.example",
                    "languages": ["es", "en"],
                    "skills": ["network"],
                    "capacity": {"email": 20, "default": 10},
                    "hours": {"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00", "15:00-18:00"]}},
                    "phone": "+34600000011",
                }
            ]
        }
    )
    name: Line = Field(max_length=100)
    email: Address
    languages: Annotated[list[LanguageCode], Field(max_length=50)] = Field([], description="[]: any.")
    skills: Annotated[list[Word], Field(max_length=100)] = Field([])
    weight: float = Field(1.0, ge=0.01, le=100, description="How much they take compared with others.")
    hours: Hours | None = Field(
        None,
        description="Slots of their own, or the name of a calendar, whose holidays count too. null: around the clock.",
    )
    capacity: dict[str, Annotated[int, Field(ge=0, le=MOST_CAPACITY)]] = Field(
        {}, description="Channel, or `default` → open tickets that they can hold."
    )
    tiers: list[TierWord] = Field([], description="[]: all.")
    teams: Annotated[list[MembershipBody], Field(max_length=100)] = Field([])
    active: bool = True
    phone: Phone | None = Field(
        None, description="Number in E.164 at which the desk may ring them; nobody else at work has it. null: nowhere."
    )

    @field_validator("capacity")
    @classmethod
    def _of_channels(cls, value: dict[str, int]) -> dict[str, int]:
        return of_channels(value)

    @field_validator("teams")
    @classmethod
    def _each_once(cls, value: list[MembershipBody]) -> list[MembershipBody]:
        if len({one.team for one in value}) != len(value):
            raise ValueError("names a team twice")
        return value

    def agent(self, handle: str) -> Agent:
        """The agent that the body describes."""
        return Agent(
            handle=handle,
            name=self.name,
            email=self.email,
            languages=tuple(dict.fromkeys(self.languages)),
            skills=tuple(dict.fromkeys(self.skills)),
            weight=self.weight,
            hours=CalendarHours(self.hours) if isinstance(self.hours, str) else _hours(self.hours),
            capacity=self.capacity,
            tiers=tuple(dict.fromkeys(self.tiers)),
            active=self.active,
            teams=tuple(Membership(one.team, one.role) for one in self.teams),
            phone=self.phone,
        )


class AvailabilityBody(Body):
    """Whether an agent takes work."""

    availability: AvailabilityWord


class CapacityBody(Body):
    """How many open tickets an agent can hold at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"capacity": {"email": 20, "default": 10}}]})
    capacity: dict[str, Annotated[int, Field(ge=0, le=MOST_CAPACITY)]] = Field(
        description="Channel, or `default` → open tickets; channels that are left out have the desk's default."
    )

    @field_validator("capacity")
    @classmethod
    def _of_channels(cls, value: dict[str, int]) -> dict[str, int]:
        return of_channels(value)


class AbsenceBody(Body):
    """A while in which an agent is not there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": "2026-12-21T08:00:00Z", "until": "2027-01-07T08:00:00Z", "why": "holidays"}]
        },
        populate_by_name=True,
    )
    starts_at: AwareDatetime = Field(alias="from")
    ends_at: AwareDatetime = Field(alias="until")
    why: Name = ""


class OrganisationBody(Body):
    """An organisation, whole: what is left out is not known."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"domains": ["acme.example"], "vip": True, "plan": "gold", "tags": ["pilot"]}]}
    )
    domains: Annotated[list[Sender], Field(max_length=1000)] = Field([])
    vip: bool | None = None
    plan: Slug | None = None
    tags: Annotated[list[Word], Field(max_length=50)] = Field([])

    @field_validator("domains")
    @classmethod
    def _are_domains(cls, value: list[str]) -> list[str]:
        if wrong := [one for one in value if "@" in one]:
            raise ValueError(f"{wrong[0]} is a mail address; write domains, for example acme.example")
        return list(dict.fromkeys(value))

    def organisation(self, name: str) -> Organisation:
        """The organisation that the body describes."""
        return Organisation(name, tuple(self.domains), self.vip, self.plan, tuple(dict.fromkeys(self.tags)))


class CustomerBody(Body):
    """What the desk knows of one customer, whole: what is left out is not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"vip": True, "tags": ["pilot"]}]})
    vip: bool | None = None
    tags: Annotated[list[Word], Field(max_length=50)] = Field([])
    ways: Annotated[list[Way], Field(max_length=10)] = Field(
        [],
        description="Mail addresses, and numbers in E.164, that are on file for them: codes that prove who they are may"
        " go there, and texts that do not arrive elsewhere. One that is left out is on file no more.",
    )

    def customer(self, name: str) -> Customer:
        """The customer whom the body describes."""
        return Customer(name, self.vip, tuple(dict.fromkeys(self.tags)), tuple(sorted(set(self.ways))))


class AssignBody(Body):
    """Who gets a ticket."""

    agent: Slug = Field(examples=["eva"])
    why: Name = ""


class ReleaseBody(Body):
    """Why somebody gives a ticket back."""

    why: Name = Field("", examples=["end of my shift"])


class HandoverBody(Body):
    """Why a ticket goes on, and what whoever gets it must know."""

    reason: Reason = Field(description="Stays inside.", examples=["needs the network team"])
    note: Note = Field(
        description="What was found and tried: an internal note for whoever gets it.",
        examples=["Router restarted twice, the link still drops after ten minutes."],
    )
    next_update_by: AwareDatetime | None = Field(
        None,
        description="When the customer hears next: they are told so. If not given, when a word is due; where none is, a"
        " new time by the policy, or a working day from now.",
    )
    tell_customer: bool = Field(True, description="Tell the customer who has it now.")


class EscalationBody(HandoverBody):
    """Where a ticket goes: a tier, or a team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tier": "2",
                    "reason": "needs the network team",
                    "note": "Router restarted twice, the link still drops after ten minutes.",
                }
            ]
        }
    )
    tier: TierWord | None = None
    team: Slug | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.tier is None and self.team is None:
            raise ValueError("must say where to: tier or team")
        return self


class SlackLinkBody(Body):
    """Who an agent is in Slack, with what Slack knows of their mail address."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"team_id": "T024BE7LD", "user_id": "U023BECGF", "mail": "eva@desk.example", "mail_confirmed": True}
            ]
        }
    )
    team_id: SlackTeam
    user_id: str = Field(pattern=r"^[UW][A-Z0-9]{2,30}$")
    mail: Address
    mail_confirmed: Literal[True] = Field(description="Slack says that the address is theirs; else nobody is linked.")


class SlackLinkParameters(Parameters):
    """In which team of Slack."""

    team_id: SlackTeam | None = Field(None, description="In all if not given.")


class DeskPageParameters(PageParameters):
    """Which part of a list of the desk."""


class AgentParameters(DeskPageParameters):
    """Which agents."""

    slack: str | None = Field(
        None,
        pattern=r"^[TE][A-Z0-9]{2,30}/[UW][A-Z0-9]{2,30}$",
        description="The agent who is this user of Slack.",
        examples=["T024BE7LD/U023BECGF"],
    )
    mail: Address | None = Field(None, description="The agents at work with this mail address; two at most are shown.")
